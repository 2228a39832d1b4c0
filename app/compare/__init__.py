"""Several saved races or sweeps side by side."""
