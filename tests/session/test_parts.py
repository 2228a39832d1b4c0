"""The charts that a teacher's link can name are those that pages have, under the titles that they have there."""

from __future__ import annotations

import re

import pytest

from app.neuron.csv import CHARTS as NEURON
from app.race.csv import CHARTS as RACE
from app.session import parts
from app.session.links import LATEST_MOMENT, moment
from app.sweep.csv import CHARTS as SWEEP
from app.ui.modules import STATIC


@pytest.mark.parametrize(
    ("titles", "room", "names", "more"),
    [
        (parts.RACE, "race", RACE, {"networks"}),
        (parts.NEURON, "neuron", NEURON, {"numbers"}),
        (parts.SWEEP, "sweep", SWEEP, {"summary"}),
    ],
)
def test_they_are_the_charts_of_the_page(titles, room, names, more) -> None:
    assert set(titles) == {*names, *more}
    source = (STATIC / room / "charts.js").read_text("utf-8")
    there = dict(re.findall(r'^  (\w+): \{\n    title: "(.+)",$', source, re.MULTILINE))
    assert list(there) == [name for name in titles if name not in more], "in their order"
    assert all(titles[name].startswith(title) for name, title in there.items())


@pytest.mark.parametrize("text", ["-1", "1.5", "", "ten", "9" * 12, "٣", str(LATEST_MOMENT + 1)])
def test_a_moment_is_a_whole_number(text: str) -> None:
    found, (notice,) = moment({"step": text})
    assert found == {} and notice.startswith("step must be a whole number from 0 to ")


def test_a_moment_is_read() -> None:
    assert moment({"step": "0300"}) == ({"step": "300"}, []) and moment({"steps": "5"}) == ({}, [])
