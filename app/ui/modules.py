"""Our JavaScript modules in app/static, and how many of them become one script. Pure but for reading them.

They are written in the few forms that this knows, and any other is refused:

    import { a, b } from "./x.js";
    import * as x from "../y/x.js";
    export const, export function, export async function, export class
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"
"""The folder of our modules and style sheets, a folder in it for each feature."""

_IMPORT = re.compile(
    r"""^import (?:\* as (?P<all>\w+)|(?P<names>\{\s*\w+(?:,\s*\w+)*,?\s*\}))"""
    r""" from "(?P<path>\.{1,2}/[\w./-]+\.js)";$""",
    re.MULTILINE,
)
_EXPORT = re.compile(r"^export (?=(?:const|function|async function|class) (?P<name>\w+))", re.MULTILINE)
_OTHER_FORM = re.compile(r"^\s*(?:import|export)\b|\bimport\s*\(", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """A module.

    Args:
        path: below the folder, as "race/screen.js".
        source: as it is written.
        imports: paths of the modules that it imports, in their order.
        exports: the names that it exports, in their order.
    """

    path: str
    source: str
    imports: tuple[str, ...]
    exports: tuple[str, ...]

    def in_script(self) -> str:
        """A statement that runs the module once, and keeps what it exports in an object ``modules``, under its path.

        The modules that it imports must be in that object before.
        """
        paths = iter(self.imports)
        source = _IMPORT.sub(
            lambda found: f'const {found["all"] or found["names"]} = modules["{next(paths)}"];', self.source
        )
        exports = ", ".join(self.exports)
        return f'modules["{self.path}"] ??= (() => {{\n{_EXPORT.sub("", source)}\nreturn {{ {exports} }};\n}})();\n'


def read(path: str, folder: Path = STATIC) -> Module:
    """The module at a path below the folder.

    Raises:
        ValueError: if it imports or exports in a form that is not known, or from outside the folder.
    """
    folder = folder.resolve()
    source = (folder / path).read_text("utf-8")
    near = (folder / path).parent
    found = [near.joinpath(each["path"]).resolve() for each in _IMPORT.finditer(source)]
    if other := _OTHER_FORM.search(_EXPORT.sub("", _IMPORT.sub("", source))):
        raise ValueError(f"{path} imports or exports in another way: {_line(source, other.group())}")
    imports = tuple(each.relative_to(folder).as_posix() for each in found)
    return Module(path, source, imports, tuple(each["name"] for each in _EXPORT.finditer(source)))


def with_imports(entry: str, folder: Path = STATIC) -> list[Module]:
    """A module and all that it needs, each once and after those that it imports.

    Args:
        entry: its path below the folder.
        folder: that holds it and all that it imports.

    Raises:
        ValueError: if modules import each other in a circle, or as :func:`read` does.
    """
    done: dict[str, Module] = {}

    def add(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise ValueError(f"modules import each other in a circle: {' -> '.join((*above, path))}")
        if path not in done:
            module = read(path, folder)
            for other in module.imports:
                add(other, (*above, path))
            done[path] = module

    add(entry, ())
    return list(done.values())


def _line(source: str, part: str) -> str:
    """The line of a source in which a part of it stands, shortened."""
    at = source.index(part) + len(part)
    return source[source.rfind("\n", 0, at) + 1 :].split("\n")[0].strip()[:80]
