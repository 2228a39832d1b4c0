"""What stands before Streamlit's server: files are compressed once and kept by browsers, and a page begins at once."""
