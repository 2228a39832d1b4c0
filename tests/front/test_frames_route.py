"""The route for frames, asked as a server asks it: who gets what, who waits, and for how long."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import threading
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from event_loop import run
from starlette.types import Message, Receive, Scope, Send

from app.front import frames
from app.front.frames import THREADS, Frames
from app.race.component import RaceView, from_query
from app.sweep.component import SweepView
from app.sweep.component import from_query as sweep_from_query
from app.ui.feeds import Feeds, FrameCache, View


class Counter:
    """A source whose frame is a number; it can be made to take its time, or to fail."""

    def __init__(self, name: str = "counter", live: bool = True) -> None:
        self.name, self.live, self.number, self.phase = name, live, 0, "running"
        self.takes, self.fails, self.made = 0.0, False, 0

    def stamp(self, view: View) -> str:
        return f"{self.name}-{self.number}-{view.get('step')}"

    def frame(self, view: View) -> bytes:
        self.made += 1
        time.sleep(self.takes)
        if self.fails:
            raise ValueError("no frame today")
        return f"{self.stamp(view)} ".encode() * 100

    def facts(self) -> dict[str, Any]:
        return {"live": self.live, "phase": self.phase}


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Answered:
    """An answer: status, headers, body."""

    def __init__(self, sent: list[Message]) -> None:
        self.status = sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in sent[1:])

    @property
    def known(self) -> dict[str, str]:
        """What the next request says, so that it waits for something else."""
        return {"after": self.headers["frame-stamp"], "facts": self.headers["frame-mark"]}


async def ask(app: Frames, token: str, method: str = "GET", gzip: bool = False, **query: str) -> Answered:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"accept-encoding", b"gzip")] if gzip else []
    scope = {"type": "http", "method": method, "path": f"/base/app/frames/{token}", "headers": headers}
    await app({**scope, "query_string": urlencode(query).encode()}, receive, send)
    return Answered(sent)


@pytest.fixture
def feeds() -> Feeds:
    return Feeds()


@pytest.fixture
def app(feeds: Feeds) -> Frames:
    return Frames(nothing, feeds)


def test_a_feed_answers_with_its_frame_and_with_the_facts_beside_it(app: Frames, feeds: Feeds) -> None:
    assert feeds.served
    source = Counter()
    token = feeds.open(source).token
    plain, packed = run(ask(app, token)), run(ask(app, token, gzip=True, step="7"))
    assert plain.status == packed.status == 200
    assert plain.body == b"counter-0-None " * 100 and gzip.decompress(packed.body) == b"counter-0-7 " * 100
    assert json.loads(plain.headers["frame-facts"]) == source.facts()
    for answer in (plain, packed):
        assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-length"] == str(len(answer.body))
        assert "access-control-allow-origin" not in answer.headers, "pages of other origins read nothing"


def test_without_its_token_nobody_gets_anything_and_other_requests_go_on(app: Frames, feeds: Feeds) -> None:
    first, second = feeds.open(Counter("first")), feeds.open(Counter("second"))
    assert len({first.token, second.token}) == 2 and len(first.token) >= 32
    assert b"second" not in run(ask(app, first.token)).body
    assert run(ask(app, "x" * 32)).status == 410 and not run(ask(app, "x" * 32)).body
    assert run(ask(app, first.token, method="POST")).status == 405
    assert run(ask(app, "../secret")).status == 299 and run(ask(app, "x" * 200)).status == 299
    feeds.close(first.token)
    feeds.close(first.token)
    assert run(ask(app, first.token)).status == 410 and len(feeds) == 1


def test_a_request_waits_until_there_is_something_new(app: Frames, feeds: Feeds) -> None:
    async def work() -> None:
        source = Counter()
        token = feeds.open(source).token
        known = (await ask(app, token)).known
        waiting = asyncio.create_task(ask(app, token, **known))
        await asyncio.sleep(0.25)
        assert not waiting.done() and source.made == 1
        source.number = 1
        answer = await asyncio.wait_for(waiting, 1)
        assert answer.status == 200 and answer.body.startswith(b"counter-1")
        waiting = asyncio.create_task(ask(app, token, **answer.known))
        source.phase = "finished"
        answer = await asyncio.wait_for(waiting, 1.5)
        assert (
            answer.status == 204
            and not answer.body
            and json.loads(answer.headers["frame-facts"])["phase"] == "finished"
        )

    run(work())


def test_the_last_frame_is_never_lost(app: Frames, feeds: Feeds) -> None:
    """The browser asks no more once nothing can change, so what it then has must be the last frame."""

    async def work() -> None:
        source = Counter()
        feed = feeds.open(source)
        known = (await ask(app, feed.token)).known
        feed.next_frame = math.inf  # others have their turns
        source.number, source.phase = 1, "paused"
        told = await asyncio.wait_for(ask(app, feed.token, **known), 1.5)
        assert told.status == 204 and told.headers["frame-stamp"] == known["after"], "it still has the old frame"
        source.number, source.live = 2, False
        last = await asyncio.wait_for(ask(app, feed.token, **told.known), 1.5)
        assert (
            last.status == 200
            and last.body.startswith(b"counter-2")
            and not json.loads(last.headers["frame-facts"])["live"]
        )

    run(work())


def test_the_first_frames_after_a_change_of_phase_do_not_wait_for_their_turn(app: Frames, feeds: Feeds) -> None:
    """With sixty visitors a turn comes every two seconds, and whoever pressed Start would see step 0 for as long."""

    async def work() -> None:
        source = Counter()
        feed = feeds.open(source)
        known = (await ask(app, feed.token)).known
        for number in range(1, 2 * frames.FRESH):
            source.number = number
            waited = feed.next_frame > asyncio.get_running_loop().time()
            assert waited is (number > frames.FRESH), "two more come at once, the others by turns"
            feed.next_frame = min(feed.next_frame, 0.0)
            known = (await asyncio.wait_for(ask(app, feed.token, **known), 1)).known
        source.phase, source.number = "another", 100
        feed.next_frame = 0.0
        await asyncio.wait_for(ask(app, feed.token, **known), 1)
        assert feed.next_frame == 0.0

    run(work())


def test_a_frame_is_never_older_than_the_facts_beside_it(app: Frames, feeds: Feeds) -> None:
    class Ending(Counter):
        """Ends while an answer is being made."""

        def facts(self) -> dict[str, Any]:
            self.number, self.live = 5, False
            return super().facts()

    answer = run(ask(app, feeds.open(Ending()).token))
    assert answer.body.startswith(b"counter-5") and answer.headers["frame-stamp"] == "counter-5-None"


def test_nobody_waits_for_what_cannot_change(app: Frames, feeds: Feeds) -> None:
    token = feeds.open(Counter(live=False)).token
    began = time.monotonic()
    assert run(ask(app, token, **run(ask(app, token)).known)).status == 204
    assert time.monotonic() - began < 2


def test_a_request_is_answered_at_last_and_at_once_when_the_next_one_comes_or_the_visitor_leaves(
    app: Frames, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        feed = feeds.open(Counter())
        known = (await ask(app, feed.token)).known
        earlier = asyncio.create_task(ask(app, feed.token, **known))
        await asyncio.sleep(0)
        later = asyncio.create_task(ask(app, feed.token, **known))
        assert (await asyncio.wait_for(earlier, 1)).status == 204 and not later.done()
        feeds.close(feed.token)
        assert (await asyncio.wait_for(later, 1)).status == 410
        monkeypatch.setattr(frames, "WAIT", 0.2)
        other = feeds.open(Counter())
        known = (await ask(app, other.token)).known
        assert (await asyncio.wait_for(ask(app, other.token, **known), 2)).status == 204

    run(work())


def test_many_visitors_wait_without_threads_and_a_slow_frame_holds_nobody_up(app: Frames, feeds: Feeds) -> None:
    async def work() -> None:
        sources = [Counter(f"visitor{number}") for number in range(120)]
        tokens = [feeds.open(source).token for source in sources]
        known = [(await ask(app, token)).known for token in tokens]
        waiting = [asyncio.create_task(ask(app, token, **each)) for token, each in zip(tokens, known, strict=True)]
        await asyncio.sleep(0.2)
        assert sum(thread.name.startswith("frames") for thread in threading.enumerate()) <= 2 * THREADS
        slow = Counter("slow")
        slow.takes = 1.0
        late = asyncio.create_task(ask(app, feeds.open(slow).token))
        await asyncio.sleep(0)
        for source in sources:
            source.number = 1
        answers = await asyncio.wait_for(asyncio.gather(*waiting), 5)
        assert [answer.status for answer in answers] == [200] * 120 and not late.done()
        await late

    run(work())


def test_viewers_of_one_moment_share_one_frame(app: Frames, feeds: Feeds) -> None:
    async def work() -> None:
        source = Counter("shared")
        source.takes = 0.1
        tokens = [feeds.open(source).token for _ in range(8)]
        answers = await asyncio.gather(*[ask(app, token, gzip=True) for token in tokens])
        assert len({answer.body for answer in answers}) == 1 and source.made == 1

    run(work())


def test_a_frame_that_fails_is_said_and_made_again(app: Frames, feeds: Feeds, caplog: pytest.LogCaptureFixture) -> None:
    source = Counter()
    source.fails = True
    token = feeds.open(source).token
    assert run(ask(app, token, gzip=True)).status == 500 and "no frame today" in caplog.text
    source.fails = False
    assert run(ask(app, token, gzip=True)).status == 200


def test_frames_that_nobody_asks_for_are_dropped_first() -> None:
    cache, made = FrameCache(2), []

    def make(stamp: str) -> bytes:
        return cache.get(stamp, lambda: made.append(stamp) or stamp.encode())

    assert [make(stamp) for stamp in ("a", "b", "a", "c", "a", "b")] == [b"a", b"b", b"a", b"c", b"a", b"b"]
    assert made == ["a", "b", "c", "b"]


def test_what_the_browser_asks_for_is_checked() -> None:
    assert from_query({}) == RaceView() and from_query({"step": "240", "layer": "3"}) == RaceView(240, 3)
    assert sweep_from_query({"run": "a", "point": "4"}) == SweepView("a", 4)
    for nonsense in ("-1", "2.5", "²", "\u0661", "", " 1", "1e3", "nan", "9" * 30, "../x", "<b>"):
        assert from_query({"step": nonsense, "layer": nonsense}) == RaceView()
        assert sweep_from_query({"run": "a", "point": nonsense}) == SweepView()
