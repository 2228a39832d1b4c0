"""The files that browsers load, under an address that changes with them, so that no browser mixes old and new ones.

Streamlit serves app/static. Our modules and style sheets lie there in a room for each feature, and import one another
by plain relative addresses. At start they become one script and one style sheet for each room (all.js, all.css), which
stand with the JavaScript of the installed Plotly in a folder whose name carries the hash of all of them
(``app/static/v-<hash>``, ignored by git); browsers load from that folder alone. One script instead of twenty modules,
since a browser learns what a module imports only when the module has come. The room "ui" is shared: a page has it once.
The folder is written aside and moved into place, so that neither a browser nor another server meets half of it.

Old folders are for tabs that are still open and for other servers of this checkout: the newest few stay, and so does
each that a running server holds. ``python -m app.ui.served`` makes the folder where the server itself may not write.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from app.ui.modules import STATIC, Module, with_imports

PREFIX = "v-"
"""The beginning of the names of the folders that are served."""
SHARED = "ui"
"""The folder of modules that all features share."""
EVERYWHERE = ("files", "links", "present")
"""Rooms with a part on most pages. They travel with the shared room, so that they cost no request of their own."""
KEPT = 3
"""How many of the newest folders are kept even if no server uses them."""
PLOTLY = "plotly.min.js"
A_DAY = 86_400.0
"""A day in seconds."""
LONG_AGO = 1_577_836_800
"""The time of change that served files claim (2020-01-01). Streamlit sends no Cache-Control, so a browser keeps a
file for a tenth of its age; these may be kept for long, since what is changed has another address."""


@cache
def folder() -> str:
    """The name of the folder in app/static that browsers of this server load from; made if it is not there."""
    return prepare(STATIC)


def prepare(static: Path) -> str:
    """Makes the folder that is served, holds it as long as this process lives, and takes away those of no more use.

    Args:
        static: the folder of our modules.

    Returns:
        Its name.

    Raises:
        OSError: if it is not there and cannot be written.
    """
    files = sources(static)
    target = static / f"{PREFIX}{_version(files)}"
    while True:
        if not _is_whole(target, files):
            _write(target, files)
        if _hold(target):
            break  # otherwise another server has just taken it away
    _remove_old(static, target)
    return target.name


def sources(static: Path) -> dict[str, bytes]:
    """The files that are served: path -> content."""
    package = find_spec("plotly")  # its place, without importing it
    if package is None or package.origin is None:
        raise ModuleNotFoundError("plotly is not installed: pip install -r requirements.txt")
    files = {f"{SHARED}/all.js": _shared_script(static).encode()}
    for entry in sorted(static.glob("*/component.js")):
        if entry.parent.name not in (SHARED, *EVERYWHERE) and not entry.parent.name.startswith((PREFIX, ".")):
            files[f"{entry.parent.name}/all.js"] = _script(entry.parent.name, static).encode()
    for script in list(files):
        room = script.partition("/")[0]
        sheets = [static / each / f"{each}.css" for each in ((SHARED, *EVERYWHERE) if room == SHARED else (room,))]
        files[f"{room}/all.css"] = b"".join(sheet.read_bytes() for sheet in sheets if sheet.exists())
    return {**files, PLOTLY: (Path(package.origin).parent / "package_data" / PLOTLY).read_bytes()}


def _shared_script(static: Path) -> str:
    """The script of the shared room: a module with the object that holds what all modules of a page export."""
    modules: dict[str, Module] = {}
    entries = [f"{SHARED}/{path.name}" for path in sorted((static / SHARED).glob("*.js"))]
    entries += [f"{room}/component.js" for room in EVERYWHERE if (static / room / "component.js").exists()]
    for entry in entries:
        modules |= {module.path: module for module in with_imports(entry, static)}
    return "export const modules = {};\n" + "".join(module.in_script() for module in modules.values())


def _script(room: str, static: Path) -> str:
    """The script of a room: a module that exports what its component.js exports."""
    modules = [module for module in with_imports(f"{room}/component.js", static) if not _is_shared(module)]
    exports = ", ".join(modules[-1].exports)
    return (
        f'import {{ modules }} from "../{SHARED}/all.js";\n'
        + "".join(module.in_script() for module in modules)
        + f'export const {{ {exports} }} = modules["{modules[-1].path}"];\n'
    )


def _is_shared(module: Module) -> bool:
    return module.path.startswith(f"{SHARED}/")


def _version(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, content in files.items():
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def _is_whole(target: Path, files: dict[str, bytes]) -> bool:
    try:
        return all((target / path).read_bytes() == content for path, content in files.items())
    except OSError:
        return False


def _write(target: Path, files: dict[str, bytes]) -> None:
    try:
        aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".making-"))
    except OSError as error:
        raise OSError(
            f"{target.parent} cannot be written to ({error.strerror}), and what browsers load is made there. "
            "Run `python -m app.ui.served` once as a user who may write there, then start the server again"
        ) from error
    try:
        for path, content in files.items():
            (aside / path).parent.mkdir(exist_ok=True)
            (aside / path).write_bytes(content)
            os.utime(aside / path, (LONG_AGO, LONG_AGO))
        aside.chmod(0o755)
        if target.exists():  # and not whole
            _remove(target)
        try:
            aside.rename(target)
        except OSError:
            if not _is_whole(target, files):  # otherwise another server was faster
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _hold(target: Path) -> bool:
    """Locks a folder against removal until this process ends; returns whether it is still there."""
    try:
        descriptor = os.open(target, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        os.utime(target)
        held = os.path.samestat(os.fstat(descriptor), os.stat(target))
    except FileNotFoundError:
        held = False
    except OSError:  # a file system without locks, or one that is read only, from which nobody removes anything
        held = True
    if not held:
        os.close(descriptor)
    return held


def _remove_old(static: Path, target: Path) -> None:
    def used(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except OSError:  # another server was faster
            return 0

    for rest in (path for made in (".making-*", ".removing-*") for path in static.glob(made)):
        if time.time() - used(rest) > A_DAY:  # of a server that was ended while it wrote or removed
            shutil.rmtree(rest, ignore_errors=True)
    others = sorted((path for path in static.glob(f"{PREFIX}*") if path != target), key=used, reverse=True)
    for old in others[KEPT - 1 :]:
        try:
            descriptor = os.open(old, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(old)
        except OSError:
            pass  # a server uses it, or that is not known
        finally:
            os.close(descriptor)


def _remove(folder: Path) -> None:
    """Renames a folder, so that it disappears in one step, then deletes its files."""
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".removing-"))
    try:
        folder.rename(aside / folder.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


if __name__ == "__main__":
    print(f"Browsers will load from {STATIC / prepare(STATIC)}")
