"""Mathematics that records of methods share. NumPy and SciPy are imported when a function is called, not before."""
