"""For tests of runs side by side: a small race, and one that is tested where a test says."""

from __future__ import annotations

from recordings import recording

from ipcore.config import RunConfig

SMALL = RunConfig(steps=60, seeds=3, depth=4, width=8, methods="plain,batch-norm,ip")


def with_tests(config, steps, accuracy, step=None):
    """A recording without snapshots, tested at ``steps``; ``accuracy``: step -> per seed, of every method."""
    made = recording(config, snapshots=0, steps=0, end=False)
    made.tests.clear(), made.snapshots.clear()
    done = config.steps if step is None else step
    loss = {method: [[1.0 + seed for seed in range(config.seeds)]] * done for method in config.methods}
    made.add({"event": "steps", "first": 1, "elapsed": 1, "loss": loss})
    for at in steps:
        values = {method: accuracy(at) for method in config.methods}
        made.add({"event": "test", "step": at, "examples": 100, "loss": values, "accuracy": values})
    return made
