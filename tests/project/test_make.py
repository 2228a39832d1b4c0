"""The commands that a visitor of the repository types, and the one that a host runs."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from serving import ROOT, Server, free_port, serve


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``make`` as typed in a fresh shell: without what an outer make, or a variable that it reads, hands down."""
    handed_down = ("MAKE", "MFLAGS", "PORT", "ADDRESS", "PYTHON")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(handed_down)}
    return subprocess.run(["make", *arguments], cwd=folder, env=variables, capture_output=True, text=True, timeout=300)


STAND_IN = """#!/bin/sh
case "$*" in
-V) echo Python 3.12.0 ;;
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip install "*) for file; do :; done; ! grep unobtainable "$file" ;;
*ensurepip*) ! [ -e no-ensurepip ] ;;
esac
"""
"""A Python that makes an environment out of itself and installs any requirement but an unobtainable one."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with our Makefile and a stand-in for Python, in a folder with a space in its name."""
    folder = tmp_path / "a project"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    for name in (
        "pyproject.toml",
        "requirements.txt",
        "requirements-cluster.txt",
        "requirements-fast.txt",
        "requirements-lint.txt",
        "requirements-peers.txt",
        "requirements-test.txt",
    ):
        (folder / name).write_text("one\n")
    (folder / "python").write_text(STAND_IN)
    (folder / "python").chmod(0o755)
    return folder


def set_up(project: Path) -> str:
    """What a set-up that succeeds prints."""
    done = make(project, "setup", "PYTHON=./python")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_set_up_is_done_once(project: Path):
    assert "Installing requirements.txt into .venv (Python 3.12.0 in " in set_up(project)
    assert set_up(project) == ""


def test_tests_add_to_the_same_environment(project: Path):
    set_up(project)
    (project / ".venv" / "kept").touch()
    assert "Installing requirements-test.txt" in make(project, "test", "PYTHON=./python").stdout
    assert make(project, "test").stdout == set_up(project) == ""
    assert (project / ".venv" / "kept").exists()


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "requirements.txt", "requirements-lint.txt", "requirements-test.txt"]
)
def test_set_up_follows_a_changed_requirement(project: Path, name: str):
    set_up(project)
    (project / ".venv" / "kept").touch()
    (project / name).write_text("two\n")
    assert "Installing" in set_up(project)
    assert set_up(project) == ""
    assert (project / ".venv" / "kept").exists(), "a change of requirements needs no new environment"


def test_a_set_up_cut_short_is_begun_again(project: Path):
    set_up(project)
    (project / ".venv" / "half-installed").touch()
    (project / "requirements.txt").write_text("unobtainable\n")
    assert make(project, "setup").returncode != 0
    (project / "requirements.txt").write_text("one\n")
    assert "Installing" in set_up(project)
    assert not (project / ".venv" / "half-installed").exists()


def test_an_environment_that_lost_its_python_or_its_place_is_made_anew(project: Path):
    set_up(project)
    (project / ".venv" / "bin" / "python").unlink()
    assert "Installing" in set_up(project)

    (project / ".venv" / "old").touch()
    moved = project.rename(project.with_name("elsewhere"))
    assert "Installing" in set_up(moved)
    assert not (moved / ".venv" / "old").exists()


def test_set_up_says_what_python_it_needs(project: Path):
    done = make(project, "setup", "PYTHON=false no-such-python")
    assert done.returncode != 0
    assert "Python 3.11 or later is needed; tried: false no-such-python." in done.stderr

    (project / "no-ensurepip").touch()
    done = make(project, "setup", "PYTHON=./python")
    assert done.returncode != 0
    assert "cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python-venv" in done.stderr
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run"], "-m streamlit run app/main.py --server.port 8501 --server.address 127.0.0.1"),
        (["run", "PORT=9001"], "-m streamlit run app/main.py --server.port 9001 --server.address 127.0.0.1"),
        (["test"], ".venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder"),
        (["bench"], ".venv/bin/python -m benchmarks"),
        (["docs"], ".venv/bin/python scripts/make_docs.py"),
    ],
)
def test_commands_run_what_they_say(arguments: list[str], line: str):
    done = make(ROOT, "--dry-run", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith(line)


def test_make_alone_names_its_commands():
    shown = make(ROOT).stdout
    assert all(f"make {name} " in shown for name in ("run", "setup", "test", "bench", "docs"))


@pytest.fixture
def hosted(tmp_path: Path):
    """The dashboard as a host starts it: the line of the Procfile, with ``PORT`` set."""
    kind, _, command = (ROOT / "Procfile").read_text().strip().partition(": ")
    assert kind == "web"
    port = free_port()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    served = serve(["sh", "-c", f"exec {command}"], port, tmp_path / "log", PORT=str(port), PATH=path)
    yield served
    served.stop()


def answer(server: Server, path: str, **headers: str) -> int:
    """The status with which the server answers a GET."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_procfile_serves_every_address_under_any_name(hosted: Server):
    assert answer(hosted, "/") == 200
    assert answer(hosted, "/app/static/fonts/inter-latin.woff2") == 200
    listening = {c.laddr.ip for c in psutil.Process(hosted.pid).net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"0.0.0.0"}

    handshake = {
        "Host": "race.example.org",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert answer(hosted, "/_stcore/stream", Origin="https://race.example.org", **handshake) == 101
