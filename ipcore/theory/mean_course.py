"""What each rule does to one neuron on average: the course without the noise of minibatches, and its vector field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ipcore.config import parse_methods
from ipcore.methods import registry
from ipcore.methods.mathematics.expectation import expected_update
from ipcore.theory.distributions import Distribution

MOST_UPDATES = 2_000
"""Updates of a mean course that are computed, at most: some tenth of a second."""


def vector_field(distribution: Distribution, rule: str, gains: Any, biases: Any, rate: float = 0.01) -> tuple[Any, Any]:
    """Expected change of gain and bias in one update, on a grid: the step for a minibatch as large as the distribution.

    Args:
        distribution: of the input.
        rule: one of :data:`ipcore.config.METHODS`.
        gains: positive, shape (columns,).
        biases: shape (rows,).
        rate: intrinsic rate.

    Returns:
        changes of gain and of bias, each of shape (rows, columns).

    Raises:
        ValueError: if there is no such rule, or a gain is not positive.
    """
    (rule,) = parse_methods([rule])
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
    """The course that a rule takes if every minibatch is as large as the distribution: the one without noise.

    Args:
        distribution: of the input.
        rule: one of :data:`ipcore.config.METHODS`.
        updates: how many have been done at each moment asked for, rising, shape (moments,).
        rate: intrinsic rate.
        gain: at the start.
        bias: at the start.

    Returns:
        gain and bias at those moments, shape (moments, 2). NaN from where the gain is not positive, which happens to
        a rule of unbounded steps where its rate is too large for the input; also after :data:`MOST_UPDATES`, unless
        the neuron is at rest by then.

    Raises:
        ValueError: if there is no such rule.
    """
    (rule,) = parse_methods([rule])
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
