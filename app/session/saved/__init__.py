"""The page "Runs": the list of saved runs, one that is opened, and what a visitor does to their own."""
