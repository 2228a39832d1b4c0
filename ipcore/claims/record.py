"""The record of a run: a file of JSON lines, one for each cell and seed that is measured, so that a run can resume.

A line is kept by its cell's settings, its seed and the versions of everything on which the numbers depend. A line with
another version is left in the file and not used.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any, TextIO

from ipcore.methods import registry
from ipcore.packages import numeric_versions

MEASURING = (
    "claims/cells.py",
    "config.py",
    "settings.py",
    "datasets.py",
    "data",
    "methods",
    "networks",
    "sweeps",
    "theory",
)
"""The files and folders of ipcore on which the numbers depend."""

Key = tuple[str, int]
"""The key of a cell, and a seed."""


@functools.cache
def versions() -> dict[str, str]:
    """The versions of everything on which the numbers depend: ``measured``, a hash of this program, and packages."""
    digest = hashlib.sha256(registry.digest().encode())
    package = Path(__file__).parents[1]
    for name in MEASURING:
        path = package / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(package).as_posix().encode())
            digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return {"measured": digest.hexdigest()[:12], **numeric_versions()}


def line(key: Key, result: dict[str, Any]) -> str:
    """One line of the record, without its newline."""
    cell, seed = key
    return json.dumps({"event": "claims-cell", "cell": cell, "seed": seed, "versions": versions(), "result": result})


def read(path: Path) -> dict[Key, dict[str, Any]]:
    """What a record holds that these versions measured; nothing if there is no such file.

    A last line that was cut off, because the program was ended while it wrote, is ignored.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not a record of the claims.
    """
    if not path.exists():
        return {}
    found: dict[Key, dict[str, Any]] = {}
    text = path.read_bytes()
    for number, content in enumerate(text.split(b"\n"), 1):
        whole = number <= text.count(b"\n")
        if not content.strip():
            continue
        try:
            values = json.loads(content)
            if values["event"] != "claims-cell":
                raise ValueError
            if values["versions"] == versions():
                found[str(values["cell"]), int(values["seed"])] = dict(values["result"])
        except (ValueError, KeyError, TypeError):
            if whole:
                raise ValueError(f"line {number} of {path} is not of a record of the claims") from None
    return found


def open_for_more(path: Path) -> TextIO:
    """Opens a record to append lines; a line that was cut off is cut away first.

    Raises:
        OSError: if it cannot be opened.
    """
    if path.exists():
        with path.open("r+b") as file:
            text = file.read()
            file.truncate(text.rfind(b"\n") + 1)
    return path.open("a", encoding="utf-8", buffering=1)
