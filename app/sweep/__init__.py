"""The page "Robustness": settings, component, frames, CSV, words, exported page."""
