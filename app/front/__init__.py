"""What stands before Streamlit's server: who comes in, what headers every answer has, and how fast a page begins."""
