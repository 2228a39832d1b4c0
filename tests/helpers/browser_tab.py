"""A tab of a real browser on the dashboard."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATIENCE = 120_000
"""Milliseconds: a bound on failure, not a time that anything takes."""
KEYS = {"s": "start", "p": "toggle", "o": "step1", "t": "step10", "b": "reset", "n": "new_seed"}
LINK = "?dataset=spirals&methods=plain,ip&depth=3&width=8&steps=100000"
"""A small race that lasts as long as a test wants it to."""
SIZE = {"width": 1440, "height": 900}
"""The window of a tab, unless it says another, px."""


class SharedContext:
    """A context of the browser for tabs of many tests, in which a page loads in half the time.

    Chromium has one process for all tabs of a context and a site, if told so by ``--renderer-process-limit=1``, and a
    script that one of them has compiled is compiled for the next. A first tab, on a page without scripts, keeps the
    process. All tabs that are open at a time are those of one visitor's browser.
    """

    def __init__(self, browser: Any, url: str) -> None:
        self.context = browser.new_context(viewport=SIZE, bypass_csp=True)
        self._first = self.context.new_page()
        self._first.goto(f"{url}/_stcore/health")

    def page(self, calm: bool = False, **size: int) -> Any:
        """A new tab with a window of this width and height; a calm one asks for no motion."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        if calm:
            page.emulate_media(reduced_motion="reduce")
        page.set_viewport_size(SIZE | size)
        return page

    def forget(self) -> None:
        """Who opens the next tab is somebody else. Call it when all tabs are closed."""
        self._first.evaluate("() => localStorage.clear()")


class Tab:
    """A browser tab on the dashboard. Nothing may go wrong in it; it asks no other host.

    Args:
        browser: where a context of its own is made for it: it is the tab of a visitor of its own.
        url: what it opens.
        shared: the context that it is in instead.
        calm: whether it asks for no motion, in a context that is shared. What always moves on the front page takes a
            tenth of a core.
        options: of the context; of a shared one only ``viewport``, which is the tab's.
    """

    def __init__(
        self, browser: Any, url: str, shared: SharedContext | None = None, calm: bool = False, **options: Any
    ) -> None:
        self.shared = shared
        if shared:
            self.context, self.page = shared.context, shared.page(calm, **options.pop("viewport", {}))
            assert not options
        else:
            self.context = browser.new_context(**{"viewport": SIZE, "bypass_csp": True} | options)
            self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.wrong: list[str] = []
        self.opened_at = url
        self.page.on("pageerror", lambda error: self._note(error.stack or error))
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        self.context.on("request", self._look_at)
        self.open(url)

    def _note(self, problem: Any) -> None:
        self.wrong.append(f"{problem} (in the tab opened at {self.opened_at}, now at {self.page.url})")

    def _look_at(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self._note(f"asked {request.url}")

    def open(self, url: str) -> None:
        """Goes to a page and waits until its charts are drawn."""
        self.page.goto(url)
        self.page.wait_for_selector(".live[data-drawn]")

    def close(self) -> None:
        """Closes it, and its context if that is its own."""
        self.context.remove_listener("request", self._look_at)
        if self.shared:
            self.page.close()
        else:
            self.context.close()

    def click(self, button: str) -> None:
        self.page.locator(f".st-key-{button} button:visible").click()

    def press(self, key: str) -> None:
        """A key whose button can be pressed, with the focus on nothing that takes letters."""
        self.page.locator(f".st-key-{KEYS[key]} button:enabled:visible").wait_for()
        self.page.locator("h1").click()
        self.page.keyboard.press(key)

    def until(self, says: str) -> None:
        """Waits for a headline that begins so."""
        wanted = self.page.locator(".race-status b", has_text=re.compile(f"^{re.escape(says)}"))
        try:
            wanted.wait_for()
        except Exception as error:
            there = self.page.locator(".race-status").all_inner_texts()
            raise AssertionError(f"waited for {says!r}, but the page says {there}") from error

    def until_true(self, expression: str, argument: Any = None) -> None:
        """Waits for it. What is not there is not true yet: on a busy machine charts may be gone for a moment."""
        self.page.wait_for_function(
            f"argument => {{ try {{ return ({expression})(argument) }} catch {{ }} }}", arg=argument
        )

    def until_step(self, least: int) -> None:
        """Waits until the run has come so far, on the counter and in the chart of losses."""
        self.until_true(
            """least => Number(document.querySelector('.race-status .fact').textContent.match(/[\\d,]+/)?.[0]
            .replaceAll(',', '')) >= least && Number(document.querySelector('.live-loss').dataset.step) >= least""",
            least,
        )

    def fact(self) -> str:
        return self.page.locator(".race-status .fact").first.inner_text()

    def step(self) -> int:
        """The counter's."""
        found = re.search(r"step ([\d,]+)", self.fact())
        assert found, self.fact()
        return int(found[1].replace(",", ""))

    def drawn(self) -> int:
        """The moment that the charts show."""
        return int(self.page.locator(".live[data-drawn]").get_attribute("data-drawn"))

    def setting(self, name: str) -> str | None:
        """What the URL says of a setting."""
        return parse_qs(urlsplit(self.page.url).query).get(name, [None])[0]

    def plot(self, chart: str, of_it: str) -> Any:
        """Something of what Plotly drew: an expression of ``plot``."""
        self.until_true(f"() => document.querySelector('.live-{chart} .live-plot').data")
        return self.page.evaluate(
            f"() => {{ const plot = document.querySelector('.live-{chart} .live-plot'); return {of_it} }}"
        )

    def values(self, chart: str) -> list[list[float]]:
        """The curve of each method."""
        return self.plot(chart, "plot.data.filter(trace => trace.name).map(trace => Array.from(trace.y))")

    def start(self) -> None:
        """Has a new run train from step 0, with the settings shown."""
        if self.page.locator(
            ".race-status b", has_text=re.compile("^(This is a recording of|Nothing is recorded|Paused at step 0)")
        ).count():
            self.click("step1")  # so that it can be seen when the reset is done
            self.until("Paused at step 1")
        self.click("reset")
        self.until("Paused at step 0")
        self.click("start")
        self.until("Training")

    def trains(self) -> bool:
        return self.page.locator(".race-status b", has_text="Training").count() > 0

    def rest(self) -> None:
        """Has no run train, so that the machine is free to load a page."""
        if self.trains():
            self.click("toggle")
            self.until("Paused")

    def come_back(self, url: str) -> None:
        """Loads a page anew, in the same tab, which brings the run along, if there is one."""
        no_run = re.compile("^(This is a recording of|Nothing is recorded)")
        recording = self.page.locator(".race-status b", has_text=no_run)
        had_run = not recording.count()
        self.open(url)
        if had_run:
            recording.wait_for(state="detached")
