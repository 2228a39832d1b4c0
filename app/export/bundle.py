"""Our JavaScript modules -> one script, for a page that has nobody to ask for files. No Streamlit.

It knows the few forms in which the modules of app/static import and export, and refuses any other:

    const version = new URL(import.meta.url).search;
    const { a, b } = await import("./x.js" + version);
    const x = await import("./x.js" + version);
    export const, export function, export async function, export class
"""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"

_VERSION = re.compile(r"^const version = new URL\(import\.meta\.url\)\.search;\n", re.MULTILINE)
_IMPORT = re.compile(
    r"""^const (?P<names>\w+|\{[^{}]*\}) = await import\("(?P<path>\.{1,2}/[\w./-]+\.js)" \+ version\);$""",
    re.MULTILINE,
)
_EXPORT = re.compile(r"^export (?=(?:const|function|async function|class) (?P<name>\w+))", re.MULTILINE)
_LEFT = re.compile(r"^\s*(?:import|export)\b|\bimport\s*[.(]|\bversion\b", re.MULTILINE)
_ENDS_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)


def bundle(entry: str, folder: Path = STATIC) -> str:
    """One script that does what importing a module does, to stand between ``<script>`` and ``</script>``.

    Each module becomes a function that is called once, those it imports first.

    Args:
        entry: path of the module below the folder.
        folder: that holds it and all it imports.

    Raises:
        ValueError: if modules import each other in a circle, or one is written in a way that this does not know.
    """
    done: dict[str, str] = {}
    _add(entry, folder.resolve(), done, ())
    return '"use strict";\n(() => {\nconst modules = {};\n' + "".join(done.values()) + "})();\n"


def _add(module: str, folder: Path, done: dict[str, str], above: tuple[str, ...]) -> None:
    """Puts a module into ``done``, after all that it imports."""
    if module in done:
        return
    if module in above:
        raise ValueError(f"modules import each other in a circle: {' -> '.join((*above, module))}")
    source = _VERSION.sub("", (folder / module).read_text("utf-8"))

    def imported(match: re.Match[str]) -> str:
        other = (folder / module).parent.joinpath(match["path"]).resolve().relative_to(folder).as_posix()
        _add(other, folder, done, (*above, module))
        return f'const {match["names"]} = modules["{other}"];'

    source = _IMPORT.sub(imported, source)
    names = [match["name"] for match in _EXPORT.finditer(source)]
    source = _EXPORT.sub("", source)
    for pattern, why in ((_LEFT, "imports or exports in another way"), (_ENDS_SCRIPT, "would end the script")):
        if found := pattern.search(source):
            line = source[source.rfind("\n", 0, found.end()) + 1 :].split("\n")[0]
            raise ValueError(f"{module} {why}: {line.strip()[:80]}")
    done[module] = f'modules["{module}"] = (() => {{\n{source}\nreturn {{ {", ".join(names)} }};\n}})();\n'
