"""What the commands of ``python -m ipcore`` share: options for settings, Ctrl-C, and the progress of a download."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

from ipcore.config import CHOICES, METHODS, SETTINGS, RunConfig
from ipcore.data.downloads import Progress
from ipcore.datasets import DATASETS
from ipcore.settings import DEVICE_VARIABLE
from ipcore.worker.commands import Schedule

C = TypeVar("C", bound=RunConfig)


DEVICE = "cpu or, where PyTorch finds a graphics card, cuda, or cuda:1 for the second. Default: IPCORE_DEVICE, or cpu."


def use_device(name: str | None) -> None:
    """Trains on this device from now on, also in worker processes that are started; None leaves it as it is.

    Raises:
        ValueError: if there is no such device.
    """
    if name is not None:
        os.environ[DEVICE_VARIABLE] = name
    if os.environ.get(DEVICE_VARIABLE, "").strip() not in ("", "cpu"):  # otherwise torch need not be imported for it
        from ipcore.networks.device import training_device

        training_device()


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Adds an option for every field of RunConfig."""
    parser.add_argument("--dataset", help=f"one of {', '.join(DATASETS)}")
    parser.add_argument("--methods", help=f"comma-separated, of {', '.join(METHODS)}")
    for name, setting in SETTINGS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", metavar="N", help=f"{setting.help} Default {setting.default:g}."
        )
    for name, choice in CHOICES.items():
        options = f"one of {', '.join(choice.options)}"
        parser.add_argument(f"--{name}", metavar="NAME", help=f"{options}. {choice.help} Default {choice.default}.")


def settings(arguments: argparse.Namespace, kind: type[C]) -> C:
    """The settings from the command line; those that were not given have their defaults.

    Args:
        arguments: the parsed command line.
        kind: the class of the settings, RunConfig or SweepConfig.

    Raises:
        ValueError: if a setting is not allowed.
    """
    given = {name: getattr(arguments, name) for name in ("dataset", "methods", *SETTINGS, *CHOICES)}
    return kind.from_dict({name: value for name, value in given.items() if value is not None})


INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
"""What ends a command: Ctrl-C, and the signal by which a system ends programs."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Lets SIGTERM end what goes on as Ctrl-C does, by a KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():  # which alone can do this
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Interrupt:
    """Turns the first Ctrl-C or SIGTERM into the command ``stop``. A second one ends the program.

    Args:
        schedule: the commands before that, if any.

    Attributes:
        came: whether one of them came.
    """

    def __init__(self, schedule: Schedule | None = None) -> None:
        self.came = False
        self._schedule = schedule or Schedule([])

    def __enter__(self) -> Interrupt:
        self._before = {number: signal.signal(number, self._note) for number in INTERRUPTS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _note(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True

    def get(self, block: bool) -> dict[str, Any] | None:
        """The next command for :func:`ipcore.networks.training.train`."""
        return {"command": "stop"} if self.came else self._schedule.get(block)


@contextmanager
def downloading() -> Iterator[Progress]:
    """Shows a progress bar from the first report of a download until the context ends; yields the function to call."""
    bar = None

    def progress(what: str, done: int, total: int | None) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(unit="B", unit_scale=True, file=sys.stderr, leave=False)
        bar.set_description(what, refresh=False)
        bar.total, bar.n = total, done
        bar.refresh()

    try:
        yield progress
    finally:
        if bar is not None:
            bar.close()
