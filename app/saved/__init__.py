"""The list of saved runs: its rows, its search and its filters."""
