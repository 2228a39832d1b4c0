"""An input of "One neuron" that moves: the same distribution, shifted and stretched."""

from __future__ import annotations

import numpy as np
import pytest

from ipcore.theory.distributions import FAMILIES, Normal, distribution
from ipcore.theory.drift import Moved, rest_of_moved, wander
from ipcore.theory.equilibria import equilibrium


@pytest.mark.parametrize("family", FAMILIES)
def test_a_moved_distribution_is_the_same_one_moved(family: str) -> None:
    base = distribution(family)
    moved = Moved(base, -2.0, 3.0)
    rest, there = equilibrium(base), equilibrium(moved)
    assert rest_of_moved((rest.gain, rest.bias), -2.0, 3.0) == pytest.approx(
        (there.gain, there.bias), rel=1e-6, abs=1e-6
    )
    assert there.information == pytest.approx(rest.information, abs=1e-6)
    assert (moved.mean, moved.median, moved.sd) == pytest.approx((3 * base.mean - 2, 3 * base.median - 2, 3 * base.sd))
    drawn = [each.sample(np.random.default_rng(1), 50) for each in (base, moved)]
    np.testing.assert_allclose(drawn[1], 3 * drawn[0] - 2)


def test_a_moved_normal_is_a_normal() -> None:
    x = np.linspace(-3, 9, 41)
    np.testing.assert_allclose(Moved(Normal(1, 2), 1.0, 0.5).pdf(x), Normal(1.5, 1).pdf(x))


@pytest.mark.parametrize(("shift", "stretch"), [(0, 0), (0, -1), (np.nan, 1), (0, np.inf)])
def test_a_distribution_cannot_be_stretched_to_nothing(shift: float, stretch: float) -> None:
    with pytest.raises(ValueError, match="stretch"):
        Moved(Normal(), shift, stretch)


def test_a_drift_begins_where_the_input_is_and_keeps_within_reach() -> None:
    base = Normal(5, 2)
    assert wander(base, 0.0) == (0.0, 1.0) and wander(base, 3.3, 0.0) == (0.0, 1.0)
    course = np.array([wander(base, seconds) for seconds in np.arange(0, 100, 0.1)])
    middles = course[:, 0] + course[:, 1] * base.median
    assert np.abs(middles - 5).max() == pytest.approx(3, abs=0.01)
    assert (course[:, 1].min(), course[:, 1].max()) == pytest.approx((0.5, 2), abs=0.01)
