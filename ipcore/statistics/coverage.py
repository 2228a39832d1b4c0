"""How often each kind of interval holds the true value, which is why all intervals here are those of Student's t.

Nominally all are 95 % intervals. The shares were simulated by ``python -m benchmarks coverage``, which says how; it
prints this table anew. A percentile bootstrap from so few seeds is too narrow, so it is not used at all.
"""

from __future__ import annotations

T, BOOTSTRAP = "Student's t", "percentile bootstrap"
COUNTS = (3, 5, 10)
"""The numbers of seeds for which coverage was simulated."""
LEAST = 0.90
"""The least coverage that an interval must have to be used."""

COVERAGE: dict[str, dict[str, tuple[float, ...]]] = {
    "mean": {T: (0.949, 0.948, 0.950), BOOTSTRAP: (0.737, 0.835, 0.896)},
    "best": {T: (0.942, 0.944, 0.929), BOOTSTRAP: (0.733, 0.822, 0.869)},
    "decades": {T: (0.941, 0.946, 0.928), BOOTSTRAP: (0.690, 0.820, 0.883)},
    "difference": {T: (0.947, 0.950, 0.947), BOOTSTRAP: (0.740, 0.835, 0.895)},
}
"""Statistic -> kind of interval -> the share of intervals that hold the true value, for each of :data:`COUNTS`.

* ``mean``: the mean accuracy over seeds at one point.
* ``best``: the accuracy at the best point, chosen on one half of the test examples and measured on the other.
* ``decades``: the usable range of learning rates; the interval of Student's t has the jackknife's error there.
* ``difference``: the difference of two methods, paired by seeds.
"""
