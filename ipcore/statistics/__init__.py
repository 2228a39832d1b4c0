"""Statistics of results over seeds: means with intervals, paired differences, usable ranges of learning rates."""
