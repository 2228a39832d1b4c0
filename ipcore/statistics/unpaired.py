"""The difference of two means over different seeds, which cannot be paired."""

from __future__ import annotations

import numpy as np

from ipcore.statistics.intervals import FEWEST, t_quantile


def welch(b: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The difference of two means over seeds, and the ends of Welch's 95 % interval.

    ``mean(b) - mean(a) ± t(0.975, ν) sqrt(v_b + v_a)`` with ``v = s² / n`` and, after Welch and Satterthwaite,
    ``ν = (v_b + v_a)² / (v_b² / (n_b - 1) + v_a² / (n_a - 1))``.

    Args:
        b: shape (points, seeds); NaN where a result is not known.
        a: likewise; the number of seeds may be another.

    Returns:
        Mean, low and high, each of shape (points,); NaN where no seed is known, low and high also where fewer than
        three of either are.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = [np.isfinite(each).sum(1) for each in (b, a)]
        means = [np.nansum(each, 1) / count for each, count in zip((b, a), counts, strict=True)]
        shares = [
            np.nansum(np.square(each - mean[:, None]), 1) / (count - 1) / count
            for each, mean, count in zip((b, a), means, counts, strict=True)
        ]
        total = shares[0] + shares[1]
        freedom = total**2 / sum(share**2 / (count - 1) for share, count in zip(shares, counts, strict=True))
        quantiles = np.array([t_quantile(float(each)) for each in freedom])
        half = np.where(total == 0, 0.0, quantiles * np.sqrt(total))
    mean = means[0] - means[1]
    half = np.where(np.minimum(*counts) >= FEWEST, half, np.nan)
    return mean, mean - half, mean + half
