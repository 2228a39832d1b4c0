"""Which of Streamlit's scripts a page will load, read from the scripts themselves.

Streamlit loads the script of a widget when the first of its kind is to be drawn, and the browser learns what that
imports only when it has come. A page that says at once which widgets it has saves these rounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from streamlit import file_util

_IMPORTED = re.compile(r'\b(?:from|import)\s*"\./([\w.$-]+\.js)"')


@cache
def scripts(widgets: tuple[str, ...], html: str) -> tuple[str, ...]:
    """The names of the scripts that widgets need beyond those that the page names already.

    Args:
        widgets: the names of Streamlit's scripts, without their hashes; those that it does not have are left out.
        html: Streamlit's page.
    """
    folder = Path(file_util.get_static_dir()) / "static" / "js"
    found: dict[str, None] = {}
    waiting = [name for widget in widgets for name in _files(folder, widget)]
    while waiting:
        name = waiting.pop(0)
        if name not in found and f"/{name}" not in html:
            found[name] = None
            waiting += _imports(folder / name)
    return tuple(found)


def _files(folder: Path, widget: str) -> Iterator[str]:
    """The script of a widget: its name, a hash of 8 characters, and "js"."""
    return (path.name for path in folder.glob(f"{widget}.????????.js"))


def _imports(path: Path) -> Iterable[str]:
    """The scripts that a script imports at once, not those that it imports when they are needed."""
    return _IMPORTED.findall(path.read_text("utf-8")) if path.is_file() else ()
