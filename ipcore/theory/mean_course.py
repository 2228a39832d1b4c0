"""What each rule does to one neuron on average: the course without the noise of minibatches, and the field it follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ipcore.config import parse_methods
from ipcore.theory.distributions import Distribution
from ipcore.theory.neuron import adapt, follow_statistics

MOST_UPDATES = 2_000
"""Updates of a mean course that are computed, at most: some tenth of a second."""


def vector_field(distribution: Distribution, rule: str, gains: Any, biases: Any, rate: float = 0.01) -> tuple[Any, Any]:
    """Expected change of gain and bias in one update, on a grid: the step for a minibatch as large as the distribution.

    Args:
        distribution: of the input.
        rule: one of :data:`ipcore.config.METHODS`.
        gains: positive, shape (columns,).
        biases: shape (rows,).
        rate: intrinsic rate of IP and Infomax.

    Returns:
        changes of gain and of bias, each of shape (rows, columns).

    Raises:
        ValueError: if there is no such rule, or a gain is not positive.
    """
    (rule,) = parse_methods([rule])
    columns, rows = np.meshgrid(np.asarray(gains, float), np.asarray(biases, float))
    if not np.all(columns > 0):
        raise ValueError(f"gains must be positive, not {columns.min():g}")
    gain, bias = columns.ravel(), rows.ravel()
    after = _expected(distribution, rule, gain, bias, rate)
    return (after[0] - gain).reshape(columns.shape), (after[1] - bias).reshape(columns.shape)


def _expected(
    distribution: Distribution, rule: str, gain: Any, bias: Any, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Gain and bias, each of shape (units,), after one minibatch as large as the distribution."""
    if rule == "plain":
        return gain, bias
    if rule == "batch-norm":
        return follow_statistics(gain, bias, distribution.mean, distribution.sd**2)
    points, weights = distribution.nodes
    x, share = points[:, None], (weights * len(weights))[:, None]
    u = gain * x + bias
    # Both rules are linear in y, so outputs that carry their share turn means over a minibatch into expectations.
    return adapt(rule, x, u, share * np.tanh(u), gain, bias, rate)


def mean_course(
    distribution: Distribution, rule: str, updates: Iterable[int], rate: float, gain: float = 1.0, bias: float = 0.0
) -> np.ndarray:
    """The course that a rule takes if every minibatch is as large as the distribution: the one without noise.

    Args:
        distribution: of the input.
        rule: one of :data:`ipcore.config.METHODS`.
        updates: how many have been done at each moment asked for, rising, shape (moments,).
        rate: intrinsic rate of IP and Infomax.
        gain: at the start.
        bias: at the start.

    Returns:
        gain and bias at those moments, shape (moments, 2). NaN from where the gain is not positive, which happens to
        Infomax where its rate is too large for the input; also after :data:`MOST_UPDATES`, unless at rest by then.

    Raises:
        ValueError: if there is no such rule.
    """
    (rule,) = parse_methods([rule])
    now, done, course = np.array([[gain], [bias]], float), 0, []
    at_rest = False
    with np.errstate(all="ignore"):
        for wanted in updates:
            while done < min(wanted, MOST_UPDATES) and now[0, 0] > 0 and not at_rest:
                before, now = now, np.stack(_expected(distribution, rule, *now, rate))
                at_rest = bool(np.all(np.abs(now - before) <= 1e-7 * np.abs(now)))
                done += 1
            known = now[0, 0] > 0 and (at_rest or done == wanted)
            course.append(now[:, 0] if known else [np.nan, np.nan])
    return np.array(course)
