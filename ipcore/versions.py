"""Whether the installed packages are as new as requirements.txt asks: older ones fail later, and do not say why.

Only the standard library is needed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements.txt"
_LINE = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([0-9][0-9A-Za-z.+]*)")


@cache
def problem(requirements: Path = REQUIREMENTS) -> str:
    """Which packages are too old and how to replace them, in words; empty if none is.

    Only the first two numbers of a version count. A package that is not there says so itself when it is needed.
    What was found stays as it was as long as the process lives.

    Args:
        requirements: the file that names the packages; without it, as in an installed package, nothing is checked.
    """
    old = []
    for name, wanted in _wanted(requirements):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        if _numbers(found) < _numbers(wanted):
            old.append(f"{name} {found} (needed: {wanted})")
    if not old:
        return ""
    return f"packages are too old: {', '.join(old)}; run: python -m pip install -r {requirements.name}"


def check() -> None:
    """Checks the versions.

    Raises:
        ImportError: in words, if a package is too old.
    """
    if said := problem():
        raise ImportError(said)


def _wanted(requirements: Path) -> Iterator[tuple[str, str]]:
    """Name and version of each package that is pinned."""
    try:
        lines = requirements.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        if found := _LINE.match(line.strip()):
            yield found[1], found[2]


def _numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:2])
