"""``python -m ipcore replay`` and ``export``: plays a recorded race or sweep in the terminal, or writes it to files.

The pages and tables of an export are made by the dashboard. So this module imports from ``app``, as the only one in
ipcore, and only when ``export`` is called.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ipcore.cli import sweep as sweep_cli
from ipcore.config import Setting
from ipcore.jsonlines import finite
from ipcore.recordings.base import BaseRecording
from ipcore.recordings.events.base import Event
from ipcore.recordings.files import events_from_file, from_cut_off, load
from ipcore.recordings.race import Recording, Test
from ipcore.recordings.reading import Sent, read_events
from ipcore.recordings.results import plain_differences, results, table
from ipcore.recordings.sweep import SweepRecording

SECONDS = Setting("Seconds", 8, 0, 3600, False, "What a replay of a race takes.")
WIDTH = 40
"""Width of a curve in columns."""
LINES = 12
"""Number of moments that are printed if the output is not a terminal."""
LEVELS = "▁▂▃▄▅▆▇█"
"""Characters that draw an accuracy, from 0 to 1."""


def add_commands(commands: Any) -> None:
    """Adds ``replay`` and ``export``.

    Args:
        commands: the result of ``ArgumentParser.add_subparsers()``.
    """
    play = commands.add_parser("replay", help="play a recording in the terminal")
    play.add_argument("file", metavar="FILE", help="a recording: JSON lines (.gz: compressed)")
    seconds = f"{SECONDS.help} Default {SECONDS.default}."
    play.add_argument("--seconds", default=SECONDS.default, metavar="N", help=seconds)
    play.add_argument("--json", action="store_true", help="print one JSON object instead")
    play.set_defaults(run=replay)
    out = commands.add_parser("export", help="a run as files for others")
    out.add_argument("recorded", metavar="RUN", help="file of a recording, or the id of a run that the dashboard saved")
    out.add_argument("--html", metavar="FILE", help="one page with its charts, which needs neither network nor server")
    out.add_argument("--csv", metavar="FILE", help="of a race its curves, of a sweep the accuracy of each network")
    out.add_argument("--jsonl", metavar="FILE", help="the recording itself: JSON lines, compressed with gzip")
    out.add_argument("--name", help="title of the page; otherwise the name of the run or its file")
    out.set_defaults(run=export)


def replay(arguments: argparse.Namespace) -> int:
    """Plays the recording of a race and prints its results. Of a sweep only the results are printed."""
    seconds = SECONDS.parse("seconds", arguments.seconds)
    recording = load(arguments.file)
    warn_if_cut_off(arguments.file, recording)
    if isinstance(recording, SweepRecording):
        sweep_cli.print_results(recording, arguments.json)
        return 0
    if arguments.json:
        print(json.dumps(overview(recording)))
        return 0
    if sys.stdout.isatty():
        play(recording, seconds, sys.stdout)
    else:
        print(course(recording))
    print(table(results(recording)))
    return 0


def overview(recording: Recording) -> dict[str, Any]:
    """The main content of a recording as plain values: settings, tests, changes during training, and results."""
    tests = [
        {
            "step": test.step,
            "examples": test.examples,
            "accuracy": {name: finite(values.tolist()) for name, values in test.accuracy.items()},
        }
        for test in recording.tests
    ]
    marks = [vars(mark) for mark in recording.marks]
    done = {"config": recording.config.to_dict(), "state": recording.state, "steps": recording.step}
    done |= {"cut_off": recording.cut_off, "threads": recording.threads}
    found = results(recording)
    return {**done, "tests": tests, "marks": marks, "results": found, "differences": plain_differences(found)}


def course(recording: Recording) -> str:
    """A table of test accuracy (mean over seeds) at no more than :data:`LINES` steps."""
    methods = recording.config.methods
    lines = ["test accuracy over steps", f"{'step':>8}" + "".join(f"{method:>12}" for method in methods)]
    lines += [
        f"{test.step:>8,}" + "".join(f"{_percent(test, method):>12}" for method in methods)
        for test in _spread(recording.curve(), LINES)
    ]
    return "\n".join(lines) + "\n"


def play(recording: Recording, seconds: float, out: TextIO) -> None:
    """Draws one moment of a recording after another, each in the place of the one before.

    Args:
        recording: the recording of a race.
        seconds: how long this takes.
        out: the terminal.
    """
    moments = _spread(recording.curve(), 4 * WIDTH)
    began = time.monotonic()
    height = 0
    for index, test in enumerate(moments, 1):
        time.sleep(max(0.0, began + seconds * (index - 1) / len(moments) - time.monotonic()))
        lines = list(picture(recording, test))
        back = f"\x1b[{height}F" if height else ""  # moves the cursor up to the first line of the moment before
        print(back + "\n".join(f"{line}\x1b[K" for line in lines), file=out, flush=True)
        height = len(lines)
    print(file=out)


def picture(recording: Recording, until: Test) -> Iterator[str]:
    """Yields the lines of one moment of a replay: for each method the curve of test accuracy so far, and numbers.

    Args:
        recording: the whole recording.
        until: the latest test at this moment.
    """
    config = recording.config
    yield f"step {until.step:,} of {config.steps:,}"
    changed = [mark for mark in recording.marks if mark.step <= until.step]
    for method in config.methods:
        curve = [" "] * WIDTH
        for test in recording.curve():
            if test.step <= until.step:
                share = _mean(test, method)
                column = min(WIDTH - 1, test.step * WIDTH // config.steps)
                curve[column] = LEVELS[min(7, int(8 * share))] if np.isfinite(share) else "?"
        loss = recording.loss(method)[max(0, until.step - 10) : until.step]
        known = loss[np.isfinite(loss)]
        last = f"loss {known.mean():.3f}" if len(known) else ""
        line = "".join(_without_gaps(curve, until.step * WIDTH // config.steps))
        yield f"{method:<12}│{line}│{_percent(until, method):>8}  {last}"
    yield f"{changed[-1].setting} {changed[-1].value:g} since step {changed[-1].step:,}" if changed else ""


def _without_gaps(curve: list[str], last: int) -> Iterator[str]:
    """Yields the columns of a curve up to the last one; a column without a test repeats the one before."""
    before = " "
    for column, level in enumerate(curve):
        before = level if level != " " else before
        yield before if column <= last else " "


def _mean(test: Test, method: str) -> float:
    values = test.accuracy[method]
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _percent(test: Test, method: str) -> str:
    share = _mean(test, method)
    return f"{100 * share:.1f} %" if np.isfinite(share) else "diverged"


def _spread(entries: list[Any], most: int) -> list[Any]:
    """At most ``most`` of the entries, evenly spaced, among them the first and the last."""
    chosen = np.unique(np.linspace(0, len(entries) - 1, min(most, len(entries))).round().astype(int))
    return [entries[index] for index in chosen]


def export(arguments: argparse.Namespace) -> int:
    """Writes the files that were asked for."""
    wanted = {form: getattr(arguments, form) for form in ("html", "csv", "jsonl") if getattr(arguments, form)}
    if not wanted:
        raise ValueError("export needs at least one of --html, --csv and --jsonl")
    parts = importlib.import_module("app.export.parts")
    said, name, when = _recorded(arguments.recorded)
    events: list[Event] = []
    recording = from_cut_off(_noted(read_events(said), events))
    warn_if_cut_off(arguments.recorded, recording)
    if isinstance(recording, SweepRecording):
        make_page = importlib.import_module("app.sweep.export").sweep_page
    else:
        make_page = importlib.import_module("app.race.export").run_page
    makers = {
        "html": lambda: make_page(recording, events, name=arguments.name or name, when=when).encode(),
        "csv": lambda: recording.to_csv().encode(),
        "jsonl": lambda: parts.jsonl(events, recording.cut_off),
    }
    failed = False
    for form, path in wanted.items():
        try:
            content = makers[form]()
            Path(path).write_bytes(content)
        except OSError as error:  # the others are written all the same
            print(f"error: {path} cannot be written: {error.strerror or error}", file=sys.stderr)
            failed = True
        else:
            print(f"{path}: {len(content) / 1e6:,.2f} MB")
    return int(failed)


def warn_if_cut_off(where: str, recording: BaseRecording) -> None:
    """Prints to standard error that a recording is cut off, if it is."""
    if recording.cut_off:
        print(f"warning: {where} is {recording.message}; what is before is whole", file=sys.stderr)


def _noted(found: Iterator[Event], noted: list[Event]) -> Iterator[Event]:
    """The same events, each of which is added to a list."""
    for event in found:
        noted.append(event)
        yield event


def _recorded(run: str) -> tuple[Iterator[Sent], str, datetime | None]:
    """The events of a run, its name, and when it was made, if that is known.

    Args:
        run: the path of a file, or the id of a saved run.
    """
    path = Path(run)
    if os.path.isfile(path):  # not Path.is_file, which raises an error if the name is too long for a file
        made = datetime.fromtimestamp(os.path.getmtime(path), UTC)
        return events_from_file(path), path.name.removesuffix(".gz").removesuffix(".jsonl"), made
    return importlib.import_module("app.store.recorded").recorded(run)
