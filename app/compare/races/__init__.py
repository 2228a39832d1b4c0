"""Saved races side by side."""
