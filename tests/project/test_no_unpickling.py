"""Nothing in the program makes code of data: no pickle, no ``torch.load``, no ``eval``, no shell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import ROOT

MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle", "yaml"}
"""Modules whose reading runs what the data says."""
NAMES = {"eval", "exec", "compile", "__import__"}
"""Builtins that run text."""
ATTRIBUTES = {
    ("torch", "load"), ("np", "load"), ("numpy", "load"), ("pd", "read_pickle"), ("pandas", "read_pickle"),
    ("os", "system"), ("os", "popen"), ("jit", "load"), ("builtins", "eval"), ("builtins", "exec"),
}  # fmt: skip
"""Functions that read such data, or run text."""
CHECKED = {("np", "load"), ("numpy", "load")}
"""Those that are safe with ``allow_pickle=False``, which is their default."""


def faults(text: str) -> Iterator[str]:
    """What a program does of that kind."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names if each.name.split(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in MODULES:
                yield module
            case ast.Call(func=ast.Name(id=name)) if name in NAMES:
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name), keywords=words
            ):
                given = {word.arg: word.value for word in words}
                if (owner, name) in CHECKED:
                    allowed = given.get("allow_pickle", ast.Constant(False))
                    if not (isinstance(allowed, ast.Constant) and allowed.value is False):
                        yield f"{owner}.{name}"
                elif (owner, name) in ATTRIBUTES:
                    yield f"{owner}.{name}"
                shell = given.get("shell")
                if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
                    yield "shell"


FILES = sorted(path for folder in ("app", "ipcore", "pages", "scripts") for path in (ROOT / folder).rglob("*.py"))


def test_no_file_of_the_program_runs_data() -> None:
    found = {str(path.relative_to(ROOT)): list(faults(path.read_text("utf-8"))) for path in FILES}
    assert len(found) > 150 and {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "import yaml as y", "from dill import loads", "eval(text)", "exec(text)", "torch.load(file)",
        "np.load(file, allow_pickle=True)", "np.load(file, allow_pickle=sure)", "pd.read_pickle(file)",
        "os.system(text)", "subprocess.run(text, shell=True)", "torch.jit.load(file)", "__import__(name)",
    ],
)  # fmt: skip
def test_each_is_found(line: str) -> None:
    assert list(faults(line))


def test_what_looks_like_it_and_is_not_is_let_pass() -> None:
    for line in ("model.eval()", "json.load(file)", "np.load(file)", "re.compile(text)", "subprocess.run(words)"):
        assert list(faults(line)) == []


def test_ids_never_become_paths() -> None:
    """No file is opened by a name that has an id or a name of a run in it, on the server."""
    for folder in ("app/store", "app/session"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text("utf-8")
            opened = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and _opens(node)]
            known = {
                "database.py",
                "presence.py",
                "served.py",
                "feeds.py",
                "lessons.py",
            }  # names of our own, or no file
            assert path.name in known or not opened, f"{path}: {[ast.unparse(each) for each in opened]}"


def _opens(node: ast.Call) -> bool:
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return name in {"open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "rmtree"}


def test_the_search_reads_all_folders() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == {"app", "ipcore", "pages", "scripts"}
    assert Path(ROOT / "app" / "store" / "store.py") in FILES
