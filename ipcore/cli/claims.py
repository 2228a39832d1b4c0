"""The claims from a terminal: ``python -m ipcore claims [--claim C2] [--quick] [--json] [--record FILE]``."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ipcore.claims import record
from ipcore.claims.claims import CLAIMS, parse_claims
from ipcore.claims.experiments import FULL, NETWORK_CLAIMS, OWN_DATASET, QUICK, Plan
from ipcore.claims.judging import judge
from ipcore.claims.report import report
from ipcore.claims.running import Measured, known, measure, seconds
from ipcore.cli.common import Interrupt
from ipcore.cli.output import EventFile
from ipcore.cli.sweep import BY_DEFAULT, WORKERS
from ipcore.data import sets as data
from ipcore.datasets import DATASETS, parse_dataset
from ipcore.executors.choice import executor_for

BAR = "{l_bar}{bar}| [{elapsed}<{remaining}]"


def add_command(subparsers: Any) -> None:
    """Adds ``claims``.

    Args:
        subparsers: the result of ``ArgumentParser.add_subparsers()``.
    """
    parser = subparsers.add_parser("claims", help="measure the paper's claims and print a verdict for each")
    parser.set_defaults(run=run)
    elsewhere = ", ".join(NETWORK_CLAIMS)
    parser.add_argument(
        "--claim", action="append", metavar="C2", help=f"of {', '.join(CLAIMS)}; may be given again; by default all"
    )
    quick = f"fewer cells and steps, and {QUICK.seeds} seeds; takes about two minutes on two cores"
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--seeds", metavar="N", help=f"seeds of each cell, default {FULL.seeds}")
    parser.add_argument("--first-seed", default="0", metavar="N", help="the first seed, default 0")
    parser.add_argument(
        "--dataset", default=OWN_DATASET,
        help=f"one of {', '.join(DATASETS)}; others than {OWN_DATASET} try {elsewhere}, on a part of their examples",
    )  # fmt: skip
    parser.add_argument("--workers", metavar="N", help=f"{WORKERS.help} {BY_DEFAULT}")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument(
        "--record", metavar="FILE", help="keep what is measured, and go on from what an earlier run kept there"
    )


def plan(arguments: argparse.Namespace) -> Plan:
    """What the command line asks for.

    Raises:
        ValueError: if it is not allowed.
    """
    dataset = parse_dataset(arguments.dataset)
    claims = NETWORK_CLAIMS if dataset != OWN_DATASET and not arguments.claim else parse_claims(arguments.claim)
    seeds = (QUICK if arguments.quick else FULL).seeds if arguments.seeds is None else arguments.seeds
    found = Plan(claims, arguments.quick, seeds, arguments.first_seed, dataset)
    for cell in found.networks.values():
        cell.stack(found.all_seeds[-1]).config.allowed()
    return found


def run(arguments: argparse.Namespace) -> int:
    """Measures the claims and prints the verdicts."""
    wanted = plan(arguments)
    workers = None if arguments.workers is None else int(WORKERS.parse("workers", arguments.workers))
    if not data.cached(wanted.dataset):
        raise data.DataUnavailable(
            f"{wanted.dataset} is not on this machine; fetch it with: python -m ipcore data fetch {wanted.dataset}"
        )
    path = Path(arguments.record) if arguments.record else None
    measured = known(wanted, record.read(path) if path else {})
    with ExitStack() as stack:
        interrupt = stack.enter_context(Interrupt())
        file = stack.enter_context(EventFile(str(path), lambda: record.open_for_more(path))) if path else None
        executor = stack.enter_context(closing(executor_for("terminal", workers)))
        announce(measured, executor.workers)
        bar = stack.enter_context(tqdm(total=1.0, file=sys.stderr, bar_format=BAR))

        def on_result(key: record.Key, result: dict[str, Any]) -> None:
            if file:
                file.write(record.line(key, result))

        def on_progress(done: float, total: float) -> None:
            bar.total = max(total, 1e-9)
            bar.update(done - bar.n)

        measure(measured, executor, on_result, on_progress, lambda: interrupt.came)
    for words, message in sorted(measured.failures.items()):
        print(f"error: {words}: {message}", file=sys.stderr)
    result = judge(measured)
    print(result.to_json() if arguments.json else report(result))
    lost = file is not None and file.failed
    if interrupt.came and path and not lost:
        print(f"interrupted; the same command goes on from {path}", file=sys.stderr)
    return 130 if interrupt.came else int(bool(measured.failures) or lost)


def announce(measured: Measured, workers: int) -> None:
    """Prints to standard error what is measured, how much of it is known already, and how long the rest may take."""
    wanted = measured.plan
    units, there = wanted.seeds * len(wanted.cells), len(measured.results)
    left = seconds(measured, workers)
    length = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
    kind = f" (quick: {QUICK.seeds} seeds by default, fewer cells and steps)" if wanted.quick else ""
    print(
        f"claims {', '.join(wanted.claims)} on {wanted.dataset}{kind}: {wanted.network_count} networks and "
        f"{wanted.seeds * len(wanted.neurons)} single neurons, {wanted.seeds} seeds; "
        f"{workers or 'no'} at a time: about {length}",
        file=sys.stderr,
    )
    if there:
        print(f"{there} of {units} are in the record already", file=sys.stderr)
