"""Who may import whom, read off the source, and what an import loads, read off a fresh interpreter."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import ROOT

from app.live import PLOTLY

HEAVY = ("torch", "torchvision")
WORKERS_ONLY = tuple(
    f"ipcore.{name}"
    for name in ("training", "network", "neurons", "race", "telemetry", "data", "worker", "measuring", "stack_training")
)
"""What computes with torch: for worker processes, never for the one that serves pages."""
OPEN_TO_PAGES = (
    "app.session", "app.controls", "app.live", "app.palette", "app.words",
    "app.neuron_controls", "app.neuron_live", "app.depth_controls", "app.depth_charts", "app.picture",
    "app.sweep_controls", "app.sweep_live", "app.sweep_words",
    "app.comparison_view", "app.status_line", "app.saved_controls", "app.saved_table", "app.saved_view", "app.saved_run",
    "app.store_schema",
)
STORE = tuple(
    f"app.{name}"
    for name in (
        "store", "store_reading", "store_database", "store_schema", "store_upkeep", "store_import", "saved_run", "saved_table",
        "run_names", "chunks", "saver", "race_saver", "sweep_saver", "replays",
    )
)
NO_STREAMLIT = (
    "app.charts", "app.digest", "app.frames", "app.tables", "app.runs", "app.palette", "app.words",
    "app.neuron_frames", "app.neuron_play", "app.neuron_tables", "app.depth_charts", *STORE,
    "app.figures", "app.comparison", "app.comparison_lines", "app.comparison_charts", "app.comparison_figures",
    "app.sweep_comparison", "app.sweep_comparison_lines", "app.sweep_comparison_charts",
    "app.presence", "app.sweeps", "app.sweep_run", "app.sweep_places", "app.sweep_frames", "app.sweep_tables",
    "app.sweep_words",
    "app.bundle", "app.film", "app.export_html", "app.export_run", "app.export_sweep", "app.sweep_film",
    "app.recorded",
)
REACHES_UP = "ipcore.run_cli"
"""The command line exports what the dashboard draws: it alone in ipcore imports from app, when that is asked for."""
OF_A_VISITOR = {"session_state", "cache_data", "cache_resource"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


WRITTEN = (".py", ".js", ".css", ".html")
OURS = ("app", "ipcore", "pages", "tests", "benchmarks", "scripts")
MODULES = {module_name(path): path for folder in ("app", "ipcore", "pages") for path in sorted((ROOT / folder).rglob("*.py"))}


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


def module_of(name: str) -> str | None:
    """The module of ours that holds an imported name; None if it is somebody else's."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or None


def test_no_modules_import_each_other_in_a_circle():
    """Nor inside functions, which hides it."""
    uses: dict[str, set[str]] = {module: set() for module in MODULES}
    for module, name in imported_by("app", "ipcore", "pages"):
        uses[module] |= {module_of(name)} - {module, None}
    assert uses["ipcore.sweep_cli"] >= {"ipcore.config", "ipcore.sweep"}
    try:
        graphlib.TopologicalSorter(uses).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_the_core_knows_no_dashboard():
    assert [use for use in imported_by("ipcore") if within(use[1], "streamlit", "plotly", "app", "pages")] == []


def test_one_module_of_the_core_imports_by_name():
    """What is imported by a name made up while running is hidden from the other tests here."""
    named = ((module, name) for module, name in imported_by("ipcore") if not within(name, "importlib.metadata"))
    hidden = {module for module, name in named if within(name, "importlib")}
    core = [(module, path.read_text("utf-8")) for module, path in MODULES.items() if within(module, "ipcore")]
    hidden |= {module for module, source in core if "__import__" in source}
    assert hidden == {REACHES_UP}
    called = [node.args[0] for node in ast.walk(ast.parse(MODULES[REACHES_UP].read_text("utf-8")))
              if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module"]  # fmt: skip
    assert called and all(ast.unparse(name).lstrip("f")[1:].startswith("app.") for name in called)


def test_the_dashboard_does_not_compute():
    assert [use for use in imported_by("app", "pages") if within(use[1], *HEAVY, *WORKERS_ONLY)] == []


def test_pages_are_thin():
    behind = [use for use in imported_by("pages") if within(use[1], "app") and not within(use[1], *OPEN_TO_PAGES)]
    assert behind == []


def test_what_needs_no_streamlit_imports_none():
    assert set(NO_STREAMLIT) <= set(MODULES)
    assert [use for use in imported_by(*NO_STREAMLIT) if within(use[1], "streamlit")] == []


def test_configuration_needs_the_standard_library_only():
    outside = [use for use in imported_by("ipcore.config") if use[1].split(".")[0] not in sys.stdlib_module_names]
    assert outside == []


def test_one_package_holds_what_belongs_to_a_visitor():
    """But for the live component, which reads back its own value."""
    users = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in OF_A_VISITOR)
        or (isinstance(node, ast.alias) and node.name in OF_A_VISITOR)
    }
    assert {user for user in users if not within(user, "app.session")} == {"app.live"}


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        ("ipcore, ipcore.config", ("torch", "numpy", "streamlit")),
        ("ipcore.recording", ("torch", "streamlit")),
        ("ipcore.executor_choice", ("torch", "streamlit", "distributed")),
        ("ipcore.sweep", ("torch", "numpy", "streamlit")),
        ("ipcore.sweep_recording", ("torch", "scipy", "streamlit")),
        ("app.charts, app.runs, app.palette", ("torch", "streamlit")),
        ("app.session.race, app.session.depth, app.controls, app.live", ("torch", "scipy")),
        ("app.session.neuron", ("torch",)),
        ("app.export_run", ("torch", "streamlit", "plotly", "scipy")),
        ("app.export_sweep", ("torch", "streamlit", "plotly")),
        ("ipcore.run_cli, ipcore.importing, ipcore.snippet, ipcore.sweep_snippet", ("torch", "app", "streamlit")),
        ("app.neuron_frames, app.neuron_play", ("torch", "streamlit")),
        ("app.depth_charts, app.depth_controls", ("torch", "scipy")),
        ("app.neuron_controls, app.neuron_live", ("torch",)),
        (", ".join(STORE), ("torch", "streamlit", "scipy", "psycopg")),
        ("app.comparison_charts", ("torch", "streamlit", "scipy")),
        ("app.sweeps, app.sweep_tables, app.sweep_words", ("torch", "streamlit", "scipy", "distributed")),
        ("app.session.robustness, app.sweep_controls", ("torch", "distributed")),
        ("app.comparison_view", ("torch", "scipy")),
    ],
)
def test_an_import_stays_light(modules: str, absent: tuple[str, ...]):
    program = f"import {modules}, sys; print(*sorted(set({absent}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def tree(text: str) -> set[str]:
    """The paths that an indented tree names: first word of a line, folders with a slash at their end."""
    paths, folders = set(), []
    for line in filter(str.strip, text.splitlines()):
        indent, name = len(line) - len(line.lstrip()), line.split()[0]
        folders = [(depth, folder) for depth, folder in folders if depth < indent]
        path = "".join(folder for _, folder in folders) + name
        paths.add(path)
        if name.endswith("/"):
            folders.append((indent, name))
    return paths


def test_readme_names_every_file():
    assert tree("app/  x\n  live/\n    b.py  y\n  c.py\nd.py") == {"app/", "app/live/", "app/live/b.py", "app/c.py", "d.py"}
    blocks = (ROOT / "README.md").read_text("utf-8").split("```")[1::2]
    named = next(paths for paths in (tree(block.partition("\n")[2]) for block in blocks) if "ipcore/" in paths)
    paths = [path for folder in OURS for path in (ROOT / folder).rglob("*.*") if path.suffix in WRITTEN]
    files = {path.relative_to(ROOT).as_posix() for path in paths if not path.match("test_*.py") and path.name != PLOTLY}
    assert files - named == set(), "not in the README's tree"
    stale = {path for path in named if not (ROOT / path).exists()}
    assert stale == set(), "in the README's tree, but gone"
