"""How often 95 % intervals hold the true value: Student's t and the percentile bootstrap, from 3, 5 and 10 seeds.

Made-up sweeps, with means and standard deviations over seeds of the table in docs/sweeps.md: plain, batch norm and IP
at seven learning rates, ten classes. A network's accuracy is normal around the mean, half of its variance shared by the
networks of all methods with the same seed at the same rate. The accuracy on each half of the 1,000 test examples is
normal around that, with the variance of 500 examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ipcore.statistics.coverage import BOOTSTRAP, COUNTS, COVERAGE, T
from ipcore.statistics.intervals import band, t_quantile
from ipcore.statistics.ranges import jackknife_error, length, lengths, threshold

RATES = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0])
CHANCE = 0.1
MEANS = np.array(
    [
        [0.100, 0.100, 0.104, 0.103, 0.100, 0.100, 0.100],
        [0.753, 0.879, 0.913, 0.922, 0.922, 0.890, 0.578],
        [0.750, 0.858, 0.894, 0.903, 0.869, 0.547, 0.246],
    ]
)
"""Mean accuracies of plain, batch norm and IP, shape (methods, rates)."""
SPREADS = np.array(
    [
        [0.016, 0.010, 0.021, 0.005, 0.002, 0.002, 0.002],
        [0.014, 0.006, 0.008, 0.009, 0.008, 0.011, 0.053],
        [0.018, 0.010, 0.010, 0.024, 0.010, 0.110, 0.137],
    ]
)
"""Standard deviations over seeds, shape (methods, rates)."""
SHARED = 0.5
"""Share of the variance that methods have in common, seed by seed."""
HALF = 500
"""Examples in each half."""
LEARNING = (1, 2)
"""The methods that learn; of the others there is nothing to estimate."""
SWEEPS, RESAMPLES = 2000, 500

Ends = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Case:
    """Intervals of one statistic in one sweep.

    Args:
        statistic: its name in :data:`ipcore.statistics.coverage.COVERAGE`.
        truth: the true values, shape (n,).
        ends: kind of interval -> lower and upper ends, each of shape (n,).
    """

    statistic: str
    truth: np.ndarray
    ends: dict[str, Ends]


def coverage(seeds: int, sweeps: int = SWEEPS, resamples: int = RESAMPLES) -> dict[str, dict[str, float]]:
    """The share of intervals that hold the true value, by statistic and kind of interval.

    Args:
        seeds: the number of seeds of each sweep.
        sweeps: how many sweeps are made up.
        resamples: how many resamplings of the seeds a bootstrap takes.
    """
    random = np.random.RandomState(seeds)
    held: dict[str, dict[str, list[np.ndarray]]] = {name: {T: [], BOOTSTRAP: []} for name in COVERAGE}
    for _ in range(sweeps):
        drawn = random.multinomial(seeds, [1 / seeds] * seeds, resamples).astype(float)
        for case in cases(*halves(random, seeds), drawn):
            for kind, (low, high) in case.ends.items():
                held[case.statistic][kind].append((low <= case.truth) & (case.truth <= high))
    return {
        name: {kind: float(np.concatenate(each).mean()) for kind, each in by_kind.items()}
        for name, by_kind in held.items()
    }


def halves(random: np.random.RandomState, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """Accuracies of a made-up sweep on either half of the test examples, each of shape (methods, rates, seeds)."""
    shape = (*MEANS.shape, seeds)
    noise = np.sqrt(SHARED) * random.normal(size=shape[1:]) + np.sqrt(1 - SHARED) * random.normal(size=shape)
    accuracy = np.clip(MEANS[..., None] + SPREADS[..., None] * noise, 0, 1)
    first, second = (accuracy + random.normal(size=shape) * np.sqrt(accuracy * (1 - accuracy) / HALF) for _ in "ab")
    return first, second


def cases(first: np.ndarray, second: np.ndarray, drawn: np.ndarray) -> Iterator[Case]:
    """The intervals of all statistics of one sweep.

    Args:
        first: accuracies on the first half of the test examples, shape (methods, rates, seeds).
        second: those on the second half.
        drawn: how often each resampling drew each seed, shape (resamples, seeds).
    """
    accuracy, learning = (first + second) / 2, list(LEARNING)
    yield Case("mean", MEANS[learning].ravel(), both(accuracy[learning].reshape(-1, accuracy.shape[-1]), drawn))
    places = [int(first[method].mean(-1).argmax()) for method in LEARNING]
    yield Case("best", MEANS[learning].max(1), both(second[learning, places], drawn))
    batch_norm, ip = LEARNING
    yield Case("difference", MEANS[ip] - MEANS[batch_norm], both(accuracy[ip] - accuracy[batch_norm], drawn))
    yield Case("decades", length(RATES, MEANS[learning], threshold(MEANS.max(), CHANCE)), of_range(accuracy, drawn))


def both(values: np.ndarray, drawn: np.ndarray) -> dict[str, Ends]:
    """Both intervals of means over seeds.

    Args:
        values: shape (n, seeds).
        drawn: shape (resamples, seeds).
    """
    _, low, high = band(values)
    return {T: (low, high), BOOTSTRAP: percentiles(values @ drawn.T / values.shape[-1])}


def of_range(accuracy: np.ndarray, drawn: np.ndarray) -> dict[str, Ends]:
    """Both intervals of the usable ranges of the methods that learn."""
    seeds, learning, curves = accuracy.shape[-1], list(LEARNING), accuracy[:, None]
    found = lengths(RATES, curves, np.ones((1, seeds)), CHANCE)[learning, 0, 0]
    left_out = lengths(RATES, curves, 1 - np.eye(seeds), CHANCE)[learning, 0]
    half = t_quantile(seeds - 1) * jackknife_error(left_out)
    resampled = lengths(RATES, curves, drawn, CHANCE)[learning, 0]
    return {T: (found - half, found + half), BOOTSTRAP: percentiles(resampled)}


def percentiles(resampled: np.ndarray) -> Ends:
    """The 2.5th and the 97.5th percentile over the last axis."""
    low, high = np.percentile(resampled, [2.5, 97.5], axis=-1)
    return low, high


def main() -> None:
    """Prints the table that :data:`ipcore.statistics.coverage.COVERAGE` holds."""
    found = {count: coverage(count) for count in COUNTS}
    print(f"coverage of nominal 95 % intervals from {', '.join(map(str, COUNTS))} seeds, in {SWEEPS:,} made-up sweeps")
    for statistic in COVERAGE:
        for kind in (T, BOOTSTRAP):
            shares = "  ".join(f"{found[count][statistic][kind]:.3f}" for count in COUNTS)
            print(f"{statistic:<12}{kind:<22}{shares}")
