"""Events of a race that is trained once more, because its worker was lost, without those that are recorded already.

The same settings and the same changes at the same steps give the same numbers to the last bit. So a race whose worker
was lost is trained again from its beginning, and its recording goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipcore.recordings.race import Recording


def news(event: Mapping[str, Any], recording: Recording, stood_at: int) -> dict[str, Any] | None:
    """What is new in an event of a race that is trained once more.

    Args:
        event: the event, as plain values.
        recording: the recording of the race.
        stood_at: steps that the recording had when the worker was lost.

    Returns:
        The event without what the recording has already; None if it has all of it.
    """
    step = event.get("step", 0)
    match event["event"]:
        case "start" | "progress":
            return None
        case "steps":
            known = recording.step + 1 - event["first"]
            loss = {method: rows[max(0, known) :] for method, rows in event["loss"].items()}
            if not all(loss.values()):
                return None
            return {**event, "first": event["first"] + max(0, known), "loss": loss}
        case "snapshot":
            known = recording.snapshots and recording.snapshots[-1].step >= step
            return None if step < stood_at or known else dict(event)
        case "test":
            known = any((test.step, test.examples) == (step, event["examples"]) for test in recording.tests[-2:])
            return None if step < stood_at or known else dict(event)
        case "mark":
            same = (step, event["setting"], event["value"])
            return None if same in [(mark.step, mark.setting, mark.value) for mark in recording.marks] else dict(event)
        case "diverged":
            network = (event["method"], event["seed"])
            return None if network in [(each.method, each.seed) for each in recording.diverged] else dict(event)
        case "state":
            return None if step < stood_at else dict(event)
        case "end":
            if step < recording.step:  # it was stopped before it stood there again
                unknown: dict[str, Any] = {"telemetry": None, "first_layer_gradient": {}}
                return {**event, "step": recording.step, "elapsed": recording.elapsed, **unknown}
            return dict(event)
    return dict(event)
