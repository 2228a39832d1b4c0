"""The documentation: its generated parts are those of the code, its links, paths and command lines are right."""

from __future__ import annotations

import argparse
import ast
import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from serving import ROOT

from ipcore.cli.main import parser
from ipcore.worker.commands import COMMANDS
from scripts import make_docs

DOCUMENTS = make_docs.documents()
PAGES = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in DOCUMENTS]
BENCHMARKS = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if "\ndef main(" in path.read_text("utf-8")}
FROM_THE_SYSTEM = {"PATH", "OMP_NUM_THREADS"}
"""Variables that tests read or set and that are not ours."""


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def without_blocks(text: str) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def code_of(text: str) -> str:
    """The fenced blocks and inline code of a document, each on lines of its own."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", without_blocks(text))
    return "\n".join([*fenced, *inline])


# -- what is generated ------------------------------------------------------------------------------------------------


def test_generated_parts_are_up_to_date(capsys):
    assert make_docs.main(["--check"]) == 0, capsys.readouterr().out


def test_a_part_is_written_anew_and_the_rest_is_kept():
    before = "above\n<!-- generated: totals -->\nold\n<!-- end -->\nbelow\n"
    after = make_docs.renewed(before)
    assert "old" not in after and make_docs.totals() in after
    assert after.startswith("above\n<!-- generated: totals -->\n") and after.endswith("<!-- end -->\nbelow\n")
    assert make_docs.renewed(after) == after


def test_a_part_that_nothing_writes_is_an_error():
    with pytest.raises(ValueError, match="no generated part is called nothing"):
        make_docs.renewed("<!-- generated: nothing -->\n<!-- end -->\n")


def test_a_check_writes_nothing_and_names_the_file(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- generated: totals -->\nold\n<!-- end -->\n")
    monkeypatch.setattr(make_docs, "ROOT", tmp_path)
    monkeypatch.setattr(make_docs, "documents", lambda: [page])
    assert make_docs.main(["--check"]) == 1
    assert "page.md is out of date" in capsys.readouterr().out and "old" in page.read_text()
    assert make_docs.main([]) == 0 and "old" not in page.read_text()


def test_every_package_says_in_a_sentence_what_it_holds():
    packages = [path for folder in ("app", "ipcore", "pages") for path in (ROOT / folder).rglob("__init__.py")]
    silent = [path for path in packages if not ast.get_docstring(ast.parse(text_of(path)))]
    assert len(packages) > 20 and not silent


@pytest.mark.parametrize(
    ("value", "written"), [(1e-6, "0.000001"), (20e6, "20,000,000"), (2**31 - 1, "2,147,483,647"), (1e13, "1e13")]
)
def test_numbers_are_written_for_people(value: float, written: str):
    assert make_docs.number(value) == written


# -- environment variables --------------------------------------------------------------------------------------------


def read_by_name() -> Iterator[tuple[str, str]]:
    """(file, variable) for every name of a variable that is written as text where the environment is read or set."""
    for path in make_docs.sources():
        where, source = path.relative_to(ROOT).as_posix(), text_of(path)
        for node in ast.walk(ast.parse(source)) if re.search("environ|getenv", source) else ():
            key = None
            if isinstance(node, ast.Call) and node.args:
                called = ast.unparse(node.func)
                if re.fullmatch(r"os\.(getenv|environ\.\w+)", called):
                    key = node.args[0]
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                key = node.slice
            if isinstance(key, ast.Constant):
                yield where, str(key.value)
            elif key is not None and not ast.unparse(key).endswith("_VARIABLE"):
                yield where, ast.unparse(key)


def test_every_environment_variable_that_is_read_is_documented():
    documented = {variable.name for variable in make_docs.variables()} | FROM_THE_SYSTEM
    used = list(read_by_name())
    assert used and not [(where, name) for where, name in used if name not in documented]


def test_every_variable_of_ours_that_is_named_anywhere_is_documented():
    documented = {variable.name for variable in make_docs.variables()}
    sources = "\n".join(map(text_of, [*make_docs.sources(), ROOT / "Makefile", ROOT / ".ci" / "run", *DOCUMENTS]))
    named = set(re.findall(r"\bIPCORE_[A-Z_]*[A-Z]\b", sources))
    assert len(named) >= 7 and named <= documented


def test_a_variable_without_a_default_in_its_docstring_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "module.py").write_text('X_VARIABLE = "SOME_X"\n"""Something."""\n')
    monkeypatch.setattr(make_docs, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"app/module.py: the docstring of SOME_X"):
        make_docs.variables()


def test_variables_of_the_makefile_are_documented():
    named = re.findall(r"^(\w+) \?= (.*)$", text_of(ROOT / "Makefile"), re.MULTILINE)
    settings = text_of(ROOT / "docs" / "settings.md")
    assert named and all(f"| `{name}` |" in settings for name, _ in named)
    assert all(value in settings for name, value in named if name != "PYTHON")


# -- what is written by hand ------------------------------------------------------------------------------------------


def test_the_readme_is_short():
    assert len(text_of(ROOT / "README.md").splitlines()) <= 250


def test_the_readme_links_every_document():
    readme = text_of(ROOT / "README.md")
    missing = [path.name for path in DOCUMENTS if path.name != "README.md" and f"{path.name})" not in readme]
    assert len(DOCUMENTS) > 10 and not missing


def test_pictures_are_small_and_shown():
    pictures = [path for path in (ROOT / "docs").iterdir() if path.suffix in (".png", ".webp")]
    shown = "\n".join(map(text_of, DOCUMENTS))
    assert pictures and all(path.stat().st_size <= 150_000 and path.name in shown for path in pictures)


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", without_blocks(text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_somewhere(path: Path):
    text = without_blocks(text_of(path))
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    for target in targets:
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), f"{target}: no such file"
        assert not anchor or anchor in anchors(file), f"{target}: no such heading"


def commands(text: str) -> Iterator[str]:
    """Every command line of the project that a document shows."""
    for line in code_of(text).splitlines():
        line = line.partition(" #")[0].strip().removeprefix("$ ")
        line = re.sub(r"^(\w+=\S+ )+", "", line)
        line = re.sub(r"^(\.venv[/\\]\w+[/\\])?(python|py) ", "python ", line)
        if line.startswith(("python ", "make ")):
            yield line


@pytest.mark.parametrize("path", PAGES)
def test_command_lines_are_right(path: Path):
    targets = set(re.findall(r"^(\w+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for line in commands(text_of(path)):
        words = shlex.split(line, posix="\\" not in line)
        if words[0] == "make":
            assert set(words[1:]) <= targets, line
        elif words[1:3] == ["-m", "ipcore"]:
            parses(parser(), words[3:], line)
        elif words[1:3] == ["-m", "benchmarks"]:
            assert set(words[3:]) <= set(BENCHMARKS), line
        elif words[1] == "-m":
            assert words[2] in ("pip", "venv", "pytest", "streamlit") or has(words[2]), line
            files = [word for word in words[3:] if word.endswith((".py", ".txt"))]
            assert all((ROOT / word).is_file() for word in files), line
        else:
            assert (ROOT / words[1]).is_file(), line


def parses(top: argparse.ArgumentParser, words: list[str], line: str) -> None:
    """Fails if the words are no command, but for what is named in short: ``python -m ipcore train``."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            top.parse_args(words)
    except SystemExit:
        in_short = len(words) <= 1 and ("required" in said.getvalue() or "command" in said.getvalue())
        assert in_short and "invalid choice" not in said.getvalue(), f"{line}: {said.getvalue()}"


def test_wrong_command_lines_are_noticed():
    with pytest.raises(AssertionError):
        parses(parser(), ["train", "--depht", "3"], "")
    with pytest.raises(AssertionError):
        parses(parser(), ["trian"], "")
    assert list(commands("`PORT=1 make run`\n\n```sh\n.venv/bin/python -m pytest  # all\n```\n")) == [
        "python -m pytest",
        "make run",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_paths_and_modules_exist(path: Path):
    code = code_of(text_of(path))
    if path.name == "CHANGELOG.md":  # it names what was, beside what is
        code = ""
    for found in re.findall(r"(?<![\w/.])(?:app|ipcore|pages|tests|docs|scripts|benchmarks)/[\w./-]+", code):
        assert (ROOT / found).exists() or "NAME" in found, f"{found}: no such file"
    for found in re.findall(r"(?<![\w/.])(?:app|ipcore|pages)(?:\.\w+)+", code):
        assert has(found), f"{found}: no such module, nor a name in one"


def has(dotted: str) -> bool:
    """Whether a dotted name is a module, or a name in one."""
    *package, last = dotted.split(".")
    folder = ROOT.joinpath(*package)
    if (folder / last).is_dir() or (folder / f"{last}.py").is_file():
        return True
    module = folder.with_suffix(".py") if folder.with_suffix(".py").is_file() else folder / "__init__.py"
    return module.is_file() and re.search(rf"\b{last}\b", text_of(module)) is not None


def test_every_command_to_the_worker_is_documented():
    section = text_of(ROOT / "docs" / "worker-protocol.md").partition("## Commands")[2].partition("## Events")[0]
    described = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", section, re.MULTILINE | re.DOTALL))
    assert [each.__struct_config__.tag for each in COMMANDS] == list(described)
    for each in COMMANDS:
        text = described[each.__struct_config__.tag]
        assert all(f"| `{field}`" in text for field in each.__struct_fields__), each


def test_every_library_has_its_reason():
    reasons = text_of(ROOT / "docs" / "architecture.md")
    for file in sorted(ROOT.glob("requirements*.txt")):
        for name in re.findall(r"^([a-z][\w-]*)(?:\[\w+\])?==", text_of(file), re.MULTILINE):
            assert re.search(rf"\b{name}\b", reasons), f"docs/architecture.md does not say what {name} is for"


def test_python_in_the_readme_runs(capsys):
    (program,) = re.findall(r"^```python\n(.*?)^```", text_of(ROOT / "README.md"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(program.replace("steps=100", "steps=5"), names)
    assert names["recording"].step == 5
