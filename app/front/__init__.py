"""What stands before Streamlit's server: files compressed once and kept by browsers for good, and a page that begins at once."""
