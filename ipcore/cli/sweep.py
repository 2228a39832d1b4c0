"""Sweeps from a terminal: ``python -m ipcore sweep --over learning_rate=0.001,0.003,0.01 --seeds 5``."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack, closing
from typing import Any

import numpy as np
from tqdm import tqdm

from ipcore.cli.common import Interrupt, add_settings, downloading, opened, settings
from ipcore.config import Setting, SweepConfig
from ipcore.data import sets as data
from ipcore.executors.choice import executor_for
from ipcore.executors.sweeping import events
from ipcore.messages import shorten
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.summary import Summary, band, summaries
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
    with downloading() as progress:
        data.fetch(sweep.config.dataset, progress)
    recording = SweepRecording(sweep)
    with ExitStack() as stack:
        interrupt = stack.enter_context(Interrupt())
        file = stack.enter_context(opened(arguments.record)) if arguments.record else None
        executor = stack.enter_context(closing(executor_for("terminal", workers)))
        announce(sweep, executor.workers)
        bar = stack.enter_context(tqdm(total=sweep.networks, file=sys.stderr, bar_format=BAR))
        for event in events(sweep, executor, lambda: interrupt.came):
            recording.add(event)
            bar.update(round(recording.progress * sweep.networks, 1) - bar.n)
            if file:
                print(event.line(), file=file)
    for name, message in recording.failures.items():
        print(f"error: {len(recording.stacks[name].points)} networks ({name}) failed: {message}", file=sys.stderr)
    print_results(recording, arguments.json)
    return 130 if interrupt.came else 1 if recording.failures else 0


def print_results(recording: SweepRecording, as_json: bool) -> None:
    """Prints the results of a sweep as tables, or as one JSON object."""
    sweep = recording.sweep
    if as_json:
        print(json.dumps(recording.results()))
    else:
        found = {method: recording.accuracy(method) for method in sweep.config.methods}
        print(table(sweep, found), summary_lines(sweep, summaries(sweep, found)), sep="\n\n")


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


def table(sweep: Sweep, accuracy: dict[str, np.ndarray]) -> str:
    """A table of mean test accuracy ± half of its 95 % band, with a row for each point and a column for each method."""
    columns = {method: [_cell(*each) for each in zip(*band(accuracy[method]), strict=True)] for method in accuracy}
    heads = [name.replace("_", " ") for name in sweep.over]
    lines = ["".join(f"{head:>15}" for head in heads) + "".join(f"{method:>18}" for method in columns)]
    for index, point in enumerate(sweep.points()):
        cells = ["refused" if sweep.impossible(method, point) else column[index] for method, column in columns.items()]
        values = [format_number(value) for value in point.values.values()]
        lines.append("".join(f"{value:>15}" for value in values) + "".join(f"{cell:>18}" for cell in cells))
    return (
        "\n".join(lines)
        + f"\ntest accuracy, mean over {_seeds(sweep)}"
        + ("; ± half the 95 % band (Student's t)" if sweep.config.seeds > 1 else "")
    )


def summary_lines(sweep: Sweep, found: dict[str, Summary]) -> str:
    """For each method a line with its best accuracy and its usable range of learning rates, with their intervals."""
    others = [
        format_number(value) for name, values in sweep.over.items() for value in values if name != "learning_rate"
    ]
    lines = []
    for method, each in found.items():
        if each.best_point is None:
            lines.append(f"{method:<12}nothing is done")
            continue
        values = sweep.points()[each.best_point].values.items()
        where = ", ".join(f"{name.replace('_', ' ')} {format_number(value)}" for name, value in values)
        line = f"{method:<12}best {each.best:.3f}{_interval(each.best_interval, '.3f')} at {where}"
        for index, span in enumerate(each.decades):
            if np.isnan(span):
                continue
            at = f" at {others[index]}" if others else ""
            line += f"; {span:.2f}{_interval(each.decades_interval[:, index], '.2f')} decades{at}"
        lines.append(line)
    if sweep.config.seeds > 1:
        lines.append("in brackets: 95 % bootstrap interval over seeds")
    if "learning_rate" in sweep.over:
        lines.append(
            "decades: usable range of learning rates in factors of 10, "
            "where mean accuracy is at least 0.8 of the best mean of any method"
        )
    return "\n".join(lines)


def _cell(mean: float, low: float, high: float) -> str:
    if np.isnan(mean):
        return "–"
    return f"{mean:.3f}" + ("" if np.isnan(low) else f" ± {(high - low) / 2:.3f}")


def _interval(ends: Any, form: str) -> str:
    return "" if np.isnan(ends[0]) else f" [{ends[0]:{form}}, {ends[1]:{form}}]"


def _seeds(sweep: Sweep) -> str:
    return "1 seed" if sweep.config.seeds == 1 else f"{sweep.config.seeds} seeds"
