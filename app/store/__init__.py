"""Saved runs in SQLite or PostgreSQL: written, read, imported, and removed to stay below a limit; no Streamlit."""
