"""A race is made, kept, found again, shared, and outlives the server that is killed while it goes on."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from browser_tab import LINK, PATIENCE, SharedContext, Tab
from colours import contrast
from pictures import SLIDE, size_of_png, size_of_svg
from recordings import events
from serving import Server, free_port, serve

from app.store.store import Store
from app.ui.palette import DARK, LIGHT
from ipcore.config import RunConfig
from ipcore.jsonlines import encode

ROW = 35
"""Height of a row of the list, px."""
OPEN = 62
"""Where a row's button to open it is, px from the left."""


def serve_from(folder: Path, port: int, slots: int) -> Server:
    """The dashboard on a store of its own."""
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    return serve(command, port, folder / "log", IPCORE_STORE_DIR=str(folder / "store"), IPCORE_SLOTS=str(slots))


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
    server = serve_from(tmp_path, port, slots=2)
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
            "() => { const { drawn } = document.querySelector('.live').dataset; return drawn > 0 && drawn < 500 }"
        )

        # Somebody else follows it by its link, and can change nothing.
        guest = Tab(browser, address)
        headline(guest.page, "Training")
        assert guest.page.locator(".runs-about", has_text="read-only").count() == 1
        assert guest.page.locator(".st-key-rename, .st-key-delete, .st-key-pin").count() == 0
        seen = shown_step(guest.page)
        guest.page.wait_for_function(
            "seen => +document.querySelector('.race-status .fact')"
            ".textContent.split(' ')[1].replaceAll(',', '') > seen",
            arg=seen,
        )
        for tab in (owner, guest):
            tab.page.goto("about:blank")
            assert [each for each in tab.wrong if "404" not in each] == []  # Streamlit tries its routes on any address
        guest.context.close()

        # The server dies. Of what was saved nothing is lost.
        kept = saved_step(tmp_path, id, least=seen)
        workers = [each for each in psutil.Process(server.pid).children(True) if "ipcore.worker" in each.cmdline()]
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        _, left = psutil.wait_procs(workers, 5)
        assert len(workers) == 2 and not left, "neither the one that trains nor the one in reserve outlives its server"
        server = serve_from(tmp_path, port, slots=1)  # it trains nothing
        page.goto(address)
        page.wait_for_selector(".live[data-drawn]")
        headline(page, "The server stopped while it was under way")
        assert shown_step(page) >= kept
        page.locator(".st-key-rename button").wait_for()
        owner.context.close()
    finally:
        server.stop()


def saved_pictures(page: Any, title: str, folder: Path) -> dict[str, bytes]:
    """What the buttons of a picture save: form -> content."""
    found = {}
    for form in ("png", "svg"):
        page.get_by_label(f"Save this chart or its data: {title}", exact=True).click()
        button = page.get_by_role("button", name=f"Save as {form.upper()}: {title}", exact=True)
        with page.expect_download(timeout=PATIENCE) as download:
            button.click()
        assert download.value.suggested_filename.endswith(f".{form}")
        download.value.save_as(folder / form)
        found[form] = (folder / form).read_bytes()
    return found


def test_still_pictures_are_saved_for_a_slide(server: Server, shared: SharedContext, tmp_path: Path) -> None:
    """Those of a comparison and of Depth: large, on white, their axes named, the same where the page is dark."""
    small = RunConfig(dataset="moons", methods=("plain", "ip"), depth=3, width=8, steps=60)
    recorded = tmp_path / "Small.jsonl"
    recorded.write_text("".join(encode(event) + "\n" for event in events(small)))
    colors: dict[str, set[frozenset[str]]] = {}
    page = shared.page()

    def look(scheme: str) -> None:
        """Has the page light or dark, as the browser is said to prefer it."""
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "color => getComputedStyle(document.querySelector('.stApp')).backgroundColor === color",
            arg={"light": "rgb(255, 255, 255)", "dark": "rgb(16, 24, 29)"}[scheme],
        )

    def check(title: str, said: str) -> None:
        form = saved_pictures(page, title, tmp_path)
        drawing = form["svg"].decode()
        assert size_of_png(form["png"]) == size_of_svg(drawing) == SLIDE and "fill: rgb(255, 255, 255)" in drawing
        assert title in drawing and said in drawing and "plain" in drawing
        colors.setdefault(title, set()).add(frozenset(re.findall(r"rgb\([\d, ]+\)", drawing)))

    page.goto(f"{server.url}/runs")
    page.get_by_role("button", name="Import").click()
    page.locator("input[type=file]").set_input_files(recorded)
    page.locator(".runs-name", has_text="Small").wait_for()
    page.goto(f"{server.url}/runs?compare=default-race,{page.url.partition('run=')[2]}")
    page.locator(".live-loss .live-plot .main-svg, .live-compare_loss .main-svg").first.wait_for()
    for scheme in ("light", "dark"):
        look(scheme)
        page.wait_for_function(
            "paper => document.querySelector('.compare-table').style.getPropertyValue('--paper') === paper",
            arg=DARK if scheme == "dark" else LIGHT,
        )  # the server draws it anew
        check("Training loss", "cross-entropy (nats)")
        check("Gradient by layer", "mean |dL/dW|")
        chosen = "[data-testid=stButtonGroup] [data-selected], .stMain [data-testid=stSliderThumbValue]"
        chosen = f"[...document.querySelectorAll('{chosen}')]"
        texts = page.evaluate(f"{chosen}.map(each => getComputedStyle(each.querySelector('p') ?? each).color)")
        inks = {"#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", text)) for text in texts}
        assert len(texts) == 5 and all(contrast(ink, DARK if scheme == "dark" else LIGHT) >= 4.5 for ink in inks)
        page.get_by_role("slider").press("End")
        page.get_by_text("Snapshots shown: A at step 600, B at step 60.").wait_for()
        page.get_by_role("slider").press("Home")  # draws the charts by layer alone; the page holds no recording
        page.get_by_text(re.compile(r"Snapshots shown: A at step \d, B at step \d\.")).wait_for()
    page.goto(f"{server.url}/depth")
    page.locator(".live-error .main-svg").first.wait_for()
    for scheme in ("dark", "light"):
        look(scheme)
        check("Error on its way down", "RMS dL/dx, last layer = 1")
    page.close()
    assert [len(each) for each in colors.values()] == [1, 1, 1]
