"""The points of a curve of accuracy, each of which stands for the tests of some steps."""

from __future__ import annotations

import numpy as np


class Point:
    """A point on the curve of accuracy, which stands for the tests of a bucket of steps.

    Args:
        bucket: the bucket, as its number and how many steps it has.
        methods: how many methods there are.
    """

    def __init__(self, bucket: tuple[int, int], methods: int) -> None:
        self.bucket = bucket
        self.step = self.tests = 0
        self._sum = np.zeros(methods)
        self._count = np.zeros(methods, np.int64)
        self._low, self._high = np.full((2, methods), np.nan, np.float32)

    def add(self, step: int, values: np.ndarray) -> None:
        """Takes in a test: mean, lowest and highest seed, shape (methods, 3)."""
        self.step, self.tests = step, self.tests + 1
        known = np.isfinite(values[:, 0])
        self._sum += np.where(known, values[:, 0], 0)
        self._count += known
        self._low, self._high = np.fmin(self._low, values[:, 1]), np.fmax(self._high, values[:, 2])

    def values(self) -> np.ndarray:
        """Mean, lowest and highest, shape (methods, 3)."""
        mean = np.divide(self._sum, self._count, out=np.full(len(self._sum), np.nan), where=self._count > 0)
        return np.stack([mean, self._low, self._high], -1).astype(np.float32)


def add_test(points: list[Point], step: int, values: np.ndarray, bucket: int) -> None:
    """Adds a test to the last point, or to a new one if it lies in another bucket."""
    place = -(-step // bucket), bucket
    if not points or points[-1].bucket != place:
        points.append(Point(place, len(values)))
    points[-1].add(step, values)
