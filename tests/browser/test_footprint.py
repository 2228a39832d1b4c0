"""What the dashboard takes of a machine: the real server, visited and raced on.

That it leaves nothing behind is looked at where a server ends: in test_browser_runs.py and store/test_server_ends.py.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from serving import Server, free_port, serve

from benchmarks.page import WATCH, Transfer

MEGABYTE = 1_000_000
PATIENCE = 120
"""Seconds: a bound on failure, not a time that anything takes."""

TOP_IN_THE_OPENING = """() => document.querySelector("#opening .live[data-sketched]")
    && document.querySelector("#opening .live-loss .live-plot").getBoundingClientRect().top"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A new server that nobody has visited."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    served = serve(command, port, tmp_path_factory.mktemp("server") / "log", IPCORE_SLOTS="1")
    yield served
    served.stop()


def workers(server: Server) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.pid).children(True) if "ipcore.worker" in child.cmdline()]


@pytest.fixture(scope="module")
def first(browser: Any) -> Iterator[Any]:
    """A window of a browser that has been nowhere."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()
    context.close()


def test_a_first_visit_is_light_and_a_second_loads_nothing_of_ours_again(shared: Server, first: Any) -> None:
    """Counts, not times: these are the same on every machine."""
    page = first
    context = page.context
    transfer = Transfer(context.new_cdp_session(page))
    page.add_init_script(WATCH)
    page.goto(shared.url)
    top = page.wait_for_function(TOP_IN_THE_OPENING).json_value()
    page.wait_for_selector("#root .live[data-drawn]")
    assert page.locator("#opening").count() == 0
    assert page.locator(".live-loss .live-plot").bounding_box()["y"] == pytest.approx(top, abs=2), "nothing jumps"
    (ours, our_bytes), (streamlits, its_bytes) = transfer.of(True), transfer.of(False)
    print(f"ours: {ours} requests, {our_bytes:,.0f} bytes; Streamlit's: {streamlits}, {its_bytes:,.0f}")
    assert 5 < ours <= 10
    assert our_bytes < 1.7 * MEGABYTE and our_bytes + its_bytes < 3.5 * MEGABYTE
    assert streamlits <= 110, "more of Streamlit's parts than the page needs"
    seen = page.evaluate("() => ({ ...seen, shift: shifted })")
    assert seen["picture"] < seen["charts"], "the recording is there before the page"
    assert seen["shift"] < 0.1
    transfer.bytes.clear()
    page.reload()
    page.wait_for_selector("#root .live[data-drawn]")
    assert transfer.of(True)[1] < 100_000, "Plotly and our scripts are kept; fonts may be asked for"


SKETCHES = """async () => {
  const files = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/race/all.js")).name
  const { modules } = await import(new URL("../ui/all.js", files).href)
  await import(files)
  const RaceScreen = modules["race/screen.js"].RaceScreen
  const recording = modules["ui/frame.js"].decode(new Uint8Array(await (await fetch(frame)).arrayBuffer()))
  const root = document.createElement("div")
  root.className = "live"
  Object.assign(root.style, { position: "fixed", inset: "0", zIndex: 999999, background: "white" })
  document.body.append(root)
  let load
  const screen = new RaceScreen(root, new Promise((resolve) => { load = resolve }))
  const seen = []
  const look = async (what) => {
    const plot = root.querySelector(".live-loss .live-plot")
    const canvas = plot.querySelector("canvas")
    const pen = canvas.getContext("2d")
    for (let turn = 0; turn < 300; turn += 1) { // until nothing changes any more
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (!screen.drawing && root.dataset.sketched !== undefined && turn > 5) break
    }
    const painted = pen.getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)
    const plotly = Boolean(plot.querySelector(".main-svg"))
    seen.push([what, !canvas.hidden && painted, plotly, "drawn" in root.dataset, plot.data.length])
  }
  const receive = (state) => screen.receive({ data: { ...recording, header: { ...recording.header, state } } })
  const point = (type) => root.querySelector(".live-loss .live-plot").dispatchEvent(new PointerEvent(type))
  receive("finished")
  await look("before Plotly")
  receive("running")
  load(Plotly)
  await look("a race goes on")
  point("pointerenter")
  await look("pointed at")
  point("pointerleave")
  await look("left")
  receive("finished")
  await look("over")
  screen.close()
  root.remove()
  return seen
}"""
"""What the chart of losses shows, in turn: a sketch or not; whether Plotly drew it; whether all is drawn; traces."""


def test_a_chart_is_sketched_until_plotly_comes_and_while_a_race_goes_on(shared: Server, first: Any) -> None:
    if first.url == "about:blank":
        first.goto(shared.url)
    first.wait_for_selector("#root .live[data-drawn]")
    frame = re.search(r"opening-\w+\.frame", first.request.get(shared.url).text())
    assert frame
    folder = first.evaluate("""() => performance.getEntriesByType("resource")
        .find(({ name }) => name.endsWith("/race/all.js")).name.replace("race/all.js", "")""")
    seen = first.evaluate(SKETCHES.replace("fetch(frame)", f"fetch('{folder}{frame[0]}')"))
    traces = seen[0][4]
    assert traces > 3
    assert seen == [
        ["before Plotly", True, False, False, traces],
        ["a race goes on", True, False, True, traces],
        ["pointed at", False, True, True, traces],
        ["left", True, True, True, traces],
        ["over", False, True, True, traces],
    ]


def test_the_web_process_is_small_and_has_no_torch(shared: Server, first: Any) -> None:
    first.goto(f"{shared.url}/?steps=100")
    first.locator(".st-key-start button:visible").click()
    first.locator(".race-status b", has_text="Finished").wait_for()
    process = psutil.Process(shared.pid)
    resident = process.memory_info().rss / MEGABYTE
    print(f"web process after a race: {resident:.0f} MB")
    assert resident < 200
    if not Path("/proc").is_dir():
        pytest.skip("which libraries a process has loaded is read from /proc, which only Linux has")

    def libraries(pid: int) -> str:
        return Path(f"/proc/{pid}/maps").read_text(errors="replace")

    assert "libtorch" not in libraries(process.pid)
    assert all("libtorch" in libraries(worker.pid) for worker in workers(shared)), "so it would be seen"
