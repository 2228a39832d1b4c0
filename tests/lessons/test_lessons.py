"""Every lesson can be read, its run is shipped with exactly its settings, and comes out as the lesson says."""

from __future__ import annotations

import gzip
import json

import pytest

from app.lessons.lesson import FOLDER, Lesson, lessons, parse
from app.lessons.numbers import of_recording, parse_number
from app.lessons.parts import with_methods
from app.neuron.csv import CHARTS as NEURON_CHARTS
from app.race.csv import CHARTS as RACE_CHARTS
from app.session import known, shipped
from app.session import lessons as session
from app.store.recorded import RACE, SHIPPED
from app.sweep.csv import CHARTS as SWEEP_CHARTS
from ipcore.recordings.files import from_events
from ipcore.recordings.race import Recording

TEXT = (FOLDER / "1-deep-plain.toml").read_text("utf-8")


def test_there_are_eight_in_their_order() -> None:
    assert [lesson.place for lesson in lessons()] == list(range(1, 9))


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.id)
def test_its_run_comes_out_as_it_says(lesson: Lesson) -> None:
    numbers = session.numbers(lesson.id)
    assert [str(each) for each in lesson.expect if not each.holds(numbers)] == [], numbers
    told = lesson.told(numbers)
    assert "{" not in told.replace("$10^{", "") and "unknown" not in told


def test_each_shows_one_or_two_charts_of_its_run() -> None:
    known = {"race": RACE_CHARTS, "sweep": SWEEP_CHARTS, "neuron": NEURON_CHARTS}
    for lesson in lessons():
        assert 1 <= len(lesson.charts) <= 2 and set(lesson.charts) <= set(known[lesson.kind]), lesson.id


@pytest.mark.parametrize("lesson", [each for each in lessons() if each.kind != "neuron"], ids=lambda lesson: lesson.id)
def test_its_link_opens_its_recording(lesson: Lesson) -> None:
    assert session.shipped_for(lesson) in SHIPPED
    shown = session.recording(lesson.id)
    config = shown.config if isinstance(shown, Recording) else shown.sweep.config
    assert not lesson.methods or config.methods == lesson.methods
    assert {number.method for number in lesson.numbers.values()} <= set(config.methods)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("answer = 1", "answer = 4", "answer must be the number of one"),
        ('kind = "race"', 'kind = "film"', "kind must be one of race, sweep, neuron"),
        ("{plain}", "{paris}", "'paris'|paris"),
        ('"accuracy plain"', '"accuracy magic"', "'accuracy magic' is not a number"),
        ('"gradient plain first"', '"gradient plain"', "is not a number of a run"),
        ("at_most = 0.25\n", "", "has no bound"),
        ('number = "plain"', 'number = "paris"', "'paris' is not one of its numbers"),
        ("title = ", "titel = ", "no part 'titel'"),
        ('try = "', 'charts = "', "no part 'charts'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(old: str, new: str, why: str) -> None:
    assert old in TEXT
    with pytest.raises(ValueError, match=why) as error:
        parse("1-deep-plain.toml", TEXT.replace(old, new))
    assert str(error.value).startswith("1-deep-plain.toml: ")


@pytest.mark.parametrize("name", ["deep.toml", "1-Deep.toml", "1-deep.txt"])
def test_the_name_of_a_file_has_its_form(name: str) -> None:
    with pytest.raises(ValueError, match="the name must be"):
        parse(name, TEXT)


def test_a_recording_with_some_of_its_methods_has_their_numbers() -> None:
    with gzip.open(SHIPPED[RACE][1], "rt", encoding="utf-8") as lines:
        part = from_events(with_methods(map(json.loads, lines), ("ip",)))
    whole = shipped.race()
    assert isinstance(part, Recording) and part.config == whole.config.replace(methods=("ip",))
    assert part.step == whole.step and part.state == whole.state and len(part.snapshots) == len(whole.snapshots)
    names = {name: parse_number(name) for name in ("accuracy ip", "gradient ip first", "gradient ip last")}
    assert of_recording(part, names) == of_recording(whole, names)


def test_shipped_settings_are_found_by_themselves_alone() -> None:
    config = shipped.race().config
    assert known.shipped_with(config) == RACE and known.shipped_with(config.replace(depth=16)) is None
