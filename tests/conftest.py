"""Fixtures that several files of tests share: a real browser and the real dashboard to point it at."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import databases
import hypothesis
import pytest
from clusters import Cluster
from serving import BROWSER_VARIABLE, Server, free_port, installed_browser, serve

# Before torch is imported: on small matrices a second thread only waits for the first, longer on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# How long a case takes says nothing on a busy machine.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
# A shell starts what runs in the background deaf to Ctrl-C, and so would be every process that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Nor do tests touch the runs of whoever runs them.
os.environ.pop("DATABASE_URL", None)
_FOLDER = tempfile.TemporaryDirectory(prefix="ipcore-tests-")
os.environ["IPCORE_STORE_DIR"] = _FOLDER.name

REQUIRED_VARIABLE = "IPCORE_REQUIRE_ALL"
"""``1`` makes those tests fail that lack a browser, PostgreSQL or Dask. Default: they are skipped."""
REQUIRED = os.environ.get(REQUIRED_VARIABLE) == "1"
"""Whether a test of NEEDY fails if it is skipped, and all if there is none, as in continuous integration."""
NEEDY = {"browser": "a browser", "cluster": "Dask", "postgres": "PostgreSQL"}
"""Fixtures, and markers of the tests that use them: what a visitor of the repository may not have."""


LONGEST = (
    "project/test_made_up_visits",
    "background/test_runs_shared",
    "store/test_server_ends",
    "front/test_server_start",
    "worker/test_worker_several",
    "recordings/test_importing_sweeps",
    "networks/test_training",
    "cli/test_terminal",
    "executors/test_dask_executor",
    "executors/test_executors",
    "methods/test_methods_from_outside",
    "store/test_kills",
)
"""Files without a browser that take long, the longest last: where two processes share the tests, each takes from one
end, and they are to end together. Those that share a cluster stand together, so that one process starts one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in NEEDY.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(fixture)
    in_browser = {item.path for item in items if item.get_closest_marker("browser")}
    late = {Path(__file__).parent / f"{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (item.path not in in_browser, late.get(item.path, -1)))
    for marker, need in NEEDY.items():
        if REQUIRED and not any(item.get_closest_marker(marker) for item in items):
            raise pytest.UsageError(f"{REQUIRED_VARIABLE} is set, and no test that needs {need} was found")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from both_ends import FromBothEnds

    return FromBothEnds(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if REQUIRED and report.skipped and any(map(item.get_closest_marker, NEEDY)):
        report.outcome, report.longrepr = "failed", f"this test must not be skipped here: {report.longrepr}"
    return report


@pytest.fixture(autouse=True, scope="session")
def settings_of_the_server() -> None:
    """Pages that tests run without a server read Streamlit's settings as a server does."""
    if "streamlit" in sys.modules:
        from app.front import start

        start.prepare()
    if "streamlit.testing.v1" in sys.modules:
        import apptests

        apptests.share()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard as ``make run`` serves it, with two slots and no data in its cache; it can reach nobody.

    All tests that need no server of their own share it: a start costs seconds, most of them for imports.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with socket.socket() as nobody:  # bound, so that no other takes the port; not listening, so that it refuses
        nobody.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        variables = {**dict.fromkeys(names, proxy), "no_proxy": "", "NO_PROXY": "", "IPCORE_SLOTS": "2"}
        folder = tmp_path_factory.mktemp("server")
        served = serve(command, port, folder / "log", IPCORE_DATA_DIR=str(folder / "data"), **variables)
        yield served
        served.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Dask cluster of two workers on this machine. Without Dask, tests are skipped or fail, as those of a browser."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install -r requirements-cluster.txt")
    cluster = Cluster(tmp_path_factory.mktemp("dask"), workers=2)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """An installed Chromium or Chrome, driven by Playwright (a ``playwright.sync_api.Browser``).

    ``IPCORE_BROWSER`` names one that is not in the usual places. Without any, tests are skipped, or fail where
    ``IPCORE_REQUIRE_ALL=1`` says that they must run.
    """
    program = installed_browser()
    if program is None:
        pytest.skip(f"no Chromium or Chrome found; {BROWSER_VARIABLE} can name one")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    quiet += ["--renderer-process-limit=1"]  # for all tabs of a context, which then share what was compiled
    # A window would load two pages for a list below its address bar, which take longer than a small page of ours. The
    # list replaces Playwright's own, so what else of that could disturb a test is named again.
    unwanted = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,PaintHolding,HttpsUpgrades,LensOverlay,OptimizationHints"
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program, args=[*quiet, "--no-first-run", f"--disable-features={unwanted}"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[databases.Postgres]:
    """A PostgreSQL server. Where none is installed, tests are skipped, or fail, as those of a browser."""
    programs = databases.installed()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    server = databases.Postgres(programs)
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where an empty store can be: a folder, and a database of a PostgreSQL server."""
    return tmp_path / "store" if request.param == "sqlite" else request.getfixturevalue("postgres").database()
