"""The page "Depth": its settings and its charts."""
