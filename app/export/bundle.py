"""Our JavaScript modules -> one script, for a page that has nobody to ask for files. No Streamlit.

Modules are written in the forms that app.ui.modules knows. Here ``import.meta`` is refused too, since a page that was
saved as a file has no address.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.ui.modules import STATIC, Module, with_imports

_REFUSED = {
    "asks for its address": re.compile(r"\bimport\s*\.\s*meta\b"),
    "would end the script": re.compile(r"</script|<!--", re.IGNORECASE),
}


def bundle(entry: str, folder: Path = STATIC) -> str:
    """One script that does what importing a module does, to stand between ``<script>`` and ``</script>``.

    Args:
        entry: path of the module below the folder.
        folder: that holds it and all that it imports.

    Raises:
        ValueError: if modules import each other in a circle, or one is written in a way that this does not know.
    """
    modules = with_imports(entry, folder)
    for module in modules:
        _refuse(module)
    statements = "".join(module.in_script() for module in modules)
    return f'"use strict";\n(() => {{\nconst modules = {{}};\n{statements}}})();\n'


def _refuse(module: Module) -> None:
    for why, pattern in _REFUSED.items():
        if found := pattern.search(module.source):
            line = module.source[module.source.rfind("\n", 0, found.end()) + 1 :].split("\n")[0]
            raise ValueError(f"{module.path} {why}: {line.strip()[:80]}")
