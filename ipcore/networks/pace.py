"""When a race that is being trained is measured: so often that all measurements take a given share of the time."""

from __future__ import annotations

import time

SHARES = (0.028, 0.013, 0.0)
"""Shares of the training time that tests (with the information of the layers), snapshots and decision surfaces may
take. Sending the events takes the rest of the 5 % that telemetry may take in all."""
SHARES_IN_THE_PLANE = (0.016, 0.012, 0.01)
"""The same shares for two-dimensional data. A surface takes as long as several tests, so it has a share of its own."""
CREDIT_SECONDS = 0.3
"""The shares are computed as if a run had already trained for this time, so that its first moments, when most happens,
are recorded."""
SNAPSHOT_SECONDS = 0.05
"""Least time between two snapshots, in seconds. It grows to 1 % of the training time, so that long recordings stay
small."""


def clocks() -> tuple[float, float]:
    """The time on the clock and the processor time of this thread, both in seconds."""
    return time.perf_counter(), time.thread_time()


class Pace:
    """Decides when a measurement is due, so that all measurements take at most a given share of the training time.

    Times are processor times, so that telemetry does not seem expensive on a busy machine. They are counted from
    CREDIT_SECONDS before the start.

    Args:
        share: the share of the training time.
        least: least seconds between two measurements; later it is 1 % of the training time, if that is more.
    """

    def __init__(self, share: float, least: float) -> None:
        self.spent = 0.0
        self._share, self._least = share, least
        self._last, self._last_cost = 0.0, 0.0

    def due(self, elapsed: float) -> bool:
        """Whether a measurement is due: it would stay within the share if it takes as long as the last one.

        Args:
            elapsed: seconds trained so far.
        """
        return self.spent + self._last_cost <= self._share * (elapsed + CREDIT_SECONDS) and elapsed - self._last >= max(
            self._least, elapsed / 100
        )

    def expect(self, cost: float) -> None:
        """Takes the cost of a measurement that does not count as what the next one will take, in seconds."""
        self._last_cost = cost

    def count(self, cost: float, elapsed: float) -> None:
        """Counts a measurement.

        Args:
            cost: seconds that it took.
            elapsed: seconds trained so far.
        """
        self.spent, self._last, self._last_cost = self.spent + cost, elapsed, cost
