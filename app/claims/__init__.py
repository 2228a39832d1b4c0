"""The page "Claims": its words, its small pictures, a card for each claim, and what shows each."""
