"""What the dashboard takes of a machine, and that it leaves nothing behind: the real server, visited and raced on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from serving import Server, free_port, serve

MEGABYTE = 1_000_000
PATIENCE = 120
"""Seconds: a bound on failure, not a time that anything takes."""


@pytest.fixture
def raced(tmp_path: Path, browser: Any) -> Iterator[Callable[[str, str], Server]]:
    """Starts a server and has a visitor start a race on it, up to a headline."""
    servers: list[Server] = []

    def raced(link: str, until: str) -> Server:
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
        servers.append(serve(command, port, tmp_path / "log", IPCORE_SLOTS="2"))
        page = browser.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(servers[-1].url + link)
        page.locator(".st-key-start button:visible").click()
        page.locator(".race-status b", has_text=until).wait_for()
        page.close()
        return servers[-1]

    yield raced
    for server in servers:
        server.stop()


def workers(server: Server) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.pid).children(True) if "ipcore.worker" in child.cmdline()]


def test_the_web_process_is_small_and_has_no_torch(raced: Callable[[str, str], Server]) -> None:
    server = raced("/?steps=300", "Finished")
    process = psutil.Process(server.pid)
    resident = process.memory_info().rss / MEGABYTE
    print(f"web process after a race: {resident:.0f} MB")
    assert resident < 200
    if not Path("/proc").is_dir():
        pytest.skip("which libraries a process has loaded is read from /proc, which only Linux has")

    def libraries(pid: int) -> str:
        return Path(f"/proc/{pid}/maps").read_text(errors="replace")

    assert "libtorch" not in libraries(process.pid)
    assert all("libtorch" in libraries(worker.pid) for worker in workers(server)), "so it would be seen"


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_no_worker_outlives_the_server(raced: Callable[[str, str], Server], how: str) -> None:
    """Neither the one that trains nor the one in reserve."""
    server = raced("/?dataset=spirals&methods=plain&depth=2&width=8&steps=100000", "Training")
    started = workers(server)
    assert len(started) == 2
    if how == "stop":
        server.stop()
    else:
        server.process.kill()
    _, alive = psutil.wait_procs(started, PATIENCE)
    assert not alive
