"""What an import loads, read off a fresh interpreter, and what no contract of import-linter can say.

Who may import whom is said in pyproject.toml, and checked by ``make lint``.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import ROOT

REACHES_UP = "ipcore.cli.recorded"
"""The command line exports what the dashboard draws: it alone in ipcore imports from app, when that is asked for."""
FINDS_METHODS = "ipcore.methods.registry"
OPTIONAL = ("ipcore.packages", "ipcore.networks.compiling")  # look for Numba, which is not required
"""It imports the modules of its own folder, and files that whoever runs the program names."""
OF_A_VISITOR = {"session_state", "cache_data", "cache_resource"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_name(path): path for folder in ("app", "ipcore", "pages") for path in sorted((ROOT / folder).rglob("*.py"))
}


def imports(source: str, module: str, is_package: bool = False) -> Iterator[str]:
    """Every dotted name that a source imports, wherever it does; ``from a import b`` counts as ``a.b``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")
            package = package[: len(package) - node.level + is_package] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imported_by(*packages: str) -> Iterator[tuple[str, str]]:
    """(module, imported name) for every module within the packages."""
    for module, path in MODULES.items():
        if within(module, *packages):
            for name in imports(path.read_text("utf-8"), module, path.name == "__init__.py"):
                yield module, name


def test_imports_are_found_in_every_form():
    source = "import a.b, c\nfrom d import e as f\ndef g():\n    from . import h\n    from ..i import j"
    assert set(imports(source, "app.live.frames")) == {"a.b", "c", "d.e", "app.live.h", "app.i.j"}
    assert set(imports("from .frames import pack", "app.live", is_package=True)) == {"app.live.frames.pack"}
    assert within("torch.nn", "torch") and not within("torchvision", "torch")


def test_two_modules_of_the_core_import_by_name():
    """What is imported by a name made up while running is hidden from the other tests here."""
    named = ((module, name) for module, name in imported_by("ipcore") if not within(name, "importlib.metadata"))
    hidden = {module for module, name in named if within(name, "importlib")}
    core = [(module, path.read_text("utf-8")) for module, path in MODULES.items() if within(module, "ipcore")]
    hidden |= {module for module, source in core if "__import__" in source}
    assert hidden == {REACHES_UP, FINDS_METHODS, *OPTIONAL}
    called = [node.args[0] for node in ast.walk(ast.parse(MODULES[REACHES_UP].read_text("utf-8")))
              if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module"]  # fmt: skip
    assert called and all(ast.unparse(name).lstrip("f")[1:].startswith("app.") for name in called)


def test_of_scipy_only_the_special_functions_are_used():
    """The others take seconds to load, which the first visitor of a page would wait for."""
    used = {
        ast.unparse(node)
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "scipy"
    }
    used |= {name for _, name in imported_by("app", "ipcore", "pages") if within(name, "scipy")}
    assert {name for name in used if not within(name, "scipy.special")} == {"scipy"}


def test_one_package_holds_what_belongs_to_a_visitor():
    users = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in OF_A_VISITOR)
        or (isinstance(node, ast.alias) and node.name in OF_A_VISITOR)
    }
    others = {user for user in users if not within(user, "app.session")}
    assert others == {"app.front.widget_states"}, "it checks what browsers send before Streamlit reads it"


LIGHT = [
    ("ipcore, ipcore.config", ("torch", "numpy", "streamlit")),
    ("ipcore.recordings.race", ("torch", "streamlit")),
    ("ipcore.claims.claims, ipcore.claims.results", ("torch", "numpy", "scipy", "streamlit")),
    ("ipcore.claims.judging, ipcore.claims.running, ipcore.claims.report", ("torch", "streamlit", "distributed")),
    ("ipcore.executors.choice", ("torch", "streamlit", "distributed")),
    ("ipcore.sweeps.plan", ("torch", "numpy", "streamlit")),
    ("ipcore.recordings.sweep", ("torch", "scipy", "streamlit")),
    ("app.race.frames, app.background.runs, app.ui.palette", ("torch", "streamlit")),
    ("app.session.race.actions, app.session.depth, app.race.settings, app.race.component", ("torch", "scipy")),
    ("app.session.claims", ("torch", "scipy")),
    ("app.claims.card, app.claims.examples", ("torch", "numpy", "scipy", "streamlit", "plotly")),
    ("app.session.neuron", ("torch",)),
    ("app.race.export", ("torch", "streamlit", "plotly", "scipy")),
    ("app.sweep.export", ("torch", "streamlit", "plotly")),
    (
        "ipcore.cli.recorded, ipcore.recordings.importing",
        ("torch", "app", "streamlit"),
    ),
    (
        "ipcore.recordings.snippets.race, ipcore.recordings.snippets.sweep",
        ("torch", "app", "streamlit"),
    ),
    ("app.neuron.frames, app.neuron.play", ("torch", "streamlit")),
    ("app.depth.charts, app.depth.settings", ("torch", "scipy")),
    ("app.neuron.settings, app.neuron.component", ("torch",)),
    (
        "app.store.store, app.store.saver, app.store.importing, app.store.replays, app.store.sweeps",
        ("torch", "streamlit", "scipy", "psycopg"),
    ),
    ("app.compare.races.charts", ("torch", "streamlit", "scipy")),
    ("app.background.sweeps, app.sweep.csv, app.sweep.words", ("torch", "streamlit", "scipy", "distributed")),
    ("app.session.robustness.actions, app.sweep.export", ("torch", "scipy", "distributed")),
    ("app.compare.view", ("torch", "scipy")),
]
"""Modules, and what is not loaded when they are imported."""


def lightest_first() -> Iterator[list[tuple[str, tuple[str, ...]]]]:
    """Rows of LIGHT that one process can import in turn: what is absent after one must be absent after those before."""
    left = sorted(LIGHT, key=lambda case: -len(case[1]))
    while left:
        chain = [left[0]]
        for case in left[1:]:
            if set(case[1]) <= set(chain[-1][1]):
                chain.append(case)
        left = [case for case in left if case not in chain]
        yield chain


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """What each row's imports loaded of what they must not. A process for each row would import most things again."""
    program = """
import json, sys
for modules, absent in json.loads(sys.argv[1]):
    exec(f"import {modules}")
    print(json.dumps([modules, sorted(set(absent) & set(sys.modules))]))
"""
    found: dict[str, list[str]] = {}
    for chain in lightest_first():
        command = [sys.executable, "-c", program, json.dumps(chain)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        found |= map(json.loads, done.stdout.splitlines())
    return found


@pytest.mark.parametrize("modules", [modules for modules, _ in LIGHT])
def test_an_import_stays_light(loaded: dict[str, list[str]], modules: str) -> None:
    assert loaded[modules] == []
