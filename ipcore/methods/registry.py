"""All methods by name: those of this folder, of installed packages, and of files that the environment names.

Every module of this folder is imported, so a method that it registers is known at once. Other methods come from entry
points of the group ``ipcore.methods`` (a function or module that registers them) and from the files that
``IPCORE_METHODS`` lists, separated by commas. Such a file is run as a program, so only whoever starts the server, a
command or a worker can name it. A visitor of a page cannot.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import os
import pkgutil
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from ipcore.methods.record import Method

METHODS_VARIABLE = "IPCORE_METHODS"
"""Files that add methods, such as ``path/to/rule.py,another.py``: see :mod:`ipcore.methods`. Default: none."""
GROUP = "ipcore.methods"
"""Group of the entry points by which an installed package adds methods."""
ALLOWED = "it must be a Python file that calls ipcore.methods.register(Method(...)) for one or more new methods"

SPARE_LOOKS = (
    (("#9000a8", "#c3a5ff"), "6px,2px", "triangle-down"),
    (("#783c0c", "#96872d"), "14px,3px", "pentagon"),
    (("#240c24", "#fff0c3"), "8px,2px,2px,2px,2px,2px", "hexagon"),
    (("#603060", "#4bfc69"), "2px,2px,6px,2px", "cross"),
)
"""Colours, dash and symbol for methods that have none of their own, in the order in which they are assigned."""

_methods: dict[str, Method] = {}
_order: list[str] = []


def register(method: Method) -> Method:
    """Makes a method known to networks, theory, pages and commands.

    A method without colours, dash or symbol gets spare ones, so that charts can tell it from the others.

    Returns:
        The method as it was registered.

    Raises:
        ValueError: if it is not a :class:`Method`, if another method has its name or label, or if it needs spare
            colours and none are left.
    """
    if not isinstance(method, Method):
        raise ValueError(f"a method must be an ipcore.methods.Method, not {type(method).__name__}")
    if method.name in _methods or method.label in (each.label for each in _methods.values()):
        raise ValueError(f"there is a method {method.name!r} or labelled {method.label!r} already")
    color, dash, symbol = _look(method)
    method = replace(method, color=color, dash=dash, symbol=symbol)
    _methods[method.name] = method
    _order[:] = sorted(_methods, key=lambda name: _methods[name].place)
    return method


def _look(method: Method) -> tuple[tuple[str, str], str, str]:
    """The method's colours, dash and symbol: its own, or spare ones that no other method has yet."""
    given = method.color if all(method.color) else None, method.dash or None, method.symbol or None
    taken = [(each.color, each.dash, each.symbol) for each in _methods.values()]
    for spare in SPARE_LOOKS:
        look = tuple(own or other for own, other in zip(given, spare, strict=True))
        if all(mine != theirs for other in taken for mine, theirs in zip(look, other, strict=True)):
            return look  # type: ignore[return-value]
    if all(given):
        raise ValueError(f"colours, dash and symbol of method {method.name!r} must be like those of no other method")
    raise ValueError(f"all spare colours are taken: method {method.name!r} must bring color, dash and symbol")


def get(name: str) -> Method:
    """The method with this name.

    Raises:
        ValueError: if there is none; the message lists the names that there are.
    """
    names()
    if not isinstance(name, str) or name not in _methods:
        trouble = f"; {problem()}" if problem() else ""
        raise ValueError(f"method must be one of {', '.join(names())}, not {str(name)[:60]!r}{trouble}")
    return _methods[name]


def names() -> tuple[str, ...]:
    """The names of all methods, in the order in which every page and table lists them."""
    _load()
    return tuple(_order)


def problem() -> str:
    """An error message if a method from outside the project cannot be used; empty if all can."""
    return _load()


def check() -> None:
    """Raises an error if a method from outside the project cannot be used, so that whoever runs the program sees it.

    Raises:
        ValueError: naming the variable or the entry point, what it names, and what is allowed.
    """
    if problem():
        raise ValueError(problem())


def listed_by_rate() -> str:
    """The labels of the methods on which the intrinsic rate has an effect, as part of a sentence."""
    labels = [_methods[name].label for name in names() if _methods[name].intrinsic_rate]
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1])))


@functools.cache
def _load() -> str:
    """Loads all methods, once.

    Returns:
        An error message if one from outside cannot be used, else an empty text. It is not raised, because reading
        settings must not fail for it.
    """
    package = __name__.rpartition(".")[0]
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.ispkg:
            importlib.import_module(f"{package}.{module.name}")
    try:
        for point in metadata.entry_points(group=GROUP):
            _from_outside(f"the entry point {point.name!r} of the group {GROUP} ({point.value})", point.load)
        for path in _files():
            _from_outside(f"{METHODS_VARIABLE} names {str(path)!r}", functools.partial(_run, path))
    except ValueError as error:
        return str(error)
    # Absolute paths, because a process that is started from here may have another working folder.
    if os.environ.get(METHODS_VARIABLE):
        os.environ[METHODS_VARIABLE] = ",".join(map(str, _files()))
    return ""


def _files() -> list[Path]:
    """The files that IPCORE_METHODS lists, as absolute paths."""
    parts = os.environ.get(METHODS_VARIABLE, "").split(",")
    return [Path(part.strip()).expanduser().absolute() for part in parts if part.strip()]


def _from_outside(what: str, load: functools.partial[None] | object) -> None:
    """Loads methods from outside the project. If one of them cannot be used, none is registered.

    Args:
        what: where they come from, for the error message.
        load: the function that registers them.

    Raises:
        ValueError: if one of them cannot be used.
    """
    before, torch_was_there = dict(_methods), "torch" in sys.modules
    try:
        load()  # type: ignore[operator]
        new = [method for name, method in _methods.items() if name not in before]
        if not new:
            raise ValueError("it registers no method")
        for method in new:
            if not method.local:
                raise ValueError(f"method {method.name!r} is no local rule: backprop needs code within the project")
        if "torch" in sys.modules and not torch_was_there:
            raise ValueError("it imports torch, which processes that serve pages must not load")
    except Exception as error:  # a program may raise anything
        _methods.clear()
        _methods.update(before)
        _order[:] = sorted(_methods, key=lambda name: _methods[name].place)
        words = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise ValueError(f"{what}, which cannot be used ({words}); {ALLOWED}") from error


def _run(path: Path) -> None:
    """Imports a file of Python as a module."""
    name = f"ipcore_methods_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError("its name does not end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up their module here
    spec.loader.exec_module(module)


@functools.cache
def digest() -> str:
    """A hash of the methods from outside the project: of their files, and of the versions of their packages.

    Two processes with the same hash have the same methods. It is ``"none"`` if there are no methods from outside.
    """
    names()
    found = hashlib.sha256()
    points = metadata.entry_points(group=GROUP)
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        found.update(f"{point.name} {point.value} {point.dist.version if point.dist else ''}\n".encode())
    files = _files()
    for path in files:
        found.update(path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b"")
    return found.hexdigest()[:12] if files or points else "none"
