"""What the server costs, and what is left of it: the real one, after a visitor's race."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from serving import Server, free_port, serve

MEGABYTES = 200
"""The web process may take no more."""
PATIENCE = 30
"""Seconds: a bound on failure, not a time that anything takes."""


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, to be ended by it."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    served = serve([*command, "--server.address", "127.0.0.1", "--server.port", str(port)], port, tmp_path / "log")
    yield served
    served.stop()


def race(browser: Any, url: str) -> None:
    """A visitor comes, starts a race and sees it train."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{url}/?steps=100&depth=3&width=8")
    page.wait_for_selector(".live[data-drawn]")
    page.locator(".st-key-start button:visible").click()
    page.locator(".race-status b", has_text="Training").wait_for()
    page.locator(".race-status b", has_text="inished").wait_for()
    context.close()


def workers(server: Server) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.pid).children(recursive=True) if "ipcore.worker" in child.cmdline()]


def test_the_web_process_stays_small_and_never_loads_torch(browser: Any, own_server: Server):
    race(browser, own_server.url)
    process = psutil.Process(own_server.pid)
    assert process.memory_info().rss < MEGABYTES * 2**20
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells which libraries a process has loaded")
    assert not [mapped.path for mapped in process.memory_maps() if "libtorch" in mapped.path]
    assert [mapped.path for worker in workers(own_server) for mapped in worker.memory_maps() if "libtorch" in mapped.path]


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_nothing_survives_the_server(browser: Any, own_server: Server, end: str):
    race(browser, own_server.url)
    left = workers(own_server)
    assert left, "a worker is warm"
    getattr(own_server.process, end)()
    own_server.process.wait(PATIENCE)
    gone, alive = psutil.wait_procs(left, PATIENCE)
    assert len(gone) == len(left) and not alive
