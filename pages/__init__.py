"""One file for each page: its layout and its words."""
