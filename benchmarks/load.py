"""A class presses Start: many visitors with a live race each, on a server that is started for them on this machine.

    python -m benchmarks.load [--visitors 60] [--minutes 5] [--arrive 10] [--same]

Each visitor loads the front page, presses Start within the seconds of ``--arrive``, and then asks for frames as a
browser does. Races are of ``--steps`` steps, each with a seed of its own, or all the same with ``--same``; a visitor
whose race has ended starts the next. Meanwhile somebody new loads the page every few seconds. Printed are percentiles
in milliseconds, errors, and the memory of the web process. What these visitors themselves take of the processor is
part of the load.

* *page*: from the request for the page until its script has drawn everything.
* *Start*: from the click until the page has been drawn anew.
* *first point*: from the click until a frame shows a step.
* *frame*: the newest frame, asked for every four seconds beside those that come by themselves.
* *interval*: seconds between two frames that came by themselves.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import struct
import sys
import tempfile
import threading
import time
import traceback
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import psutil

from app.session.feeds import HEARTBEAT
from app.store.schema import FOLDER_VARIABLE
from benchmarks.visits import Shown, Visit, state
from tests.helpers.serving import Server, free_port, serve

NEWCOMER = 5.0
"""Seconds between two who only load the page."""
MEMORY_EVERY = 5.0
"""Seconds between two looks at the memory."""
LOADING = 0.25
"""Seconds between two visitors who open the page."""
ASK_EVERY = 4.0
"""Seconds between two questions of a visitor for the newest frame, which no browser asks: they are load of ours."""
WARM = 15.0
"""Seconds after the first visit until all workers are warm."""


@dataclass
class Figures:
    """What was measured, from many threads.

    Args:
        times: seconds by kind.
        errors: a sentence on each error.
        memory: seconds since the start and bytes of the web process, and of its workers together.
    """

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, int, int]] = field(default_factory=list)

    def add(self, kind: str, seconds: float) -> None:
        """Adds a time."""
        self.times.setdefault(kind, []).append(seconds)


class Visitor(threading.Thread):
    """One browser tab: loads the page, presses Start, and looks at the charts until the end.

    Args:
        url: the server.
        settings: what the address of the page says.
        figures: what takes the times.
        press_at: when to press Start, on the clock of ``time.monotonic``; never if that is after the end.
        ends: when to close the tab.
    """

    def __init__(self, url: str, settings: dict[str, object], figures: Figures, press_at: float, ends: float) -> None:
        super().__init__(daemon=True)
        self._url, self._settings, self._figures, self._press_at, self._ends = url, settings, figures, press_at, ends
        self._pressed = 0.0

    def run(self) -> None:
        try:
            self._visit()
        except Exception as error:
            self._figures.errors.append("".join(traceback.format_exception_only(error)).strip())

    def _visit(self) -> None:
        began, query = time.monotonic(), urlencode(self._settings)
        with urllib.request.urlopen(f"{self._url}/?{query}", timeout=60) as answer:
            answer.read()
        self._figures.add("document", time.monotonic() - began)
        with Visit(self._url) as visit:
            self._figures.add("connected", time.monotonic() - began)
            shown = visit.run(query)
            self._check(shown)
            self._figures.add("page", time.monotonic() - began)
            if self._press_at > self._ends:
                return
            time.sleep(max(0.0, self._press_at - time.monotonic()))
            while time.monotonic() < self._ends:
                shown = self._start(visit, query, shown)
                self._watch(visit, query, feed_of(shown), shown.fragments)

    def _check(self, shown: Shown) -> None:
        if shown.ended != "FINISHED_SUCCESSFULLY" or shown.exceptions():
            raise RuntimeError(f"the page ended as {shown.ended} with {shown.exceptions()}")

    def _start(self, visit: Visit, query: str, shown: Shown) -> Shown:
        button = next(
            each.button for each in shown.elements if each.HasField("button") and "Start" in each.button.label
        )
        self._pressed = time.monotonic()
        shown = visit.run(query, states=[state(button.id, trigger_value=True)])
        self._check(shown)
        self._figures.add("Start", time.monotonic() - self._pressed)
        return shown

    def _watch(self, visit: Visit, query: str, token: str, fragments: list[str]) -> None:
        """Asks for frames until the race is over, or time is up."""
        server = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=60)
        stamp = mark = ""
        last = asked = beat = time.monotonic()
        seen = False
        while (now := time.monotonic()) < self._ends:
            if now - asked >= ASK_EVERY:
                asked = now
                ask(server, token, "", "")
                self._figures.add("frame", time.monotonic() - now)
            status, headers, body = ask(server, token, stamp, mark)
            if status == 410:
                raise RuntimeError("the feed of a page that is open is gone")
            stamp, mark = headers["frame-stamp"], headers["frame-mark"]
            if status == 200:
                now = time.monotonic()
                self._figures.add("interval", now - last)
                last = now
                if not seen and step_of(body) > 0:
                    seen = True
                    self._figures.add("first point", now - self._pressed)
            if seen and not json.loads(headers["frame-facts"])["live"]:
                return
            if time.monotonic() - beat >= HEARTBEAT:
                beat = time.monotonic()
                for fragment in fragments:
                    visit.run(query, fragment=fragment)


def ask(server: http.client.HTTPConnection, token: str, stamp: str, mark: str) -> tuple[int, dict[str, str], bytes]:
    """Asks for the frame of a feed: status, headers with small letters, and body."""
    path = f"/app/frames/{token}?{urlencode({'after': stamp, 'facts': mark})}"
    try:
        server.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = server.getresponse()
    except ConnectionResetError:  # a connection that nothing was asked on for a while; browsers ask again
        server.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = server.getresponse()
    body = answer.read()
    if answer.status not in (200, 204, 410):
        raise RuntimeError(f"a frame was answered with {answer.status}")
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def step_of(frame: bytes) -> int:
    """The newest step that a frame shows."""
    frame = gzip.decompress(frame)
    (length,) = struct.unpack_from("<I", frame)
    return int(json.loads(frame[4 : 4 + length])["newest"])


def feed_of(shown: Shown) -> str:
    """The token of the feed that a page gave its charts."""
    for element in reversed(shown.elements):
        if element.HasField("bidi_component"):
            for text in (element.bidi_component.json, element.bidi_component.mixed.json):
                if text and isinstance(found := json.loads(text), dict) and "feed" in found:
                    return str(found["feed"])
    raise RuntimeError("the page has no feed for its charts")


def warm_up(url: str) -> None:
    """Pays a first visit, and waits until the workers that the server then starts are warm."""
    with Visit(url) as visit:
        visit.run()
    time.sleep(WARM)


def look_at_memory(server: Server, figures: Figures, began: float, ends: float) -> None:
    """Notes the memory of the server until the end."""
    web = psutil.Process(server.pid)
    while time.monotonic() < ends:
        workers = sum(child.memory_info().rss for child in web.children(recursive=True))
        figures.memory.append((time.monotonic() - began, web.memory_info().rss, workers))
        time.sleep(MEMORY_EVERY)


def measure(visitors: int, seconds: float, arrive: float, steps: int, same: bool) -> Figures:
    """Pays the visits.

    Args:
        visitors: how many there are.
        seconds: how long they stay.
        arrive: seconds over which they press Start.
        steps: of their races.
        same: whether all races are the same.
    """
    figures, port = Figures(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(port)]
        options = ["--server.headless", "true", "--server.address", "127.0.0.1"]
        server = serve([*command, *options], port, Path(folder) / "log", **{FOLDER_VARIABLE: folder})
        try:
            warm_up(server.url)
            began = time.monotonic()
            ends = began + seconds
            watcher = threading.Thread(target=look_at_memory, args=(server, figures, began, ends), daemon=True)
            watcher.start()
            loading = visitors * LOADING
            tabs = []
            for number in range(visitors):
                settings = {"steps": steps, "first_seed": 0 if same else number}
                press_at = began + loading + arrive * number / visitors
                tabs.append(Visitor(server.url, settings, figures, press_at, ends))
                tabs[-1].start()
                time.sleep(loading / visitors)
            while time.monotonic() + NEWCOMER < ends:
                newcomer = Visitor(server.url, {}, figures, ends + 1, ends)
                newcomer.start()
                time.sleep(NEWCOMER)
            for tab in tabs:
                tab.join(120)
            watcher.join(MEMORY_EVERY + 1)
            if "Traceback" in (log := server.log(10_000)):
                figures.errors.append(log[-2000:])
        finally:
            server.stop()
    return figures


def main() -> None:
    """Measures, and prints what was found."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.load", description=(__doc__ or "").splitlines()[0])
    options.add_argument("--visitors", type=int, default=60)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--arrive", type=float, default=10.0, help="seconds over which they press Start")
    options.add_argument("--steps", type=int, default=100_000)
    options.add_argument("--same", action="store_true", help="all races have the same settings")
    chosen = options.parse_args()
    found = measure(chosen.visitors, 60 * chosen.minutes, chosen.arrive, chosen.steps, chosen.same)
    print(f"{chosen.visitors} visitors for {chosen.minutes:g} min, {'the same race' if chosen.same else 'each a race'}")
    print(f"{'ms':<12}{'count':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'most':>8}")
    for kind in ("document", "connected", "page", "Start", "first point", "frame", "interval"):
        times = 1000 * np.array(found.times.get(kind) or [np.nan])
        quantiles = "".join(f"{value:8.0f}" for value in (*np.percentile(times, (50, 95, 99)), times.max()))
        print(f"{kind:<12}{len(times):8}{quantiles}")
    print(f"errors: {len(found.errors)}")
    for error in sorted(set(found.errors))[:5]:
        print(f"  {error[:300]}")
    for at in (0.0, 60.0, 60 * chosen.minutes):
        seconds, web, workers = min(found.memory, key=lambda each: abs(each[0] - at))
        print(f"memory after {seconds:4.0f} s: web process {web / 2**20:.0f} MB, workers {workers / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
