"""Races from a terminal: ``python -m ipcore train --methods plain,batch-norm,ip --depth 15``."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from typing import Any

from tqdm import tqdm

from ipcore.cli.common import DEVICE, Interrupt, add_settings, downloading, settings, use_device
from ipcore.cli.output import EventFile
from ipcore.config import RunConfig, Setting
from ipcore.data import sets as data
from ipcore.messages import shorten
from ipcore.recordings.events.race import Start
from ipcore.recordings.race import Recording
from ipcore.recordings.results import plain_differences, results, table
from ipcore.worker.commands import Schedule

THREADS = Setting("Threads", 1, 1, 64, True, "Processor threads, on whose number the last digits depend.")


def add_command(subparsers: Any) -> None:
    """Adds ``train``.

    Args:
        subparsers: the result of ``ArgumentParser.add_subparsers()``.
    """
    race = subparsers.add_parser("train", help="train networks of several methods, side by side")
    race.set_defaults(run=train)
    add_settings(race)
    threads = f"{THREADS.help} Default {THREADS.default}."
    race.add_argument("--threads", default=THREADS.default, metavar="N", help=threads)
    race.add_argument("--device", metavar="NAME", help=DEVICE)
    changing = "change learning_rate or intrinsic_rate after that many steps; may be given again"
    race.add_argument("--change", metavar="STEP:SETTING=VALUE", action="append", default=[], help=changing)
    race.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    race.add_argument("--record", metavar="FILE", help="write the events as JSON lines (.gz: compressed)")


def change(text: str) -> tuple[int, str, str]:
    """Parses ``STEP:SETTING=VALUE``. :class:`Schedule` validates the parts.

    Returns:
        Step, setting and value.

    Raises:
        ValueError: if the text does not have this form.
    """
    step, _, rest = text.partition(":")
    setting, equals, value = rest.partition("=")
    if not step.isdecimal() or not equals:
        raise ValueError(f"change must be STEP:SETTING=VALUE, such as 300:learning_rate=0.1, not {shorten(text)}")
    return int(step), setting, value


def train(arguments: argparse.Namespace) -> int:
    """Trains a race and prints its results."""
    config = settings(arguments, RunConfig).allowed()
    threads = int(THREADS.parse("threads", arguments.threads))
    schedule = Schedule([change(text) for text in arguments.change], config.steps)
    use_device(arguments.device)
    with downloading() as progress:
        examples = data.load(config.dataset, progress, config.train_examples)
    import torch  # imported here, because it takes a second, and a setting that is not allowed is reported before

    from ipcore.networks import training
    from ipcore.networks.compiling import use_compiled
    from ipcore.networks.device import device_name, use_training_device

    torch.set_num_threads(threads)
    use_training_device()
    if use_compiled():
        print("Networks train in loops that Numba compiles.", file=sys.stderr)
    recording = Recording(config)
    with ExitStack() as stack:
        interrupt = stack.enter_context(Interrupt(schedule))
        file = stack.enter_context(EventFile(arguments.record)) if arguments.record else None
        bar = stack.enter_context(tqdm(total=config.steps, unit="step", file=sys.stderr))
        for event in training.train(config, examples, interrupt):
            if isinstance(event, Start):
                event = event.computed_with(threads, device_name())
            recording.add(event)
            bar.update(recording.step - bar.n)
            if file:
                file.write(event.line())
    found = results(recording)
    if arguments.json:
        made = {"results": found, "differences": plain_differences(found)}
        facts = {"config": config.to_dict(), "threads": threads, "steps": recording.step}
        print(json.dumps({**facts, **made}))
    else:
        print(table(found))
    return 130 if interrupt.came else int(file is not None and file.failed)
