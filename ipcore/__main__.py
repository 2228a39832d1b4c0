"""``python -m ipcore``: the engine from a terminal.

    python -m ipcore train --methods plain,batch-norm,ip --depth 15 --seeds 3 [--json] [--record FILE]
    python -m ipcore sweep --over learning_rate=0.001,0.01,0.1 --methods plain,ip --seeds 5 [--json] [--record FILE]
    python -m ipcore replay FILE [--json]
    python -m ipcore export RUN --html FILE [--csv FILE] [--jsonl FILE]
    python -m ipcore data fetch cifar10
    python -m ipcore data list
    python -m ipcore equilibrium normal --mean 3 --sd 0.1 [--json]
    python -m ipcore chi plain --weight-variance 4 [--json]

Results go to standard output, progress and errors to standard error. Exit status: 0 done, 1 the data set could not be
had, a file not be read or written, a cluster not be reached, or part of a sweep not be trained, 2 a setting is not
allowed or a file no recording, 130 interrupted (Ctrl-C; the results so far are printed).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import ExitStack

from tqdm import tqdm

from ipcore import data, run_cli, sweep_cli, theory_cli
from ipcore.commands import Schedule
from ipcore.config import DATASETS, Setting, shown
from ipcore.executors import ExecutorUnavailable
from ipcore.recording import Recording, encode
from ipcore.results import results, table
from ipcore.terminal import Interrupt, add_settings, downloading, opened, settings

THREADS = Setting("Threads", 1, 1, 64, True, "Processor threads.")


def change(text: str) -> tuple[int, str, str]:
    """``STEP:SETTING=VALUE`` in its parts; what they may be, :class:`Schedule` checks."""
    step, _, rest = text.partition(":")
    setting, equals, value = rest.partition("=")
    if not step.isdecimal() or not equals:
        raise ValueError(f"change must be STEP:SETTING=VALUE, such as 300:learning_rate=0.1, not {shown(text)}")
    return int(step), setting, value


def train(arguments: argparse.Namespace) -> int:
    """Trains a race and prints what it found."""
    config = settings(arguments).allowed()
    threads = THREADS.parse("threads", arguments.threads)
    changes = [change(text) for text in arguments.change]
    for step, _, _ in changes:
        if step >= config.steps:
            raise ValueError(f"change must come before the last of {config.steps:,} steps, not after {step:,}")
    schedule = Schedule(changes)
    with downloading() as progress:
        examples = data.load(config.dataset, progress)
    import torch  # here, since it takes a second that a refused setting need not wait for

    from ipcore import training

    torch.set_num_threads(threads)
    recording = Recording(config)
    with ExitStack() as stack:
        interrupt = stack.enter_context(Interrupt(schedule))
        file = stack.enter_context(opened(arguments.record)) if arguments.record else None
        bar = stack.enter_context(tqdm(total=config.steps, unit="step", file=sys.stderr))
        for event in training.train(config, examples, interrupt):
            recording.add(event)
            bar.update(recording.step - bar.n)
            if file:
                print(encode(event), file=file)
    found = results(recording)
    if arguments.json:
        print(json.dumps({"config": config.to_dict(), "steps": recording.step, "results": found}))
    else:
        print(table(found))
    return 130 if interrupt.came else 0


def fetch(arguments: argparse.Namespace) -> int:
    """Fetches a data set ahead of its use."""
    with downloading() as progress:
        data.fetch(arguments.name, progress)
    print(f"{arguments.name} is ready in {data.cache_folder()}" if DATASETS[arguments.name].kind == "download"
          else f"{arguments.name} needs no download")  # fmt: skip
    return 0


def listing(arguments: argparse.Namespace) -> int:
    """Lists the data sets, and which can be used without a network."""
    for name, known in DATASETS.items():
        print(f"{name:<16}{known.label:<22}{'ready' if data.cached(name) else 'to be fetched'}")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m ipcore", description="Intrinsic plasticity in deep networks.")
    commands = top.add_subparsers(required=True, metavar="command")
    race = commands.add_parser("train", help="train networks of several methods, side by side")
    race.set_defaults(run=train)
    add_settings(race)
    threads = f"{THREADS.help} Default {THREADS.default}."
    race.add_argument("--threads", default=THREADS.default, metavar="N", help=threads)
    changing = "change learning_rate or intrinsic_rate after that many steps; may be given again"
    race.add_argument("--change", metavar="STEP:SETTING=VALUE", action="append", default=[], help=changing)
    race.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    race.add_argument("--record", metavar="FILE", help="write the events as JSON lines (.gz: compressed)")
    sets = commands.add_parser("data", help="data sets").add_subparsers(required=True, metavar="command")
    ahead = sets.add_parser("fetch", help="fetch a data set ahead, to be used without a network")
    ahead.add_argument("name", choices=DATASETS)
    ahead.set_defaults(run=fetch)
    sets.add_parser("list", help="list the data sets").set_defaults(run=listing)
    sweep_cli.add_command(commands)
    run_cli.add_commands(commands)
    theory_cli.add_commands(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    given = parser().parse_args(arguments)
    try:
        status = given.run(given)
        sys.stdout.flush()
        return status
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever reads, such as head, has enough; what is left would be flushed in vain at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (data.DataUnavailable, ExecutorUnavailable, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
