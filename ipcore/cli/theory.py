"""Theory from a terminal: ``python -m ipcore equilibrium ...`` and ``python -m ipcore chi ...``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict, fields
from typing import Any

from ipcore.config import METHODS
from ipcore.theory.depth import WEIGHT_VARIANCE, gradient_multiplier
from ipcore.theory.distributions import FAMILIES, PARAMETERS, distribution
from ipcore.theory.equilibria import equilibrium


def add_commands(subparsers: Any) -> None:
    """Adds ``equilibrium`` and ``chi``.

    Args:
        subparsers: the result of ``ArgumentParser.add_subparsers()``. Each command sets ``run``, a function that takes
            the parsed arguments and returns the exit status: 0, or 2 with an error message if a value is not allowed.
    """
    rest = subparsers.add_parser("equilibrium", help="where IP and Infomax come to rest on a fixed input distribution")
    families = rest.add_subparsers(dest="distribution", required=True, metavar="DISTRIBUTION")
    for name, family in FAMILIES.items():
        parser = families.add_parser(name, help=(family.__doc__ or "").partition("\n")[0])
        # Without this, argparse would take values such as "-1,1" and "-1e-3" for options.
        parser._negative_number_matcher = re.compile(r"-\.?\d")
        for field in fields(family):
            usual: Any = field.default
            pair = isinstance(usual, tuple)
            bounds = PARAMETERS[field.name.removesuffix("s") if pair else field.name]
            default = ",".join(f"{value:g}" for value in usual) if pair else f"{usual:g}"
            allowed = f"{'two numbers' if pair else 'a number'} from {bounds.low:,g} to {bounds.high:,g}"
            parser.add_argument(
                f"--{field.name}",
                default=default,
                metavar="A,B" if pair else "X",
                help=f"{bounds.label.lower()}: {allowed} (default {default})",
            )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.set_defaults(run=run_equilibrium)

    chi = subparsers.add_parser("chi", help="what the mean square of an error signal is multiplied by, layer by layer")
    chi.add_argument("method", choices=METHODS)
    chi.add_argument(
        "--weight-variance",
        default=f"{WEIGHT_VARIANCE.default!r}",
        metavar="V",
        help="fan-in times the variance of a weight (default 1/3, PyTorch's); matters to plain alone",
    )
    chi.add_argument("--json", action="store_true", help="print one JSON object")
    chi.set_defaults(run=run_chi)


def run_equilibrium(arguments: argparse.Namespace) -> int:
    """Prints gain, bias, centre, median, mean and information at rest."""
    name = arguments.distribution
    try:
        asked = distribution(name, {field.name: getattr(arguments, field.name) for field in fields(FAMILIES[name])})
    except ValueError as error:
        return _refuse(error)
    _show(asdict(equilibrium(asked)), arguments.json)
    return 0


def run_chi(arguments: argparse.Namespace) -> int:
    """Prints chi, the gradient multiplier from one hidden layer to the one below."""
    try:
        multiplier = gradient_multiplier(arguments.method, arguments.weight_variance)
    except ValueError as error:
        return _refuse(error)
    _show({"chi": multiplier}, arguments.json)
    return 0


def _show(values: dict[str, float], as_json: bool) -> None:
    if as_json:
        print(json.dumps(values))
        return
    width = max(map(len, values))
    for name, value in values.items():
        print(f"{name.replace('_', ' '):{width}}  {value:.10g}")


def _refuse(error: ValueError) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 2
