"""What exported pages of races and of sweeps have in common. No Streamlit."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime

from app.export.html import Facts
from app.ui import words
from app.ui.palette import LOOKS
from ipcore.config import CHOICES, SETTINGS, RunConfig
from ipcore.datasets import DATASETS
from ipcore.recordings.events import race, sweep
from ipcore.recordings.events.base import Event
from ipcore.recordings.reading import Sent, read_events


def dated(text: str, when: datetime | None) -> str:
    """A line of text that ends in the date, if that is known."""
    return f"{text} · {when:%-d %B %Y, %H:%M %Z}".strip() if when else text


def settings(config: RunConfig) -> Facts:
    """Every setting with its value; those that differ from their defaults are marked."""
    usual = RunConfig()
    values = {
        "Data set": (config.dataset != usual.dataset, DATASETS[config.dataset].label),
        "Methods": (config.methods != usual.methods, ", ".join(LOOKS[method].label for method in config.methods)),
    } | {
        setting.label: (getattr(config, name) != getattr(usual, name), words.value(name, getattr(config, name)))
        for name, setting in (SETTINGS | CHOICES).items()
    }
    changed = frozenset(label for label, (other, _) in values.items() if other)
    return Facts("Settings", {label: value for label, (_, value) in values.items()}, changed)


def jsonl(events: Iterable[Sent], cut_off: bool = False) -> bytes:
    """A run as JSON lines, compressed with gzip.

    Args:
        events: the events of the run.
        cut_off: whether it stays without an end, so that whoever reads it is told that it is cut off. Otherwise a run
            that is not over ends here, as stopped.
    """
    found = read_events(events) if cut_off else ended(events)
    return gzip.compress("".join(event.line() + "\n" for event in found).encode(), 6, mtime=0)


def ended(events: Iterable[Sent]) -> Iterator[Event]:
    """The events of a run, with an end if they have none: whoever reads them can then tell that they are whole."""
    step, elapsed, last = 0, 0.0, None
    is_sweep = False
    for last in read_events(events):
        yield last
        match last:
            case sweep.Start():
                is_sweep = True
            case race.Steps(first=first, loss=loss):
                step, elapsed = first + len(next(iter(loss.values()))) - 1, last.elapsed
    if last is None or last.name in ("end", "error"):
        return
    if is_sweep:  # its events do not say how long it took so far
        yield sweep.End(state="stopped", elapsed=0.0)
    else:
        yield race.End(step=step, state="stopped", elapsed=elapsed, telemetry=None, first_layer_gradient={})
