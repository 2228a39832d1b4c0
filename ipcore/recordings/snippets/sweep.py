"""A sweep in code: what to type, in Python or in a terminal, to train the same networks again, to the last bit.

The same versions of the packages on the same kind of processor are taken for granted. Of a sweep that ended early, all
networks are trained.
"""

from __future__ import annotations

import shlex
from typing import Any

from ipcore.config import RunConfig, usual_intrinsic_rate
from ipcore.recordings.snippets.race import differing, literal
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.values import format_number

PROGRAM = """\
import ipcore

config = ipcore.SweepConfig({settings})
recording = ipcore.sweep(config, over={over}{flags})
print(recording.to_frame("summary").to_string(index=False))
points = recording.to_frame("points")
# In a notebook, the last line shows a picture.
points.plot(x={x}, y="test_accuracy", color="method"{columns}, backend="plotly")
"""


def in_python(sweep: Sweep) -> str:
    """A program that trains the networks of a sweep again, on every core that it may use."""
    settings = "".join(f"    {name}={literal(value)},\n" for name, value in _shared(sweep).items())
    over = ", ".join(f"{literal(name)}: {literal(values)}" for name, values in sweep.over.items())
    flags = "".join(f", {name}=True" for name in ("equal_examples", "usual_rates") if getattr(sweep, name))
    first, *second = sweep.over
    return PROGRAM.format(
        settings=f"\n{settings}" if settings else "",
        over=f"{{{over}}}",
        flags=flags,
        x=literal(first),
        columns="".join(f", facet_col={literal(name)}" for name in second),
    )


def in_terminal(sweep: Sweep) -> str:
    """A command that does the same."""
    words = ["python", "-m", "ipcore", "sweep"]
    for name, values in sweep.over.items():
        words += ["--over", f"{name}={','.join(map(format_number, values))}"]
    for name, value in _fixed(sweep).items():
        words += [f"--{name.replace('_', '-')}", ",".join(value) if isinstance(value, tuple) else str(value)]
    return shlex.join(words + (["--equal-examples"] if sweep.equal_examples else []))


def _shared(sweep: Sweep) -> dict[str, Any]:
    """Settings that differ from their defaults, but for those that are swept: a sweep has their values."""
    swept = set(sweep.over) - ({"batch_size"} if sweep.equal_examples else set())
    return {name: value for name, value in differing(sweep.config).items() if name not in swept}


def _fixed(sweep: Sweep) -> dict[str, Any]:
    """The settings that the command needs beside the values that are swept."""
    needed = _shared(sweep)
    if "intrinsic_rate" in sweep.over:
        return needed
    needed.pop("intrinsic_rate", None)
    config, sizes = sweep.config, "batch_size" in sweep.over
    rate = usual_intrinsic_rate(config.batch_size) if sweep.usual_rates else config.intrinsic_rate
    chosen = sizes and sweep.usual_rates  # by the command itself, for each batch size
    if not chosen and (sizes or rate != RunConfig().intrinsic_rate):
        needed["intrinsic_rate"] = rate
    return needed
