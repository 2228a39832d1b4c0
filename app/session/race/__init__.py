"""The front page, on which networks learn: the race on screen, the source of its frames, and what a visitor does."""
