"""When an accuracy counts as chance."""

from __future__ import annotations

import numpy as np
import pytest

from ipcore.statistics.chance import at_chance, chance_bound


def test_the_bound_is_the_upper_end_of_the_binomial_interval_around_guessing():
    assert chance_bound(1000, 10) == pytest.approx(0.1 + 1.96 * np.sqrt(0.1 * 0.9 / 1000))
    assert chance_bound(500, 2) == pytest.approx(0.5 + 1.96 * np.sqrt(0.25 / 500))


@pytest.mark.parametrize(("accuracy", "is_at_chance"), [(0.0, True), (0.1, True), (0.118, True), (0.119, False)])
def test_accuracies_on_a_thousand_digits(accuracy, is_at_chance):
    assert at_chance(accuracy, 1000, 10) is is_at_chance


def test_guessing_comes_above_the_bound_about_once_in_forty_times():
    right = np.random.default_rng(0).binomial(1000, 0.1, 20_000)
    share = np.mean([not at_chance(each / 1000, 1000, 10) for each in right])
    assert 0.015 < share < 0.035


def test_the_fewer_the_examples_the_wider_the_interval():
    assert at_chance(0.13, 250, 10) and not at_chance(0.13, 1000, 10)
