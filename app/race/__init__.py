"""The page "Live race": settings, component, frames, CSV, exported page."""
