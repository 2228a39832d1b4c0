"""Packages that are too old are said to be, at the start of a server and of a command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from serving import ROOT

from ipcore import versions
from ipcore.cli import main as terminal


@pytest.fixture(autouse=True)
def looked_at_anew() -> Iterator[None]:
    """What a process has found it does not look for again, but in these tests, where it is made up."""
    versions.problem.cache_clear()
    yield
    versions.problem.cache_clear()


def installed(monkeypatch, **found: str) -> None:
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: found.get(name) or version(name))


def test_the_installed_packages_are_new_enough():
    assert versions.problem() == "" and len(list(versions._wanted(versions.REQUIREMENTS))) > 10
    versions.check()


def test_an_old_package_is_named_with_what_is_needed(monkeypatch):
    needed = dict(versions._wanted(versions.REQUIREMENTS))
    installed(monkeypatch, streamlit="1.9.1", numpy="1.26.4")
    said = f"packages are too old: numpy 1.26.4 (needed: {needed['numpy']}), streamlit 1.9.1 (needed: "
    assert versions.problem().startswith(said)
    assert versions.problem().endswith("; run: python -m pip install -r requirements.txt")
    with pytest.raises(ImportError, match="too old"):
        versions.check()


def test_a_later_or_patched_one_and_a_missing_file_are_no_problem(tmp_path: Path, monkeypatch):
    installed(monkeypatch, streamlit="99.0", torch="2.13.9+cpu", numpy="2.10.0rc1")
    assert versions.problem() == "" and versions.problem(tmp_path / "none") == ""
    (tmp_path / "requirements.txt").write_text("# a comment\nnothing-of-the-sort==1.0\nnumpy==2.4\n-e .\n")
    assert versions.problem(tmp_path / "requirements.txt") == ""


def test_a_command_says_so_and_does_nothing(monkeypatch, capsys):
    installed(monkeypatch, msgspec="0.1")
    assert terminal.main(["data", "list"]) == 2
    out, errors = capsys.readouterr()
    assert out == "" and errors.startswith("error: packages are too old: msgspec 0.1") and errors.count("\n") == 1


def test_a_server_says_so_at_its_start():
    """Importing the dashboard fails in words, before anything of an old package is used."""
    program = """
from importlib import metadata
version = metadata.version
metadata.version = lambda name: "1.0.0" if name == "streamlit" else version(name)
import app.store
"""
    failed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("ImportError: packages are too old: streamlit 1.0.0 (needed: ")
