"""The commands of ``python -m ipcore``."""
