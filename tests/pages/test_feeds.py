"""Which feed a page's charts have, what they show, and how long they have it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from race_pages import MAIN, Races, checked, some_steps
from streamlit.testing.v1 import AppTest

from app.session import feeds as session_feeds
from app.session import shipped
from app.session.race.source import RaceSource
from app.ui.feeds import Feeds
from app.ui.frames import unpack


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> Feeds:
    """The feeds of a server whose route for frames is there."""
    feeds = Feeds()
    feeds.served = True
    monkeypatch.setattr(session_feeds, "FEEDS", feeds)
    return feeds


def charts(page: AppTest) -> dict[str, str] | bytes:
    """What the charts of the page were sent: where to ask for frames, or a frame."""
    (found,) = [each.proto for each in page.get("bidi_component") if each.proto.component_name.endswith("race")]
    return found.bytes or json.loads(found.json)


def click(page: AppTest, key: str) -> AppTest:
    return checked(page.button(key=key).click().run())


def test_charts_ask_for_their_frames_and_see_each_run_of_their_visitor(races: Races, feeds: Feeds) -> None:
    page = checked(AppTest.from_file(MAIN, default_timeout=30).run())
    sent = charts(page)
    assert isinstance(sent, dict) and sent["phase"] == ""
    feed = feeds.get(sent["feed"])
    assert feed is not None and feed.source.facts()["live"] is False
    assert unpack(feed.source.frame({}))[0]["newest"] == 600
    assert unpack(feed.source.frame({"step": "0", "layer": "2"}))[0]["layer"] == 2
    assert unpack(feed.source.frame({"layer": "900"}))[0]["layer"] is None, "a layer that this run does not have"

    click(page, "start")
    (own,) = races.started
    started = charts(page)
    assert started["feed"] == sent["feed"] and len(feeds) == 1
    facts = feed.source.facts()
    assert facts["live"] and facts["phase"] == started["phase"] and started["phase"].startswith(f"{own.id} running")
    before = feed.source.stamp({})
    assert feed.source.stamp({"step": "3"}) != before
    some_steps(own.recording, 3)
    assert feed.source.stamp({}) != before and unpack(feed.source.frame({}))[0]["newest"] == 8
    assert feed.source.facts()["status"]["facts"][0].startswith("step 8 of ")
    own.state = "paused"
    assert feed.source.facts()["phase"] != started["phase"], "so the browser has the page drawn anew"


def test_a_run_that_the_page_does_not_show_yet_is_noticed(races: Races, feeds: Feeds) -> None:
    """As when Streamlit stops the script between the start of a run and the note of it."""
    page = click(checked(AppTest.from_file(MAIN, default_timeout=30).run()), "start")
    sent = charts(page)
    unseen = races.start(races.started[0].config, races.started[0].owner, paused=True)
    facts = feeds.get(sent["feed"]).source.facts()
    assert facts["phase"].split()[0] == unseen.id != sent["phase"].split()[0]
    checked(page.run())
    assert charts(page)["phase"].split()[0] == unseen.id


def test_without_the_route_frames_come_through_the_component(races: Races, feeds: Feeds) -> None:
    feeds.served = False
    sent = charts(checked(AppTest.from_file(MAIN, default_timeout=30).run()))
    assert isinstance(sent, bytes) and unpack(sent)[0]["newest"] == 600 and len(feeds) == 0


def test_a_browser_that_cannot_reach_the_route_gets_frames_often(
    monkeypatch: pytest.MonkeyPatch, feeds: Feeds, races: Races
) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(session_feeds, "st", SimpleNamespace(session_state=state))
    assert session_feeds.reachable("charts") and session_feeds.pace("charts", 0.22) == session_feeds.HEARTBEAT
    assert session_feeds.pace("charts", None) is None, "an idle page costs nothing"
    state["charts"] = {"unreachable": True, "step": None}
    assert not session_feeds.reachable("charts") and session_feeds.pace("charts", 0.22) == 0.22
    assert session_feeds.offer("charts", None) is None and len(feeds) == 0


def test_a_feed_ends_with_its_session_and_with_the_page(races: Races, feeds: Feeds) -> None:
    page = checked(AppTest.from_file(MAIN, default_timeout=30).run())
    token = charts(page)["feed"]
    checked(page.switch_page("../pages/neuron.py").run())
    assert feeds.get(token) is None and len(feeds) == 1, "the charts of another page have another"
    seat = session_feeds._Seat("charts", feeds.open(RaceSource(None, shipped.race(), "", "", False, None)))
    seat.release()
    seat.release()
    assert len(feeds) == 1
