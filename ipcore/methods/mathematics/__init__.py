"""Mathematics that several methods share. NumPy and SciPy are imported only when a function needs them."""
