"""For tests of comparisons: made-up sweeps, and what a page shows."""

from __future__ import annotations

from ipcore.config import RunConfig
from ipcore.recordings.sweep import from_events, start_event
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.stack_size import moments

SMALL = RunConfig(dataset="moons", methods="plain,ip", depth=2, width=4, steps=3, seeds=3)


def events(sweep, accuracy, stacks=None):
    """Of a sweep; accuracy: of each (method, value of the first setting, seed)."""
    yield start_event(sweep)
    for stack in sweep.stacks()[:stacks]:
        yield {"event": "begun", "stack": stack.id}
        count, steps = len(stack.replicas), moments(stack.config.steps)
        for sequence, step in enumerate(steps):
            numbers = {"loss": [1.0] * count, "accuracy": [0.5] * count}
            yield {"event": "curve", "stack": stack.id, "sequence": sequence, "step": step, **numbers}
        found = [accuracy(stack.method, float(each.point.split(",")[0]), each.seed) for each in stack.replicas]
        yield {
            "event": "done", "stack": stack.id, "sequence": len(steps), "step": steps[-1], "seconds": 0.1,
            "test_accuracy": found, "test_loss": [1.0] * count, "diverged": [None] * count,
        }  # fmt: skip


def recorded(over, accuracy, stacks=None, flags=(), **changes):
    return from_events(events(Sweep(SMALL.replace(**changes), over, *flags), accuracy, stacks))


def usual(method, value, seed):
    return round(0.5 + 0.3 * value + 0.02 * (seed % 3) ** 2 + (0.1 if method == "ip" else 0), 6)


def better(method, value, seed):
    """By a tenth, a little more for the third seed."""
    return round(usual(method, value, seed) + 0.1 + 0.01 * (seed == 2), 6)


def pictures(tester):
    """The still pictures of a page."""
    return [each for each in tester.get("bidi_component") if each.proto.component_name.endswith("still")]


def drawn(tester):
    """The text of a page, its number of charts and how many of them have their data, after running it."""
    tester.run()
    assert not tester.exception, tester.exception
    said = " ".join(element.proto.body for element in tester.get("html"))
    found = pictures(tester)
    return said, len(found), sum('"csv"' in each.proto.json for each in found)
