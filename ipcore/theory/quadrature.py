"""Integrals as weighted sums."""

from __future__ import annotations

import numpy as np


def panels(edges: np.ndarray, order: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Composite Gauss-Legendre quadrature.

    Args:
        edges: ends of the panels, in any order, repeats allowed, shape (edges,).
        order: points in each panel.

    Returns:
        points and weights, each of shape (panels * order,), of the integral from the lowest edge to the highest.
    """
    edges = np.unique(edges)
    points, weights = np.polynomial.legendre.leggauss(order)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * points).ravel(), (half[:, None] * weights).ravel()
