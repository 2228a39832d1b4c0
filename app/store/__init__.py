"""Saved runs in SQLite or PostgreSQL: written, read, imported, kept below a limit; no Streamlit."""
