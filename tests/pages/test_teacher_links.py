"""Teacher's links on the pages: what they lock, leave out and say, and the way out."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from race_pages import MAIN, Races, checked, header, text
from streamlit.testing.v1 import AppTest

from app.lessons.lesson import lessons
from app.ui.teacher_link import LOCKED


def visit(query: str, name: str = "live", page: AppTest | None = None) -> AppTest:
    page = page or AppTest.from_file(MAIN, default_timeout=20)
    page.query_params.clear()
    for key, value in parse_qsl(query):
        page.query_params[key] = value
    return checked(page.switch_page(f"../pages/{name}.py").run())


def keys(page: AppTest) -> set[str]:
    """The keys of the widgets of the page that hold a setting."""
    kinds = ("slider", "select_slider", "selectbox", "pills", "number_input", "toggle", "multiselect", "button_group")
    return {each.key for kind in kinds for each in page.get(kind) if each.key}


def widget(page: AppTest, key: str) -> Any:
    return next(
        each
        for kind in ("slider", "select_slider", "selectbox", "number_input", "button_group")
        for each in page.get(kind)
        if each.key == key
    )


def address(page: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in page.query_params.items()}


LINK = "depth=7&controls=dataset,depth,learning_rate&lock=depth&show=accuracy"


def test_a_race_shows_what_the_link_says_and_has_a_way_out(races: Races) -> None:
    page = visit(LINK)
    assert keys(page) == {"learning_rate", "depth", "dataset"}
    depth = widget(page, "depth")
    assert depth.disabled and depth.value == 7 and LOCKED in depth.label
    assert not widget(page, "learning_rate").disabled and not page.warning
    assert {each.value for each in page.subheader} >= {"Change any time", "Takes effect at the next start"}
    assert not [each for each in page.expander if each.label == "More settings"]
    assert ".live-card.live-loss, " in text(page) and ".live-card.live-accuracy" not in text(page)
    assert ", .race-lead { display: none; }" in text(page)
    assert address(page) == dict(parse_qsl(LINK)), "the address keeps it"
    checked(page.button(key="start").click().run())
    assert races.started[0].config.depth == 7
    assert keys(page) == {"learning_rate", "depth", "dataset"}, "nor is it lost by a click"
    checked(page.button(key="show_all_controls").click().run())
    assert address(page) == {"depth": "7"} and {"methods", "steps", "optimizer"} < keys(page)
    assert not widget(page, "depth").disabled and ".race-lead { display: none; }" not in text(page)
    assert header(page)["depth"] == 7 and len(races.started) == 1, "the race on screen stays there"


def test_without_any_control_a_race_can_still_be_started(races: Races) -> None:
    page = visit("steps=200&controls=none&lock=nonsense")
    assert keys(page) == set() and "nonsense" in page.warning[0].value
    assert "Change any time" not in {each.value for each in page.subheader}
    checked(page.button(key="start").click().run())
    checked(page.run())
    assert [race.config.steps for race in races.started] == [200]
    assert address(page) == {"steps": "200", "controls": "none"}
    visit("", "guide", page)
    page = visit("", page=page)
    assert keys(page) == set() and address(page) == {"steps": "200", "controls": "none"}, "back, it is as it was left"


@pytest.mark.parametrize(
    ("name", "query"), [("neuron", "mean=2.5&methods=ip"), ("robustness", "over=batch_size&depth=7")]
)
def test_back_on_a_page_that_draws_some_widgets_only_its_settings_are_as_they_were(
    races: Races, name: str, query: str
) -> None:
    page = visit(query, name)
    before = address(page)
    assert before == dict(parse_qsl(query))
    assert address(visit("", name, visit("", "guide", page))) == before


def test_controls_can_disappear_while_the_page_is_open(races: Races) -> None:
    page = visit("steps=200")
    assert "steps" in keys(page)
    page = visit("steps=200&controls=none", page=page)
    checked(page.button(key="start").click().run())
    assert races.started[0].config.steps == 200 and keys(page) == set()


def test_buttons_change_nothing_that_is_locked_or_left_out(races: Races) -> None:
    page = visit("lock=all")
    assert page.button(key="new_seed").disabled and page.button(key="best_start").disabled
    assert all(widget(page, key).disabled for key in keys(page))
    assert "usual_rate" not in {each.key for each in page.button}
    page = visit("controls=learning_rate")
    assert not page.button(key="new_seed").disabled and page.button(key="best_start").disabled


def test_a_link_that_only_locks_has_the_settings_of_a_first_visit(races: Races) -> None:
    page = visit("depth=7")
    assert widget(page, "depth").value == 7
    page = visit("lock=depth", page=visit("", "guide", page))
    assert widget(page, "depth").value == 15


def test_a_moment_stays_in_the_address_until_the_settings_are_others(races: Races) -> None:
    page = visit("step=300")
    assert not page.warning and address(page) == {"step": "300"}
    checked(widget(page, "depth").set_value(3).run())
    assert address(page) == {"depth": "3"}
    page = visit("step=-1")
    assert "step must be a whole number" in page.warning[0].value and address(page) == {}


@pytest.mark.parametrize(
    ("name", "query", "shown", "locked"),
    [
        (
            "neuron",
            "controls=distribution,batch_size&lock=distribution",
            {"batch_size", "distribution"},
            "distribution",
        ),
        ("depth", "controls=depth,weight_scale&lock=weight_scale", {"depth", "weight_scale"}, "weight_scale"),
        ("robustness", "controls=over,seeds&lock=seeds", {"seeds", "over_0", "over_1"}, "seeds"),
    ],
)
def test_other_pages_likewise(races: Races, name: str, query: str, shown: set[str], locked: str) -> None:
    page = visit(query, name)
    prefix = {"neuron": "neuron_", "depth": "depth_page_", "robustness": "sweep_"}[name]
    assert {key.removeprefix(prefix) for key in keys(page)} == shown
    assert {key.removeprefix(prefix) for key in keys(page) if widget(page, key).disabled} == {locked}
    assert address(page) == dict(parse_qsl(query)) and not page.warning
    page = visit("lock=nothing&show=nothing", name)
    assert page.warning[0].value.count("nothing") == 2 and len(keys(page)) > len(shown)


def test_charts_of_the_server_are_not_drawn(races: Races) -> None:
    page = visit("show=scales", "depth")
    stills = [each.proto.id for each in page.get("bidi_component") if "card_" in each.proto.id]
    assert len(stills) == 1 and "card_scales" in stills[0]
    assert ".stColumn:has(.st-key-card_multipliers)" in text(page)
    page = visit("show=lines", "robustness")
    assert "Summary" not in {each.value for each in page.subheader}


def test_claims_and_lessons(races: Races) -> None:
    page = visit("show=C3", "claims")
    assert [each.key for each in page.button if each.key.startswith("see_")] and "claim-C1" not in text(page)
    page = visit("show=C9", "claims")
    assert "'C9' in show" in page.warning[0].value.replace("\\", "")
    lesson = lessons()[1]
    page = visit(f"lesson={lesson.id}&controls=none&show={lesson.charts[0]}", "lessons")
    assert page.title[0].value == lesson.title and not [each for each in page.button if each.key.startswith("open_")]
    assert not [each for each in page.button if each.key in ("before", "after")]
    assert f".live-card.live-{lesson.charts[1]}" in text(page)
    checked(page.button(key="show_all_controls").click().run())
    assert [each for each in page.button if each.key == "after"] and address(page) == {"lesson": lesson.id}
    page = visit("lesson=none&lock=contents", "lessons")
    assert "there is no lesson" in page.warning[0].value and page.button(key=f"open_{lesson.id}").disabled
