"""The events of a run, in one form for streams, files and replays; results and code of a run."""
