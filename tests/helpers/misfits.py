"""Events that fit a recording, and hundreds that do not, each with one thing wrong."""

from __future__ import annotations

import copy
import math
from typing import Any

from ipcore.config import RunConfig
from ipcore.recordings.bins import SIDE
from ipcore.recordings.events.race import VERSION

Event = dict[str, Any]
PER_LAYER = {"weight_gradient": None, "error_signal": None, "slope": 1, "saturated": 1, "entropy": 1, "response": None}
"""Numbers of a snapshot, one for each layer -> what they are at most. All but the response are from 0 up."""
SMALL = RunConfig(
    dataset="moons", methods=("plain", "ip"), depth=3, width=4, batch_size=20, steps=30, seeds=2, first_seed=7
)


def layers(config: RunConfig, **changes: Any) -> Event:
    """What a snapshot says of one method; entropy and activity only those of earlier programs."""
    depth = config.depth
    said = {name: [0.5] * depth for name in PER_LAYER}
    said |= {"gain": [[60, config.width * config.seeds]] * depth, "bias": [[0]] * depth, "activity": [[0] * 30] * depth}
    return said | changes


def information(config: RunConfig, **changes: Any) -> Event:
    """What a test says of the layers of one method."""
    return {"entropy": [0.5] * config.depth, "activity": [[0] * 30] * config.depth} | changes


def per_method(value: Any, config: RunConfig = SMALL) -> Event:
    return {method: copy.deepcopy(value) for method in config.methods}


def valid() -> dict[str, Event]:
    """An event of each kind that fits a recording of SMALL after 10 steps."""
    return {
        "progress": {"event": "progress", "what": "Fetching", "done": 5, "total": 10},
        "steps": {"event": "steps", "first": 11, "elapsed": 1.5, "loss": per_method([[0.5, None], [0.25, 1]])},
        "test": {"event": "test", "step": 10, "examples": 500, "loss": per_method([0.5, None]),
                 "accuracy": per_method([1, 0.5]), "surface": per_method([50] * SIDE**2)},
        "snapshot": {"event": "snapshot", "step": 10, "methods": per_method(layers(SMALL))},
        "mark": {"event": "mark", "step": 12, "setting": "learning_rate", "previous": 0.01, "value": 0.03},
        "diverged": {"event": "diverged", "step": 11, "method": "plain", "seed": 8},
        "state": {"event": "state", "step": 10, "state": "paused"},
        "end": {"event": "end", "step": 10, "state": "stopped", "elapsed": 1.5, "telemetry": 0.04,
                "first_layer_gradient": per_method([1e-3, None])},
        "error": {"event": "error", "message": "no network"},
    }  # fmt: skip


START = {
    "event": "start", "version": VERSION, "config": SMALL.to_dict(),
    "data": {"train": 2000, "test": 500, "probe": 500,
             "extent": [-1.3, 1.3, -1.3, 1.3], "points": [[0.5, -0.5, 1], [0, 0, 0]]},
}  # fmt: skip


def misfits() -> dict[str, Event | Any]:
    """Events that do not fit a recording of SMALL after 10 steps, by what is wrong."""
    good = valid()

    def but(kind: str, **changes: Any) -> Event:
        return {**good[kind], **changes}

    def snapshot(**changes: Any) -> Event:
        return but("snapshot", methods=per_method(layers(SMALL, **changes)))

    def informed(**changes: Any) -> Event:
        return but("test", step=9, information=per_method(information(SMALL, **changes)))

    return {
        "no object": None,
        "a list": ["steps"],
        "text": "steps",
        "no name": {},
        "an unknown name": {"event": "stepping"},
        "a name that is no text": {"event": ["steps"]},
        "a name of machinery": {"event": "_init__"},
        "a long name": {"event": "x" * 10**6},
        "a second start": START,
        "a start of another version": {**START, "version": VERSION + 1},
        **{
            f"{kind} without {name}": {key: value for key, value in event.items() if key != name}
            for kind, event in good.items()
            for name in event
            if name != "surface"
        },
        **{
            f"{kind} after the last step": but(kind, step=31)
            for kind in ("test", "snapshot", "mark", "diverged", "state", "end")
        },
        **{f"{kind} at a step not done": but(kind, step=11) for kind in ("test", "snapshot", "end")},
        **{
            f"{kind} at an earlier step": but(kind, step=8)
            for kind in ("test", "snapshot", "mark", "diverged", "state", "end")
        },
        **{
            f"{kind} at step {step!r}": but(kind, step=step)
            for kind in ("test", "snapshot", "mark", "diverged", "state", "end")
            for step in (-1, True, 10.0, "10", None, [10], 10**400)
        },
        "a second snapshot of a step": but("snapshot", step=9),
        "steps again": but("steps", first=10),
        "steps with a gap": but("steps", first=12),
        "steps from text": but("steps", first="11"),
        "steps from a float": but("steps", first=11.0),
        "no steps": but("steps", loss=per_method([])),
        "steps without seeds": but("steps", loss=per_method([[]])),
        "more steps than the run has": but("steps", loss=per_method([[1, 1]] * 21)),
        "one seed too few": but("steps", loss=per_method([[1]])),
        "one seed too many": but("steps", loss=per_method([[1, 1, 1]])),
        "ragged losses": but("steps", loss=per_method([[1, 1], [1]])),
        "losses too flat": but("steps", loss=per_method([1, 1])),
        "losses too deep": but("steps", loss=per_method([[[1], [1]]])),
        "methods of different length": but("steps", loss={"plain": [[1, 1]], "ip": [[1, 1], [1, 1]]}),
        "losses of one method": but("steps", loss={"plain": [[1, 1]]}),
        "losses of another method": but("steps", loss={**per_method([[1, 1]]), "batch-norm": [[1, 1]]}),
        "losses without methods": but("steps", loss=[[1, 1]]),
        **{
            f"a loss of {value!r:.9}": but("steps", loss=per_method([[1, value]]))
            for value in (True, "1", [1], {}, b"1", 10**400, 1j)
        },
        "a loss below 0": but("steps", loss=per_method([[1, -0.1]])),
        "a loss of a test below 0": but("test", loss=per_method([0.5, -0.1])),
        "steps that took less than those before": but("steps", elapsed=0.4),
        "an end before the last steps": but("end", elapsed=0.4),
        **{
            f"{name} of {value}": snapshot(**{name: [0.5, value, None]})
            for name in PER_LAYER
            if name != "response"
            for value in ((-0.1, -7) if PER_LAYER[name] is None else (-3, 1.01, 5, 1e30))
        },
        **{
            f"{kind} that took {value!r:.9}": but(kind, elapsed=value)
            for kind in ("steps", "end")
            for value in (-1, None, "1", True, math.nan, math.inf, 10**400, [1])
        },
        "a test of no examples": but("test", examples=0),
        "a test of half an example": but("test", examples=0.5),
        "accuracy above 1": but("test", accuracy=per_method([1.01, 0])),
        "accuracy below 0": but("test", accuracy=per_method([-0.01, 0])),
        "accuracy of one seed": but("test", accuracy=per_method([0.5])),
        "accuracy as text": but("test", accuracy=per_method("11")),
        "accuracy of one method": but("test", accuracy={"ip": [0.5, 0.5]}),
        "a surface of one cell": but("test", surface=per_method([50])),
        "a surface in rows": but("test", surface=per_method([[50] * SIDE] * SIDE)),
        "a surface above 100": but("test", surface=per_method([101] * SIDE**2)),
        "a surface below 0": but("test", surface=per_method([-1] * SIDE**2)),
        "a surface with a gap": but("test", surface=per_method([50] * (SIDE**2 - 1) + [None])),
        "a surface of text": but("test", surface=per_method(["50"] * SIDE**2)),
        "a surface of one method": but("test", surface={"ip": [50] * SIDE**2}),
        "no surface": but("test", surface=None),
        "a snapshot of one method": but("snapshot", methods={"ip": layers(SMALL)}),
        "a snapshot of an unknown method": but(
            "snapshot", methods={**per_method(layers(SMALL)), "magic": layers(SMALL)}
        ),
        "a snapshot that knows the entropy of one method": but(
            "snapshot",
            methods={"plain": layers(SMALL), "ip": {k: v for k, v in layers(SMALL).items() if k != "entropy"}},
        ),
        "information without a snapshot of its step": {**informed(), "step": 10},
        "information of one method": but("test", step=9, information={"ip": information(SMALL)}),
        "no information": but("test", step=9, information=None),
        "information with more": informed(slope=[0.5] * 3),
        "information of 2 layers": informed(entropy=[0.5] * 2),
        "information above 1": informed(entropy=[0.5, 1.01, 0.5]),
        "information of activity above all": informed(activity=[[1001] + [0] * 29] * 3),
        "information of activity of 31 bins": informed(activity=[[0] * 31] * 3),
        "a snapshot of lists": but("snapshot", methods=per_method([])),
        **{
            f"{name} of {count} layers": snapshot(**{name: layers(SMALL)[name][:1] * count})
            for name in layers(SMALL)
            for count in (0, 2, 4, 100_000)
        },
        **{
            f"{name} as {value!r:.9}": snapshot(**{name: value})
            for name in layers(SMALL)
            for value in (None, 5, "abc", {}, {"a": 1, "b": 2, "c": 3})
        },
        **{
            f"{name} of lists of {value!r:.9}": snapshot(**{name: [[value]] * 3})
            for name in layers(SMALL)
            for value in (None, "1", True, 1.5, {}, -1)
        },
        **{
            f"{name} as one {value!r}": snapshot(**{name: [value] * 3})
            for name in PER_LAYER
            for value in ("1", True, {})
        },
        **{f"{name} without a first bin": snapshot(**{name: [[]] * 3}) for name in ("gain", "bias")},
        **{
            f"{name} beyond the last bin": snapshot(**{name: [[bins, 1]] * 3})
            for name, bins in (("gain", 120), ("bias", 200))
        },
        **{
            f"{name} of too many bins": snapshot(**{name: [[0] + [0] * bins] * 3})
            for name, bins in (("gain", 121), ("bias", 201))
        },
        **{f"{name} of one neuron too many": snapshot(**{name: [[5, 4, 5]] * 3}) for name in ("gain", "bias")},
        **{f"{name} of fewer than no neurons": snapshot(**{name: [[5, 4, -1]] * 3}) for name in ("gain", "bias")},
        **{f"{name} of 2^64 neurons": snapshot(**{name: [[5, 2**64]] * 3}) for name in ("gain", "bias")},
        "activity above all": snapshot(activity=[[1001] + [0] * 29] * 3),
        "activity of 29 bins": snapshot(activity=[[0] * 29] * 3),
        "activity of 31 bins": snapshot(activity=[[0] * 31] * 3),
        "activity in another form": snapshot(activity=[[0] * 45] * 2),
        "a mark of a setting that cannot change": but("mark", setting="depth"),
        "a mark of nothing": but("mark", setting=["learning_rate"]),
        **{
            f"a mark {name} {value!r:.9}": but("mark", **{name: value})
            for name in ("previous", "value")
            for value in (None, "1", -1, math.nan, math.inf, True, 10**400)
        },
        "the same network diverged again": but("diverged", method="ip", seed=7),
        "an unknown method diverged": but("diverged", method="batch-norm"),
        "a list diverged": but("diverged", method=["ip"]),
        **{f"seed {seed!r} diverged": but("diverged", seed=seed) for seed in (6, 9, 0, "7", 7.0, None, True)},
        "diverged at the start": but("diverged", step=0),
        **{
            f"{kind} {state!r}": but(kind, state=state)
            for kind in ("state", "end")
            for state in ("failed", "starting", None, 1, ["running"])
        },
        "a state that is an end": but("state", state="finished"),
        "finished before the last step": but("end", state="finished"),
        "an end that is none": but("end", state="paused"),
        **{
            f"telemetry {share!r:.9}": but("end", telemetry=share)
            for share in ("0.1", -0.1, 1.01, 50, True, math.inf, [0.1])
        },
        **{
            f"a last gradient of {value!r:.9}": but("end", first_layer_gradient=value)
            for value in (None, [], "ab", {"ip": [1, 1]})
        },
        **{
            f"last gradients {value!r}": but("end", first_layer_gradient=per_method(value))
            for value in (None, 5, "ab", [1], [1, "1"], [[1, 1]], [1, -1])
        },
        **{f"an error {value!r}": but("error", message=value) for value in (None, 5, ["no"], {})},
        **{f"progress of {value!r:.9}": but("progress", done=value) for value in (None, "5", -1, True, math.nan)},
        **{f"progress to {value!r:.9}": but("progress", total=value) for value in ("", "5", -1, False, [], math.nan)},
        "progress of nothing": but("progress", what=None),
    }
