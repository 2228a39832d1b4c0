"""The examples in docstrings and in the notebook user's page are run, and give what they say."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from serving import ROOT

NOTEBOOK = ROOT / "docs" / "notebook.md"


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Only modules with an example are imported: others take seconds, or need packages that may be absent.
WITH_EXAMPLES = [
    name_of(path)
    for path in sorted((ROOT / "ipcore").rglob("*.py"))
    if re.search(r"^ *>>> ", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_in_docstrings(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted and not found.failed


def test_the_public_face_and_theory_have_examples() -> None:
    assert {"ipcore", "ipcore.api", "ipcore.theory.equilibria", "ipcore.theory.depth"} <= set(WITH_EXAMPLES)


def test_the_page_for_notebooks(tmp_path, monkeypatch, capsys) -> None:
    """Its blocks of Python run one after the other, in one namespace, as the cells of a notebook do."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", NOTEBOOK.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) > 5
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"{NOTEBOOK.name}, block {number}", "exec"), names)
    assert "batch-norm" in capsys.readouterr().out
