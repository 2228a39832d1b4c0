"""Parts of a training step once more, as loops that Numba compiles: faster where it is installed, and needed by nobody.

A loop is one call, and passes once over numbers that PyTorch and NumPy pass several times. Results differ by rounding.
"""
