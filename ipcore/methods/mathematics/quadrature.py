"""Integrals as weighted sums, and roots by bisection. Only NumPy is used, because SciPy takes some 40 MB of memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np


def panels(edges: np.ndarray, order: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Composite Gauss-Legendre quadrature.

    Args:
        edges: the edges of the panels, in any order and possibly repeated, shape (edges,).
        order: the number of points in each panel.

    Returns:
        Points and weights, each of shape (panels * order,), for the integral from the lowest edge to the highest.
    """
    edges = np.unique(edges)
    points, weights = np.polynomial.legendre.leggauss(order)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * points).ravel(), (half[:, None] * weights).ravel()


@cache
def standard_normal() -> tuple[np.ndarray, np.ndarray]:
    """Quadrature for a standard normal distribution, finer near 0.

    So ``tanh(s * z)`` is integrated well for s up to 1000, where tanh changes within a width of 1/1000 around 0.

    Returns:
        Points and weights, each of shape (points,); the weights sum to 1.
    """
    doubling = 2.0 ** np.arange(-13, 1)
    positive = np.concatenate([[0], doubling, np.arange(1.5, 10.5, 0.5)])
    points, weights = panels(np.concatenate([-positive, positive]))
    weights = weights * np.exp(-(points**2) / 2)
    return points, weights / weights.sum()


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """The root of a function that turns from negative to positive between two positive numbers, by bisection.

    Args:
        function: not positive at ``low``, positive at ``high``.
        low: lower end of the bracket.
        high: upper end of the bracket.

    Returns:
        The root, accurate to about 15 digits.
    """
    while high - low > 1e-15 * high and low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if function(middle) > 0 else (middle, high)
    return (low + high) / 2


def crossing(function: Callable[[float], float], low: float, high: float, width: float) -> float:
    """Where a continuous function changes its sign, in few evaluations.

    Inverse quadratic interpolation where that is safe, else bisection. Source: Chandrupatla 1997,
    https://doi.org/10.1016/S0965-9978(96)00051-8.

    Args:
        function: of different signs at the two ends of the bracket.
        low: lower end of the bracket.
        high: upper end of the bracket.
        width: the bracket is halved, or better, until it is no wider than this and a few units in the last place.

    Returns:
        The end of the last bracket at which the function is nearer to 0.
    """
    new, old = low, high
    at_new, at_old = function(new), function(old)
    share = 0.5  # of the bracket, from the newest end
    while True:
        middle = new + share * (old - new)
        at_middle = function(middle)
        if (at_middle > 0) == (at_new > 0):
            last, at_last = new, at_new
        else:
            last, at_last = old, at_old
            old, at_old = new, at_new
        new, at_new = middle, at_middle
        best, at_best = (new, at_new) if abs(at_new) < abs(at_old) else (old, at_old)
        least = (width / 2 + 2 * np.finfo(float).eps * abs(best)) / abs(old - new)
        if at_best == 0 or least > 0.5:
            return best
        where, height = (new - old) / (last - old), (at_new - at_old) / (at_last - at_old)
        share = 0.5
        if 1 - (1 - where) ** 0.5 < height < where**0.5:
            over = at_new / (at_old - at_new) * at_last / (at_old - at_last)
            other = (last - new) / (old - new) * at_new / (at_last - at_new) * at_old / (at_last - at_old)
            share = over + other
        share = min(max(share, least), 1 - least)
