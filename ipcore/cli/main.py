"""``python -m ipcore``: training and theory from a terminal.

    python -m ipcore train --methods plain,batch-norm,ip --depth 15 --seeds 3 [--json] [--record FILE]
    python -m ipcore sweep --over learning_rate=0.001,0.01,0.1 --methods plain,ip --seeds 5 [--json] [--record FILE]
    python -m ipcore claims [--claim C2] [--quick] [--seeds 5] [--json] [--record FILE]
    python -m ipcore replay FILE [--json]
    python -m ipcore export RUN --html FILE [--csv FILE] [--jsonl FILE]
    python -m ipcore data fetch cifar10
    python -m ipcore data list
    python -m ipcore equilibrium normal --mean 3 --sd 0.1 [--json]
    python -m ipcore chi plain --weight-variance 4 [--json]

Results go to standard output, progress and errors to standard error. The exit status is

* 0 if the command was completed;
* 1 if a data set is not available, a file cannot be read or written, a cluster cannot be reached, or a part of a sweep
  could not be trained; if it is a file beside the results that cannot be written, they are printed all the same;
* 2 if a setting is not allowed, or a file is not a recording;
* 130 if it was interrupted by Ctrl-C or SIGTERM; the results so far are printed.

A recording that is cut off, because its writer was stopped, is read up to its last whole event, with a warning.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import redirect_stderr
from typing import TextIO, cast

from ipcore import versions
from ipcore.cli import claims, data, recorded, sweep, theory, train
from ipcore.cli.common import ended_by_signals
from ipcore.cli.output import Forgiving
from ipcore.data.sets import DataUnavailable
from ipcore.executors.base import ExecutorUnavailable
from ipcore.methods import registry


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m ipcore", description="Intrinsic plasticity in deep networks.")
    commands = top.add_subparsers(required=True, metavar="command")
    train.add_command(commands)
    data.add_commands(commands)
    sweep.add_command(commands)
    claims.add_command(commands)
    recorded.add_commands(commands)
    theory.add_commands(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit status.

    Args:
        arguments: the command line without the name of the program; by default that of this process.
    """
    if wrong := versions.problem() or registry.problem():
        print(f"error: {wrong}", file=sys.stderr)
        return 2
    given = parser().parse_args(arguments)
    with redirect_stderr(cast(TextIO, Forgiving(sys.stderr))):
        return _run(given)


def _run(given: argparse.Namespace) -> int:
    """Runs a command; errors that are expected become a line of standard error, and an exit status."""
    try:
        with ended_by_signals():
            status = int(given.run(given))
        sys.stdout.flush()
        return status
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of the output, such as head, has closed it. Standard output is redirected, because Python would
        # fail when it flushes the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (DataUnavailable, ExecutorUnavailable, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
