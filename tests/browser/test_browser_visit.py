"""The dashboard in a real Chromium before a race is started: what a visitor finds."""

from __future__ import annotations

from browser_tab import Tab

from app.race.frames import CHARTS
from app.race.intro import TITLE
from ipcore.config import RunConfig


def test_a_first_visit_shows_a_recording_that_can_be_played(guest: Tab) -> None:
    assert guest.page.title() == "Intrinsic plasticity"
    guest.until("This is a recording of the default race.")
    steps = RunConfig().steps
    guest.until_true("steps => document.querySelector('.live').dataset.drawn == steps", steps)
    assert guest.page.locator(".live-card:visible").count() == len(CHARTS) - 1
    guest.page.evaluate(
        """() => { window.played = []; window.places = new Set(); const root = document.querySelector('.live');
        const note = () => {
          played.push(+root.dataset.drawn)
          places.add(document.querySelector('#root .lead-play').getBoundingClientRect().top)
        };
        note(); played.length = 0;
        new MutationObserver(note).observe(root, { attributeFilter: ['data-drawn'] }) }"""
    )
    guest.page.locator(".live-play").click()
    guest.until_true("() => new Set(played).size > 3")
    played = guest.page.evaluate("() => played")
    assert played[0] <= 1
    assert played == sorted(played)
    guest.page.locator(".live-follow").click()
    guest.until_true("steps => played.at(-1) == steps", steps)
    assert guest.page.evaluate("() => places.size") == 1, "the button stays where it is while it is played"
    guest.until_true("steps => document.querySelector('.live').dataset.drawn == steps", steps)
    guest.until("This is a recording of the default race.")


def test_dark_and_narrow(guest: Tab) -> None:
    def background() -> str:
        return guest.page.evaluate("() => getComputedStyle(document.querySelector('.stApp')).backgroundColor")

    assert background() == "rgb(255, 255, 255)"
    guest.page.emulate_media(color_scheme="dark")
    guest.until_true("() => getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(16, 24, 29)'")
    guest.until_true("() => document.querySelector('.live-loss .live-plot').layout.font.color === '#E7EEF1'")
    guest.page.set_viewport_size({"width": 390, "height": 844})
    guest.until_true("() => document.querySelector('.live-loss .main-svg').clientWidth < 390")
    across = guest.page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.stMain, .stMain *')]
        .filter(box => box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX))
        .map(box => box.className)"""
    )
    assert across == []
    assert guest.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    room, said, all_of_it = guest.page.evaluate(
        "() => ['room', 'finding', 'said'].map(name => document.querySelector(`#root .lead-${name}`).clientHeight)"
    )
    assert said <= room == all_of_it, "the sentence has the room of the longest of its race"
    boxes = guest.page.evaluate(
        """() => [...document.querySelectorAll('.stMain button, .race-status *, .live-card')]
        .filter(box => box.checkVisibility()).map(box => box.getBoundingClientRect())
        .filter(box => box.width).map(box => [box.left, box.right])"""
    )
    assert len(boxes) > 20
    assert all(left >= 0 and right <= 390 for left, right in boxes)
    lines = guest.page.evaluate(
        """() => {
          const line = document.querySelector(".race-status").cloneNode();
          const facts = ["12,000 of 42,000 networks", "", "about 26 s left"]
            .map(fact => `<span class="fact">${fact}</span>`);
          line.innerHTML = `<b>Paused: 21 networks under way will finish, and no others start</b>${facts.join("")}`;
          document.querySelector(".race-status").after(line);
          const heights = [...line.querySelectorAll("span")]
            .map(fact => fact.getClientRects().length && fact.offsetHeight);
          line.remove();
          return heights.map(height => height / parseFloat(getComputedStyle(document.querySelector(".fact")).fontSize));
        }"""
    )
    assert lines[1] == 0 and all(1 < lines[fact] < 2 for fact in (0, 2)), "each fact on one line"


def test_another_tab_of_a_browser_is_another_visitor_of_the_same_owner(guest: Tab) -> None:
    """What the server takes for the owner is what it has a browser keep that has forgotten."""
    kept = "() => [sessionStorage.getItem('visitor'), localStorage.getItem('intrinsic-plasticity-owner')]"
    guest.until_true(f"() => ({kept})().every(Boolean)")
    name, owner = guest.page.evaluate(kept)
    tab = guest.context.new_page()
    tab.goto(guest.page.url)
    tab.wait_for_function("name => ![null, name].includes(sessionStorage.getItem('visitor'))", arg=name)
    tab.locator(".live[data-drawn]").wait_for()
    assert tab.evaluate(kept)[1] == owner
    tab.evaluate("() => localStorage.clear()")
    for page, title in (("Guide", "Guide"), ("Watch networks learn", TITLE)):
        tab.get_by_test_id("stSidebarNav").get_by_role("link", name=page).click()
        tab.locator("h1", has_text=title).wait_for()
    tab.wait_for_function("() => localStorage.getItem('intrinsic-plasticity-owner')")
    assert tab.evaluate(kept)[1] == owner
    tab.close()
