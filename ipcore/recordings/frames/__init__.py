"""Recordings as tidy pandas frames: curves, layers, histograms, results."""
