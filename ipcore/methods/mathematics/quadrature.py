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
