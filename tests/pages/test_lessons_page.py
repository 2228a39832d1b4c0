"""The page "Lessons" as a visitor meets it: nothing is shown before a guess, and a link opens one lesson."""

from __future__ import annotations

from race_pages import MAIN, Races, checked, header, text
from streamlit.testing.v1 import AppTest

from app.lessons.lesson import lessons


def visit(**parameters: str) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=20)
    for name, value in parameters.items():
        page.query_params[name] = value
    return checked(page.switch_page("../pages/lessons.py").run())


def charts(page: AppTest) -> bool:
    return any(each.proto.bytes for each in page.get("bidi_component"))


def test_a_guess_comes_before_what_happens_and_the_next_lesson_after(races: Races) -> None:
    page = visit()
    assert len(page.markdown) == 1, "nothing but the question"
    first, second = lessons()[:2]
    assert page.title[0].value == first.title and not charts(page)
    assert page.button(key="reveal").disabled
    checked(page.radio(key=f"guess_{first.id}").set_value(1).run())
    checked(page.button(key="reveal").click().run())
    assert header(page)["newest"] == 600 and "What happens:" in text(page)
    assert [method["name"] for method in header(page)["methods"]] == ["plain"]
    assert not page.radio
    checked(page.button(key="after").click().run())
    assert page.title[0].value == second.title and not charts(page) and page.query_params == {"lesson": second.id}
    checked(page.button(key="before").click().run())
    assert charts(page), "the guess is kept as long as the tab is open"
    checked(page.button(key="again").click().run())
    assert not charts(page) and races.started == []


def test_every_lesson_can_be_opened_by_its_link_and_guessed_right(races: Races) -> None:
    for lesson in lessons():
        page = visit(lesson=lesson.id)
        assert page.title[0].value == lesson.title
        checked(page.radio(key=f"guess_{lesson.id}").set_value(lesson.answer).run())
        checked(page.button(key="reveal").click().run())
        assert "Your guess is right" in text(page) and charts(page), lesson.id
        (link,) = page.get("page_link")
        assert link.proto.page in ("", "live", "robustness", "neuron")


def test_an_unknown_lesson_opens_the_first(races: Races) -> None:
    assert visit(lesson="<b>").title[0].value == lessons()[0].title
