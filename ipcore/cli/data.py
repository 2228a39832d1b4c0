"""Data sets from a terminal: ``python -m ipcore data fetch cifar10`` and ``python -m ipcore data list``."""

from __future__ import annotations

import argparse
from typing import Any

from ipcore.cli.common import downloading
from ipcore.data import sets as data
from ipcore.datasets import DATASETS


def add_commands(subparsers: Any) -> None:
    """Adds ``data fetch`` and ``data list``.

    Args:
        subparsers: the result of ``ArgumentParser.add_subparsers()``.
    """
    sets = subparsers.add_parser("data", help="data sets").add_subparsers(required=True, metavar="command")
    ahead = sets.add_parser("fetch", help="fetch a data set ahead, to be used without a network")
    ahead.add_argument("name", choices=DATASETS)
    ahead.set_defaults(run=fetch)
    sets.add_parser("list", help="list the data sets").set_defaults(run=listing)


def fetch(arguments: argparse.Namespace) -> int:
    """Downloads a data set before it is used."""
    with downloading() as progress:
        data.fetch(arguments.name, progress)
    print(f"{arguments.name} is ready in {data.cache_folder()}" if DATASETS[arguments.name].kind == "download"
          else f"{arguments.name} needs no download")  # fmt: skip
    return 0


def listing(arguments: argparse.Namespace) -> int:
    """Lists the data sets, and says which of them can be used without a network."""
    for name, known in DATASETS.items():
        print(f"{name:<16}{known.label:<22}{'ready' if data.cached(name) else 'to be fetched'}")
    return 0
