"""Words, axes and pictures of the page "Claims"."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from app.claims import words
from app.claims.axes import axis, label
from app.claims.picture import draw, entries, panels
from app.ui.palette import LOOKS
from ipcore.claims.results import Number, Picture, Series

LINES = Picture(
    title="Accuracy", x="learning rate", y="test accuracy", log_x=True,
    series=[
        Series(name=f"{label}, {start}", x=[0.01, 0.1, 1.0], y=[0.2, None, 0.9], low=[0.1, None, 0.8],
               high=[0.3, None, 1.0], method=method)
        for start in ("Xavier start", "PyTorch's start")
        for method, label in (("plain", "plain"), ("ip", "IP"))
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "log", "low", "high"),
    [
        ([0.3, 0.42], False, 0.3, 0.44),
        ([1.0, 20_000.0], True, 1.0, 1e5),
        ([3.0, 4.0], True, 2.0, 5.0),
        ([5.0, 5.0], True, 5.0, 10.0),
        ([], False, 0.0, 1.0),
        ([None, math.nan], True, 0.0, 1.0),
        ([-3.0, 0.0], True, -3.0, 0.0),
        ([2.0, 2.0], False, 2.0, 2.05),
        ([1e-300, 1e300], True, 1e-300, 1e300),
    ],
)
def test_an_axis_holds_its_numbers_between_its_ticks(values, log, low, high):
    made = axis(values, log)
    assert made.low == pytest.approx(low) and made.high >= high * (1 - 1e-9) and 2 <= len(made.ticks) <= 9
    assert list(made.ticks) == sorted(set(made.ticks)) and made.share(made.low) == 0 and made.share(made.high) == 1
    assert all(0 <= made.share(each) <= 1 for each in values if each is not None and math.isfinite(each))


def test_an_axis_has_the_numbers_themselves_if_they_are_few():
    rates = [0.001, 0.01, 0.1, 0.3, 1.0, 3.0]
    assert axis(rates, True, own_ticks=True).ticks == tuple(rates)


@pytest.mark.parametrize(
    ("y", "ticks"), [("test accuracy", ["0", "0.5", "1"]), ("IP - plain", ["0", "0.5", "1", "1.5"])]
)
def test_the_axis_of_a_fraction_ends_at_1_also_where_an_interval_goes_on(y, ticks):
    series = Series(name="IP", x=[0.1, 1.0], y=[0.9, 0.6], low=[0.8, 0.1], high=[1.0, 1.1], method="ip")
    (drawn,) = draw(Picture(title="", x="rate", y=y, series=[series]), dark=False)
    texts = [
        each.text for each in ElementTree.fromstring(drawn.svg).iter() if each.text and each.get("text-anchor") == "end"
    ]
    assert texts == ticks


@pytest.mark.parametrize(
    ("value", "text"), [(0.001, "0.001"), (1e-6, "10⁻⁶"), (2e7, "2·10⁷"), (10_000, "10,000"), (0, "0"), (-0.5, "-0.5")]
)
def test_numbers_at_an_axis(value, text):
    assert label(value) == text


def test_lines_of_one_method_stand_in_panels_with_the_same_axes():
    first, second = panels(LINES)
    assert (first.title, second.title) == ("Xavier start", "PyTorch's start")
    assert [each.method for each in second.series] == ["plain", "ip"]
    assert entries(LINES) == [("plain", "plain"), ("IP", "ip")]
    drawn = draw(LINES, dark=False)
    ticks = [[each.text for each in ElementTree.fromstring(part.svg).iter() if each.text] for part in drawn]
    assert ticks[0] == ticks[1] and "0.01" in ticks[0]
    assert "Chart: Accuracy, Xavier start" in drawn[0].words


@pytest.mark.parametrize("dark", [False, True])
def test_a_method_has_its_colour_dash_and_marker(dark):
    svg = draw(LINES, dark)[0].svg
    for method in ("plain", "ip"):
        assert LOOKS[method].color[dark] in svg and LOOKS[method].color[not dark] not in svg
    assert 'stroke-dasharray="3,3"' in svg
    assert svg.count("<circle") == 2  # a point that is not known is not drawn


def test_marks_stand_in_rows_with_their_names():
    series = [Series(name="IP", x=["<a>", "b & c"], y=[0.5, None], method="ip")]
    (drawn,) = draw(Picture(title="t", x="input", y="information", series=series), dark=False)
    texts = [each.text for each in ElementTree.fromstring(drawn.svg).iter() if each.text]
    assert texts[:2] == ["<a>", "b & c"] and {"0", "1"} <= set(texts)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [[], [None, None], [0.0, -1.0], [1e-40, 1e40]])
def test_a_picture_of_odd_numbers_is_whole(values, log):
    x = [float(index + 1) for index in range(len(values))]
    series = [Series(name="a", x=x, y=values, low=values, high=values)]
    for drawn in draw(Picture(title="", x="", y="", series=series, log_x=log, log_y=log), dark=True):
        assert "nan" not in drawn.svg and ElementTree.fromstring(drawn.svg) is not None
    assert draw(Picture(title="", x="", y="", series=[]), dark=False) == []


def number(**changes) -> str:
    whole = {"mean": 0.7, "low": 0.68, "high": 0.72, "seeds": 5, "unit": "accuracy"} | changes
    return words.number(Number(name="", place={}, outcome="for", **whole))


def test_numbers_in_words():
    assert number() == "+0.700 [+0.680, +0.720]"
    assert number(unit="factor", mean=3.14, low=2.5, high=4.0) == "× 3.1 [2.5, 4]"
    assert number(low=None) == "+0.700" and number(mean=None) == "not known" and number(seeds=0) == "+0.700, exact"
    assert (
        words.place({"start": "xavier", "depth": 5, "learning_rate": 0.01})
        == "Xavier start, 5 layers, learning rate 0.01"
    )
    assert (
        words.typeset("IP - plain is -0.1 [-0.2, +2.7e+04] for batch-norm")
        == "IP − plain is −0.1 [−0.2, +27,000] for batch-norm"
    )
