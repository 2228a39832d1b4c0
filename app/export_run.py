"""A run as a file for others: a page of HTML, a table of its curves, the recording itself. No Streamlit."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from app import words
from app.export_html import Block, Charts, Code, Download, Facts, Table, page
from app.film import film, tables
from app.palette import LOOKS
from ipcore.config import DATASETS, SETTINGS, RunConfig
from ipcore.kinds import kind_of
from ipcore.recording import Recording, encode
from ipcore.results import cell, results
from ipcore.snippet import in_python, in_terminal

CHANGES = 200
"""Rows of the table of what was changed in flight, at most."""


def run_page(recording: Recording, events: Iterable[dict[str, Any]], *, name: str, when: datetime | None = None) -> str:
    """A run as one page of HTML that needs neither network nor server.

    Args:
        recording: the run.
        events: the same run as events: the page holds it to be saved, and imported elsewhere.
        name: of the run, as its owner wrote it.
        when: it was made.
    """
    packed = jsonl(events)
    what = f"{len(packed) / 1000:,.0f} kB; the dashboard imports it"
    blocks: list[Block] = [
        final_table(recording),
        Charts(film(recording), tables(recording)),
        settings(recording.config),
        changes(recording),
        Code("This run in code", in_python(recording)),
        Code("", in_terminal(recording)),
        Download("The recording", f"as JSON lines, gzip ({what}).", "recording.jsonl.gz", "application/gzip", packed),
    ]
    return page(name, [block for block in blocks if block], by=about(recording, when))


def about(recording: Recording, when: datetime | None = None) -> str:
    """One line: what ran, how far, for how long, and when."""
    config, step = recording.config, recording.step
    steps = f"{step:,} steps" if step == config.steps else f"{step:,} of {config.steps:,} steps"
    said = [
        " against ".join(LOOKS[method].label for method in config.methods),
        DATASETS[config.dataset].label,
        steps,
        f"trained in {words.duration(recording.elapsed)}",
    ]
    return dated(" · ".join(said), when)


def dated(said: str, when: datetime | None) -> str:
    """A line that ends in a date, if there is one."""
    return f"{said} · {when:%-d %B %Y, %H:%M %Z}".strip() if when else said


def final_table(recording: Recording) -> Table:
    """Test accuracy, training loss and divergences by method: means over seeds, with standard deviations."""
    config = recording.config
    test = recording.tests[-1] if recording.tests else None
    head = ["method", "test accuracy", "training loss", "first-layer |dL/dW|", "diverged"]
    rows = []
    for method, found in results(recording).items():
        fallen = sum(step is not None for step in found["diverged"])
        rows.append(
            [
                LOOKS[method].label,
                percent(found["test_accuracy"]),
                cell(found["train_loss"], ".3f"),
                cell(found["first_layer_gradient"], ".2e"),
                f"{fallen} of {config.seeds}" if fallen else "none",
            ]
        )
    title = "In the end" if recording.over else "So far"
    title += f", tested on {test.examples:,} examples" if test else ""
    title += f": mean ± standard deviation of {config.seeds} seeds" if config.seeds > 1 else ""
    return Table(title, head, rows)


def percent(shares: list[float | None]) -> str:
    """Mean share in percent and, of several, standard deviation."""
    found = cell([None if share is None else 100 * share for share in shares], ".1f")
    return found if found == "–" else f"{found} %"


def settings(config: RunConfig) -> Facts:
    """Every setting; those that differ from the default are marked."""
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


def changes(recording: Recording) -> Table | None:
    """What was changed in flight, the newest of it; None if nothing was."""
    older = max(0, len(recording.marks) - CHANGES)
    rows = [[f"{older:,} more before", "", "", ""]] if older else []
    rows += [
        [f"{mark.step:,}", SETTINGS[mark.setting].label, words.number(mark.previous), words.number(mark.value)]
        for mark in recording.marks[older:]
    ]
    return Table("Changed in flight", ["after step", "setting", "from", "to"], rows) if rows else None


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
