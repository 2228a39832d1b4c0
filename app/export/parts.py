"""What exported pages of races and of sweeps have in common. No Streamlit."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from app.export.html import Facts
from app.ui import words
from app.ui.palette import LOOKS
from ipcore.config import DATASETS, SETTINGS, RunConfig
from ipcore.jsonlines import encode
from ipcore.recordings.kinds import kind_of
from ipcore.recordings.results import cell


def dated(text: str, when: datetime | None) -> str:
    """A line of text that ends in the date, if that is known."""
    return f"{text} · {when:%-d %B %Y, %H:%M %Z}".strip() if when else text


def percent(shares: list[float | None]) -> str:
    """The mean of shares in percent and, if there are several, their standard deviation."""
    found = cell([None if share is None else 100 * share for share in shares], ".1f")
    return found if found == "–" else f"{found} %"


def settings(config: RunConfig) -> Facts:
    """Every setting with its value; those that differ from their defaults are marked."""
    usual = RunConfig()
    values = {
        "Data set": (config.dataset != usual.dataset, DATASETS[config.dataset].label),
        "Methods": (config.methods != usual.methods, ", ".join(LOOKS[method].label for method in config.methods)),
    } | {
        setting.label: (getattr(config, name) != getattr(usual, name), words.number(getattr(config, name)))
        for name, setting in SETTINGS.items()
    }
    changed = frozenset(label for label, (other, _) in values.items() if other)
    return Facts("Settings", {label: value for label, (_, value) in values.items()}, changed)


def jsonl(events: Iterable[dict[str, Any]]) -> bytes:
    """A run as JSON lines, compressed with gzip; one that is not over ends here, as stopped."""
    return gzip.compress("".join(encode(event) + "\n" for event in ended(events)).encode(), 6, mtime=0)


def ended(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The events of a run, with an end if they have none: whoever reads them can then tell that they are whole."""
    step, elapsed, over, kind = 0, 0.0, False, ""
    for event in events:
        yield event
        over = event["event"] in ("end", "error")
        if event["event"] == "start":
            kind = kind_of(event)
        elif event["event"] == "steps":
            step, elapsed = event["first"] + len(next(iter(event["loss"].values()))) - 1, event["elapsed"]
    if over:
        return
    if kind == "sweep":  # its events do not say how long it took so far
        yield {"event": "end", "state": "stopped", "elapsed": 0.0}
    else:
        told = {"step": step, "state": "stopped", "elapsed": elapsed}
        yield {"event": "end", **told, "telemetry": None, "first_layer_gradient": {}}
