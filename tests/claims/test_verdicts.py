"""The rules that turn numbers into verdicts."""

from __future__ import annotations

import math

import pytest

from ipcore.claims.results import Condition, Finding, Word
from ipcore.claims.verdicts import ahead, at_place, not_behind, of_claim, similar
from ipcore.statistics.intervals import Interval, without


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 5)


UNKNOWN = without(0.5, 2)


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0.02, 0.04, "for"),
        (0.001, 0.003, "level"),  # above 0, and too little to matter
        (-0.01, 0.2, "level"),
        (-0.003, -0.001, "level"),
        (-0.04, -0.02, "against"),
    ],
)
def test_ahead_needs_an_interval_above_zero_and_a_margin(low, high, outcome):
    assert ahead(interval(low, high), 0.01) == outcome
    assert ahead(UNKNOWN, 0.01) == "unknown"


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (-0.01, 0.02, "for"),
        (0.01, 0.03, "level"),
        (-0.5, 0.5, "level"),
        (0.03, 0.05, "against"),
        (-0.05, -0.03, "against"),
    ],
)
def test_similar_needs_the_whole_interval_within_the_margin(low, high, outcome):
    assert similar(interval(low, high), 0.02) == outcome
    assert similar(UNKNOWN, 0.02) == "unknown"


@pytest.mark.parametrize(
    ("low", "high", "outcome"), [(-0.01, 0.5, "for"), (-0.03, 0.5, "level"), (-0.05, -0.03, "against")]
)
def test_not_behind_looks_at_one_side_only(low, high, outcome):
    assert not_behind(interval(low, high), 0.02) == outcome
    assert not_behind(UNKNOWN, 0.02) == "unknown"


@pytest.mark.parametrize(
    ("outcomes", "required", "verdict"),
    [
        (["for", "level", "for"], [], "holds"),
        (["for", "for"], ["for"], "holds"),
        (["for", "level"], ["level"], "holds in part"),
        (["for", "against"], [], "holds in part"),
        (["level", "against"], [], "not seen"),
        (["level"], [], "not seen"),
        (["unknown", "for"], [], "holds"),
        (["unknown"], [], "not measured"),
        ([], [], "not measured"),
    ],
)
def test_the_verdict_at_a_place(outcomes, required, verdict):
    assert at_place(outcomes, required) == verdict


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        (["holds", "holds"], "holds"),
        (["holds", "not measured"], "holds"),
        (["holds", "holds in part"], "holds in part"),
        (["holds", "not seen"], "holds in part"),
        (["holds in part"], "holds in part"),
        (["not seen", "not seen"], "not seen"),
        (["not measured"], "not measured"),
        ([], "not measured"),
    ],
)
def test_the_verdict_of_a_claim(verdicts, verdict):
    conditions = [Condition(where="somewhere", verdict=each, words="") for each in verdicts]
    beside = Condition(where="elsewhere", verdict="not seen", words="", decides=False)
    assert of_claim([*conditions, beside]) == verdict


def test_two_seeds_decide_nothing():
    assert math.isnan(UNKNOWN.low) and at_place([ahead(UNKNOWN, 0.0)]) == "not measured"


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["holds", "holds", "not measured"], "fully at 2 of 2 places"),
        (["holds", "holds in part", "not seen"], "fully at 1 of 3 places, in part at 1"),
        (["not measured"], ""),
    ],
)
def test_it_is_counted_at_how_many_places_a_claim_holds(verdicts: list[Word], said: str):
    conditions = [Condition(where=str(at), verdict=each, words="") for at, each in enumerate(verdicts)]
    conditions.append(Condition(where="beside", verdict="holds", words="", decides=False))
    assert Finding(verdict="holds", summary="", conditions=conditions, numbers=[]).counted() == said
