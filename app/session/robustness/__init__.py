"""The page "Robustness": the sweep on screen, the charts of any sweep, their source, and what a visitor does."""
