"""A walk through the tour and the lessons in a real browser, with times: by a newcomer, from the link of each lesson.

    python -m benchmarks.walk [--phone]

For each lesson, seconds from the opening of its link until the question is there; from the press on *Show what happens*
until the first picture of its run, and until that picture moves (a race and a neuron play by themselves; of a sweep and
of depth the picture stands still, and a dash is printed); whether the page had to be scrolled to the picture, which is
then done as a person would; and whether the outcome says something about the guess. For the tour, whether each of its
five steps points to something that is in the window. It ends with status 1 if a picture took longer than :data:`MOST`,
or anything was missing.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from app.lessons.lesson import lessons
from benchmarks.browser import PATIENCE, dashboard

MOST = 3.0
"""Seconds from a lesson's link, or from a press on its button, to a picture that moves."""
DESK, PHONE = (1440, 900), (390, 844)
MOVES = ("race", "neuron")
"""Kinds of runs that play by themselves."""

PICTURE = "#root .lead-nets .net, #root .live-plot canvas:not([hidden]), #root .live-plot .main-svg"
LOOK = """() => {
  window.drawn = window.moves = null
  window.scrolled = false
  window.pressed = performance.now()
  const moment = () => [...document.querySelectorAll("#root output")].map((each) => each.textContent).join()
  let first
  const seek = () => {
    const lead = document.querySelector("#root .race-lead")
    const cards = [...document.querySelectorAll("#root .live-card .live-plot")]
    const place = lead ? lead.querySelector(".lead-nets") : cards.find((each) => each.checkVisibility())
    if (!place || place.getBoundingClientRect().top < innerHeight - 50) return
    place.scrollIntoView({ block: "center" })
    scrolled = true
  }
  const look = () => {
    if (drawn === null) seek()
    const now = performance.now() - pressed
    if (document.querySelector(`PICTURE`)) {
      drawn ??= now
      first ??= moment()
      if (moment() !== first) moves ??= now
    }
    if (drawn === null || (moves === null && now < 20_000)) requestAnimationFrame(look)
  }
  look()
}""".replace("PICTURE", PICTURE)
"""JavaScript that notes after how many ms a picture is drawn, and after how many it shows another moment. It scrolls
to the picture if that is below the window."""


def take_tour(page: Any, url: str) -> list[str]:
    """Takes the tour with the keyboard; returns what is wrong with it."""
    page.goto(url)
    page.wait_for_selector("#opening", state="detached", timeout=PATIENCE)
    page.locator("#root .lead-tour").click()
    wrong = []
    for number in range(1, 6):
        place = page.locator(".tour-place").inner_text()
        if str(number) not in place:
            wrong.append(f"step {number} says {place!r}")
        page.wait_for_timeout(600)  # it scrolls there
        box = page.evaluate(
            "() => { const box = document.querySelector('.tour-target')?.getBoundingClientRect();"
            " return box && box.bottom > 0 && box.top < innerHeight && box.left > -10 && box.left < innerWidth }"
        )
        if not box:
            wrong.append(f"what step {number} points to is not in the window")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    if page.locator(".tour").count():
        wrong.append("Escape does not close it")
    return wrong


def take_lesson(page: Any, url: str) -> tuple[dict[str, float | None], bool]:
    """Opens the link of a lesson, guesses its first answer, and has it shown.

    Returns:
        Seconds by what was waited for, and whether the page was scrolled to the picture.
    """
    began = time.monotonic()
    page.goto(url)
    page.wait_for_selector("#opening", state="detached", timeout=PATIENCE)
    page.wait_for_selector("#root .stRadio label", timeout=PATIENCE)
    question = time.monotonic() - began
    page.locator("#root .stRadio [role=radiogroup] label").first.click()
    page.locator("#root .st-key-reveal button:enabled").wait_for(timeout=PATIENCE)
    page.evaluate(LOOK)
    page.locator("#root .st-key-reveal button").click()
    page.wait_for_function("() => drawn !== null", timeout=PATIENCE)
    page.wait_for_selector("#root .lesson-verdict", timeout=PATIENCE)
    page.wait_for_timeout(2500)
    drawn, moves, scrolled = page.evaluate("() => [drawn, moves, scrolled]")
    seconds = {"question": question, "picture": drawn / 1000, "moves": None if moves is None else moves / 1000}
    return seconds, scrolled


def main(arguments: list[str]) -> int:
    """Prints the walk; returns the status with which the command ends."""
    width, height = PHONE if "--phone" in arguments else DESK
    bad = 0
    with dashboard() as (browser, server):
        context = browser.new_context(viewport={"width": width, "height": height})
        wrong = take_tour(context.new_page(), server.url)
        print(f"tour of five steps at {width} x {height}: {', '.join(wrong) or 'each points into the window'}")
        print(f"{'lesson, seconds':<44}{'question':>10}{'picture':>10}{'moves':>10}")
        for lesson in lessons():
            context = browser.new_context(viewport={"width": width, "height": height})
            found, scrolled = take_lesson(context.new_page(), f"{server.url}/lessons?lesson={lesson.id}")
            context.close()
            late = max(found["question"] or 0, found["picture"] or 0, found["moves"] or 0) > MOST
            still = lesson.kind in MOVES and found["moves"] is None
            bad += late or still
            numbers = "".join("         –" if value is None else f"{value:10.2f}" for value in found.values())
            besides = f"{' late' * late}{' does not move' * still}{' scrolled' * scrolled}"
            print(f"{lesson.place}. {lesson.title:<41}{numbers}{besides}", flush=True)
    return int(bad > 0 or bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
