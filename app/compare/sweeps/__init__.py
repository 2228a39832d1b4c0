"""Saved sweeps side by side."""
