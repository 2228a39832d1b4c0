"""The front page: what it says first, settings, component, frames, CSV, exported page."""
