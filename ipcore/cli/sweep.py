"""Sweeps from a terminal: ``python -m ipcore sweep --over learning_rate=0.001,0.003,0.01 --seeds 5``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import Any

import numpy as np
from tqdm import tqdm

from ipcore.cli.common import DEVICE, Interrupt, add_settings, downloading, settings, use_device
from ipcore.cli.output import EventFile
from ipcore.config import Setting, SweepConfig
from ipcore.data import sets as data
from ipcore.executors.choice import executor_for
from ipcore.executors.sweeping import events
from ipcore.messages import shorten
from ipcore.recordings.sweep import SweepRecording
from ipcore.statistics.intervals import FEWEST, Interval, band
from ipcore.statistics.ranges import NOTHING_LEARNED, USABLE
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.summary import Differences, Summary, other_values
from ipcore.sweeps.values import SWEEPABLE, format_number, parse_over

WORKERS = Setting("Workers", 1, 1, 256, True, "Processes that train on this machine at a time.")

EQUAL_EXAMPLES = "let every batch size see as many examples as --steps minibatches of --batch-size hold"
BY_DEFAULT = "By default IPCORE_SLOTS, or one for each core."
BAR = "{l_bar}{bar}| {n:.0f}/{total} networks [{elapsed}<{remaining}]"


def add_command(subparsers: Any) -> None:
    """Adds ``sweep``.

    Args:
        subparsers: the result of ``ArgumentParser.add_subparsers()``.
    """
    parser = subparsers.add_parser("sweep", help="train networks at many values of one or two settings")
    parser.set_defaults(run=run)
    parser.add_argument(
        "--over", action="append", required=True, metavar="SETTING=A,B,...",
        help=f"the setting to sweep and its values, of {', '.join(SWEEPABLE)}; may be given twice, for a map",
    )  # fmt: skip
    add_settings(parser)
    parser.add_argument("--equal-examples", action="store_true", help=EQUAL_EXAMPLES)
    parser.add_argument("--device", metavar="NAME", help=DEVICE)
    parser.add_argument("--workers", metavar="N", help=f"{WORKERS.help} {BY_DEFAULT}")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--record", metavar="FILE", help="write the events as JSON lines (.gz: compressed)")


def plan(arguments: argparse.Namespace) -> Sweep:
    """The sweep that the command line describes.

    If it varies the batch size and no intrinsic rate is given, each batch size has its usual intrinsic rate.

    Raises:
        ValueError: if the sweep is not allowed.
    """
    over: dict[str, str] = {}
    for item in arguments.over:
        name, equals, values = item.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name in over:
            raise ValueError(f"--over must be SETTING=A,B,..., each setting once, not {shorten(item)}")
        over[name] = values
    for name in over:
        if getattr(arguments, name, None) is not None and not (name == "batch_size" and arguments.equal_examples):
            raise ValueError(f"{name} is swept; leave out --{name.replace('_', '-')}")
    usual = "batch_size" in over and arguments.intrinsic_rate is None
    config, values = settings(arguments, SweepConfig), parse_over(over, recorded=True)
    return Sweep(config, values, arguments.equal_examples, usual).allowed()


def run(arguments: argparse.Namespace) -> int:
    """Trains the networks of a sweep and prints the results."""
    sweep = plan(arguments)
    workers = None if arguments.workers is None else int(WORKERS.parse("workers", arguments.workers))
    use_device(arguments.device)
    with downloading() as progress:
        data.fetch(sweep.config.dataset, progress)
    recording = SweepRecording(sweep)
    with ExitStack() as stack:
        interrupt = stack.enter_context(Interrupt())
        file = stack.enter_context(EventFile(arguments.record)) if arguments.record else None
        executor = stack.enter_context(closing(executor_for("terminal", workers)))
        announce(sweep, executor.workers)
        bar = stack.enter_context(tqdm(total=sweep.networks, file=sys.stderr, bar_format=BAR))
        for event in events(sweep, executor, lambda: interrupt.came):
            recording.add(event)
            bar.update(round(recording.progress * sweep.networks, 1) - bar.n)
            if file:
                file.write(event.line())
    for name, message in recording.failures.items():
        print(f"error: {len(recording.stacks[name].points)} networks ({name}) failed: {message}", file=sys.stderr)
    print_results(recording, arguments.json)
    failed = bool(recording.failures) or (file is not None and file.failed)
    return 130 if interrupt.came else int(failed)


def print_results(recording: SweepRecording, as_json: bool) -> None:
    """Prints the results of a sweep as tables, or as one JSON object."""
    sweep = recording.sweep
    if as_json:
        print(json.dumps(recording.results()))
    else:
        found = {method: recording.surviving(method) for method in sweep.config.methods}
        lines = summary_lines(sweep, recording.summaries(), recording.differences())
        diverged = {method: np.isfinite(recording.diverged(method)) for method in sweep.config.methods}
        print(table(sweep, found, diverged), lines, sep="\n\n")


def announce(sweep: Sweep, workers: int) -> None:
    """Prints to standard error how much will be trained, how long it may take, and which networks are left out."""
    seconds = sweep.seconds(workers)
    length = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    stacks = len(sweep.stacks())
    at_work = f"{workers} at a time: about {length}" if workers else "as soon as the cluster has a worker"
    print(f"{sweep.networks} networks in {stacks} stacks, {at_work}", file=sys.stderr)
    for method in sweep.config.methods:
        reasons = list(filter(None, (sweep.impossible(method, point) for point in sweep.points())))
        if reasons:
            print(
                f"left out: {method} at {len(reasons)} of {len(sweep.points())} points: {reasons[0]}", file=sys.stderr
            )


def table(sweep: Sweep, accuracy: dict[str, np.ndarray], diverged: Mapping[str, np.ndarray] | None = None) -> str:
    """A table of mean test accuracy ± half of its 95 % band, with a row for each point and a column for each method.

    Args:
        sweep: the sweep.
        accuracy: method -> accuracy of each network, shape (points, seeds); NaN where it is not known.
        diverged: method -> whether each network diverged and is left out, shape (points, seeds); by default none did.
    """
    frozen = {method: np.zeros(values.shape, bool) for method, values in accuracy.items()} | dict(diverged or {})
    columns = {
        method: [_cell(*each) for each in zip(*band(values), frozen[method].any(1), strict=True)]
        for method, values in accuracy.items()
    }
    left_out = sum(int(each.sum()) for each in frozen.values())
    heads = [name.replace("_", " ") for name in sweep.over]
    lines = ["".join(f"{head:>15}" for head in heads) + "".join(f"{method:>18}" for method in columns)]
    for index, point in enumerate(sweep.points()):
        cells = ["refused" if sweep.impossible(method, point) else column[index] for method, column in columns.items()]
        values = [format_number(value) for value in point.values.values()]
        lines.append("".join(f"{value:>15}" for value in values) + "".join(f"{cell:>18}" for cell in cells))
    return (
        "\n".join(lines)
        + f"\ntest accuracy, mean over {_seeds(sweep)}"
        + ("; ± half the 95 % band (Student's t)" if sweep.config.seeds >= FEWEST else "")
        + (f"; {left_out} that diverged left out" if left_out else "")
    )


def summary_lines(sweep: Sweep, found: dict[str, Summary], compared: Differences | None = None) -> str:
    """For each method a line with its best accuracy, its usable range of learning rates, and its difference from plain.

    Args:
        sweep: the sweep.
        found: the summary of each method.
        compared: the paired differences of the methods; None if there are none.
    """
    lines = [_line(sweep, method, each, compared) for method, each in found.items()]
    nothing = any(span.decades.reason == NOTHING_LEARNED for each in found.values() for span in each.ranges)
    known = [each for each in found.values() if each.best_point is not None]
    if nothing:
        chance = sweep.config.data.chance
        lines.append(f"{NOTHING_LEARNED}: no best is above guessing ({chance:.3f}) by more than its interval")
    if any(each.best.known for each in known):
        lines.append("in brackets: 95 % interval over seeds (Student's t)")
    elif known:
        lines.append(f"no intervals: {known[0].best.reason}")
    if compared is not None and any(each.known for each in compared.best.values()):
        lines.append(f"minus {compared.minus}: best minus best, paired by seeds")
    if any(each.on_half for each in known):
        lines.append("best: chosen on one half of the test examples, measured on the other")
    elif known:
        lines.append("best: chosen and measured on the same test examples, so it is a little too high")
    if "learning_rate" in sweep.over and not nothing:
        lines.append(
            "decades: usable range of learning rates in factors of 10, where mean accuracy is at least "
            f"guessing + {USABLE} (best of any method - guessing); ≥: usable to an end of the rates tried"
        )
    return "\n".join(lines)


def _line(sweep: Sweep, method: str, each: Summary, compared: Differences | None) -> str:
    """The summary of one method as a line."""
    if each.best_point is None:
        return f"{method:<12}nothing is done"
    if np.isnan(each.best.mean):
        return f"{method:<12}diverged"
    values = sweep.points()[each.best_point].values.items()
    where = ", ".join(f"{name.replace('_', ' ')} {format_number(value)}" for name, value in values)
    line = f"{method:<12}best {each.best.mean:.3f}{_interval(each.best, '.3f')} at {where}"
    line += ", at chance" if each.learned is False else ""
    others = other_values(sweep)
    for index, span in enumerate(each.ranges):
        if np.isnan(span.decades.mean):
            continue
        at = f" at {others[index]}" if others else ""
        line += f"; {span.in_words}{_interval(span.decades, '.2f')} decades{at}"
    minus = compared.best.get(method) if compared else None
    if minus is not None and minus.known and compared:
        line += f"; {minus.mean:+.3f}{_interval(minus, '+.3f')} minus {compared.minus}"
    return line


def _cell(mean: float, low: float, high: float, diverged: bool) -> str:
    if np.isnan(mean):
        return "diverged" if diverged else "–"
    return f"{mean:.3f}" + ("" if np.isnan(low) else f" ± {(high - low) / 2:.3f}")


def _interval(found: Interval, form: str) -> str:
    return f" [{found.low:{form}}, {found.high:{form}}]" if found.known and found.low < found.high else ""


def _seeds(sweep: Sweep) -> str:
    return "1 seed" if sweep.config.seeds == 1 else f"{sweep.config.seeds} seeds"
