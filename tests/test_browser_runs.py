"""A race is made, kept, found again, shared, and outlives the server that is killed while it goes on."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from serving import Server, free_port, serve
from test_browser import LINK, PATIENCE, Tab

from app.store import Store

ROW = 35
"""Height of a row of the list, px."""
OPEN = 62
"""Where a row's button to open it is, px from the left."""


def serve_from(folder: Path, port: int) -> Server:
    """The dashboard on a store of its own."""
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    return serve(command, port, folder / "log", IPCORE_STORE_DIR=str(folder / "store"), IPCORE_SLOTS="1")


def saved_step(folder: Path, id: str, least: int) -> int:
    """Waits until the store holds so many steps of a run; how many it then holds."""
    store = Store(folder / "store")
    deadline = time.monotonic() + PATIENCE / 1000
    while (step := store.get(id).step) < least and time.monotonic() < deadline:
        time.sleep(0.05)
    store.close()
    assert step >= least
    return step


def headline(page: Any, says: str) -> None:
    page.locator(".race-status b", has_text=says).wait_for()


def shown_step(page: Any) -> int:
    """Steps of the run on screen."""
    return int(page.locator(".race-status .fact").first.inner_text().split()[1].replace(",", ""))


def test_a_race_is_kept_shared_and_outlives_its_server(browser: Any, tmp_path: Path) -> None:
    port = free_port()
    server = serve_from(tmp_path, port)
    try:
        owner = Tab(browser, server.url + LINK)
        page = owner.page
        owner.click("start")
        headline(page, "Training")

        # It is in the list while it goes on, and opens from there.
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Runs").click()
        page.locator(".st-key-runs_buttons .runs-line", has_text="3 runs").wait_for()
        table = page.get_by_test_id("stDataFrame")
        table.locator("canvas").first.wait_for()
        box = table.bounding_box()
        page.mouse.click(box["x"] + OPEN, box["y"] + 1.5 * ROW)
        page.wait_for_selector(".live[data-drawn]")
        headline(page, "Training")
        address = page.url
        id = address.partition("?run=")[2]
        assert page.locator(".st-key-rename button").count() == 1

        # The slider looks back while it goes on.
        page.wait_for_function("() => document.querySelector('.live-time input').max >= 2")
        page.evaluate(
            "() => { const slider = document.querySelector('.live-time input'); slider.valueAsNumber = 1;"
            " slider.dispatchEvent(new Event('input')) }"
        )
        page.wait_for_function(
            "() => { const drawn = Number(document.querySelector('.live').dataset.drawn); return drawn > 0 && drawn < 500 }"
        )

        # Somebody else follows it by its link, and can change nothing.
        guest = Tab(browser, address)
        headline(guest.page, "Training")
        assert guest.page.locator(".runs-about", has_text="read-only").count() == 1
        assert guest.page.locator(".st-key-rename, .st-key-delete, .st-key-pin").count() == 0
        seen = shown_step(guest.page)
        guest.page.wait_for_function(
            "seen => Number(document.querySelector('.race-status .fact').textContent.split(' ')[1].replaceAll(',', '')) > seen",
            arg=seen,
        )
        for tab in (owner, guest):
            tab.page.goto("about:blank")
            assert [each for each in tab.wrong if "404" not in each] == []  # on a page's own address Streamlit tries its routes
        guest.context.close()

        # The server dies. Of what was saved nothing is lost.
        kept = saved_step(tmp_path, id, least=seen)
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        server = serve_from(tmp_path, port)
        page.goto(address)
        page.wait_for_selector(".live[data-drawn]")
        headline(page, "The server stopped while it was under way")
        assert shown_step(page) >= kept
        page.locator(".st-key-rename button").wait_for()
        owner.context.close()
    finally:
        server.stop()
