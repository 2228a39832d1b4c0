"""How frames reach a real browser: over their route, and by Streamlit where that is closed."""

from __future__ import annotations

from typing import Any

from browser_tab import Tab

ROUTE = "**/app/frames/**"


def requests(tab: Tab) -> list[str]:
    """The requests for frames from now on."""
    made: list[str] = []
    tab.page.on("request", lambda request: made.append(request.url) if "/app/frames/" in request.url else None)
    return made


def test_a_race_is_followed_over_the_route_and_costs_nothing_unseen_or_at_rest(running: Tab) -> None:
    made = requests(running)
    for _ in range(3):  # the first frame may answer a request that was made before
        running.until_step(running.step() + 1)
    assert made
    running.page.evaluate(
        """() => { Object.defineProperty(document, "hidden", { value: true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange")) }"""
    )
    made.clear()
    running.page.wait_for_timeout(600)
    assert made == []
    running.page.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')) }")
    running.until_step(running.step() + 1)
    running.rest()
    running.page.wait_for_timeout(600)
    made.clear()
    running.page.wait_for_timeout(600)
    assert len(made) <= 1, "a paused race: the server is asked once, and waits"
    running.click("toggle")
    running.until("Training")


def test_a_connection_that_breaks_comes_back(running: Tab) -> None:
    failed: list[str] = []

    def fail_twice(route: Any) -> None:
        if len(failed) < 2:
            failed.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    running.page.route(ROUTE, fail_twice)
    running.page.wait_for_timeout(300)
    running.until_step(running.step() + 50)
    running.page.unroute(ROUTE)
    assert len(failed) == 2
    with running.page.expect_response(ROUTE) as answer:  # it is the route again that brings them
        pass
    assert answer.value.status in (200, 204)
    running.wrong[:] = [problem for problem in running.wrong if "ERR_FAILED" not in problem]


def test_where_the_route_is_closed_frames_come_through_the_component(running: Tab) -> None:
    with running.page.expect_response(lambda answer: answer.status == 404):
        running.page.route(ROUTE, lambda route: route.fulfill(status=404, body="who?"))
    running.until_step(running.step() + 50)
    made = requests(running)
    for _ in range(3):
        running.until_step(running.step() + 1)
    assert made == [], "it does not ask in vain"
    running.page.locator(".live-time input").focus()
    running.page.keyboard.press("Home")
    running.until_true("() => Number(document.querySelector('.live').dataset.drawn) <= 1")
    running.page.locator(".live-follow").click()
    running.rest()
    at = running.step()
    running.until_true("at => Number(document.querySelector('.live').dataset.drawn) === at", at)
    running.page.unroute(ROUTE)
    running.wrong[:] = [problem for problem in running.wrong if "404" not in problem]
