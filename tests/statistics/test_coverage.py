"""The table of coverage against a fast simulation, and what follows from it."""

from __future__ import annotations

import pytest
from serving import ROOT

from benchmarks.coverage import coverage
from ipcore.statistics.coverage import BOOTSTRAP, COUNTS, COVERAGE, LEAST, T


@pytest.mark.parametrize("seeds", COUNTS)
def test_a_fast_simulation_agrees_with_the_table(seeds):
    """Of 150 sweeps; the standard error of a share is at most 0.03 there."""
    found, column = coverage(seeds, sweeps=150, resamples=100), COUNTS.index(seeds)
    for statistic, by_kind in COVERAGE.items():
        for name, shares in by_kind.items():
            assert found[statistic][name] == pytest.approx(shares[column], abs=0.08), (statistic, name)
        assert found[statistic][T] > found[statistic][BOOTSTRAP]


def test_the_intervals_in_use_are_the_better_ones():
    """The product has Student's t intervals alone: nothing else is implemented."""
    for by_kind in COVERAGE.values():
        for ours, other in zip(by_kind[T], by_kind[BOOTSTRAP], strict=True):
            assert ours >= LEAST and abs(ours - 0.95) < abs(other - 0.95)


def test_the_documentation_has_the_table():
    rows = [line for line in (ROOT / "docs" / "sweeps.md").read_text("utf-8").splitlines() if line.startswith("|")]
    for by_kind in COVERAGE.values():
        for shares in by_kind.values():
            written = " | ".join(f"{share:.3f}".lstrip("0") for share in shares)
            assert any(row.endswith(f"| {written} |") for row in rows), written
