"""The dashboard started from another folder, by the path of its main file, as a process manager does it."""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from serving import ROOT, Server, free_port
from streamlit import config

from app.front import start
from benchmarks.visits import Visit

STREAMLIT = ["-m", "streamlit", "run", str(ROOT / "app" / "main.py"), "--server.address", "127.0.0.1", "--server.port"]
UVICORN = ["-m", "uvicorn", "--app-dir", str(ROOT), "app.main:app", "--host", "127.0.0.1", "--port"]


@pytest.fixture(scope="module", params=[STREAMLIT, UVICORN], ids=["streamlit", "uvicorn"])
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was started in an empty folder, by someone without settings of their own."""
    folder = tmp_path_factory.mktemp("elsewhere")
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    log_path = folder / "log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *request.param, str(port)],
            cwd=folder,
            env=clean | {"HOME": str(folder), "IPCORE_STORE_DIR": str(folder / "store"), "IPCORE_SLOTS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log_path)
    server.wait()
    yield server
    server.stop()


def test_it_serves_its_files_and_sends_no_statistics(elsewhere: Server) -> None:
    with urllib.request.urlopen(f"{elsewhere.url}/app/static/icon.svg") as icon:
        assert icon.read().startswith(b"<svg")
    with Visit(elsewhere.url) as visit:
        shown = visit.run()
    assert shown.ended == "FINISHED_SUCCESSFULLY" and not shown.exceptions(), elsewhere.log()
    assert not shown.session.config.gather_usage_stats
    theme = shown.session.custom_theme
    assert theme.light.primary_color == "#0B6E75" and theme.dark.sidebar.primary_color == "#2FA5AD"
    assert theme.font_faces and theme.heading_font_sizes
    with urllib.request.urlopen(elsewhere.url) as page:
        assert b'id="opening"' in page.read()


def test_the_body_of_an_answer_follows_its_headers_at_once(elsewhere: Server) -> None:
    """It came 40 ms later, on each connection but for its first answer."""
    server = http.client.HTTPConnection(urlsplit(elsewhere.url).netloc, timeout=20)
    waits = []
    for _ in range(11):
        server.request("GET", "/_stcore/health")
        answer = server.getresponse()
        headers = time.perf_counter()
        assert answer.read()
        waits.append(time.perf_counter() - headers)
    assert statistics.median(waits) < 0.02


def test_an_option_that_someone_set_is_kept_and_one_that_breaks_the_page_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"server.enableStaticServing": False}
    monkeypatch.setattr(start.config, "is_manually_set", given.__contains__)
    monkeypatch.setattr(start.config, "set_option", lambda name, value, where: given.update({name: value}))
    start.prepare()
    assert given["server.enableStaticServing"] is False and given["browser.gatherUsageStats"] is False
    assert given["theme.dark.sidebar.primaryColor"] == "#2FA5AD" and len(given["theme.fontFaces"]) == 2
    assert set(given) <= set(config.get_config_options())
    monkeypatch.setattr(start.st, "get_option", given.get)
    with pytest.raises(ValueError, match=r"enableStaticServing is off, .*STREAMLIT_SERVER_ENABLE_STATIC_SERVING"):
        start.check()
