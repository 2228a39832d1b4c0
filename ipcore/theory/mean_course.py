"""What each rule does to one neuron on average, without the noise of minibatches: its course and its vector field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ipcore.methods import registry
from ipcore.methods.mathematics.expectation import expected_update
from ipcore.theory.distributions import Distribution
from ipcore.theory.neuron import rules_of_one_neuron

MOST_UPDATES = 2_000
"""Largest number of updates that are computed for a mean course. They take about a tenth of a second."""


def vector_field(distribution: Distribution, rule: str, gains: Any, biases: Any, rate: float = 0.01) -> tuple[Any, Any]:
    """The expected change of gain and bias in one update, on a grid of gains and biases.

    Args:
        distribution: the distribution of the input.
        rule: one of :data:`ipcore.theory.neuron.ONE_NEURON`.
        gains: positive gains, shape (columns,).
        biases: biases, shape (rows,).
        rate: the intrinsic rate.

    Returns:
        The change of the gain and the change of the bias, each of shape (rows, columns).

    Raises:
        ValueError: if there is no such rule of one neuron, or a gain is not positive.
    """
    (rule,) = rules_of_one_neuron([rule])
    columns, rows = np.meshgrid(np.asarray(gains, float), np.asarray(biases, float))
    if not np.all(columns > 0):
        raise ValueError(f"gains must be positive, not {columns.min():g}")
    method = registry.get(rule)
    before = method.start(np.full, (columns.size,)) | {"gain": columns.ravel(), "bias": rows.ravel()}
    after = expected_update(method, distribution, before, rate)
    by_gain, by_bias = (np.reshape(after[name] - before[name], columns.shape) for name in ("gain", "bias"))
    return by_gain, by_bias


def mean_course(
    distribution: Distribution, rule: str, updates: Iterable[int], rate: float, gain: float = 1.0, bias: float = 0.0
) -> np.ndarray:
    """The course of gain and bias under expected updates, which is the course without the noise of minibatches.

    Args:
        distribution: the distribution of the input.
        rule: one of :data:`ipcore.theory.neuron.ONE_NEURON`.
        updates: the numbers of updates after which gain and bias are wanted, ascending, shape (moments,).
        rate: the intrinsic rate.
        gain: the gain at the start.
        bias: the bias at the start.

    Returns:
        Gain and bias at those moments, shape (moments, 2). They are NaN once the gain is not positive, which happens
        if the steps of a rule are unbounded and its rate is too large for the input. They are also NaN after
        :data:`MOST_UPDATES` updates, unless the neuron is at rest by then.

    Raises:
        ValueError: if there is no such rule of one neuron.
    """
    (rule,) = rules_of_one_neuron([rule])
    method, done, course = registry.get(rule), 0, []
    now = method.start(np.full, (1,)) | {"gain": np.array([float(gain)]), "bias": np.array([float(bias)])}
    at_rest = False
    with np.errstate(all="ignore"):
        for wanted in updates:
            while done < min(wanted, MOST_UPDATES) and now["gain"][0] > 0 and not at_rest:
                before, now = now, expected_update(method, distribution, now, rate)
                at_rest = all(abs(now[name][0] - before[name][0]) <= 1e-7 * abs(now[name][0]) for name in now)
                done += 1
            known = now["gain"][0] > 0 and (at_rest or done == wanted)
            course.append([now["gain"][0], now["bias"][0]] if known else [np.nan, np.nan])
    return np.array(course)
