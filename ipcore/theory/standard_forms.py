"""Standard forms of distributions, and what they become when they are shifted and stretched.

They are written out here with the functions of ``scipy.special``, since ``scipy.stats``, which has them too, takes some
two seconds to load: that long the first visitor of the page *One neuron* would wait.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy  # loads its parts only when they are first used: a process that needs only names here never loads them

Curve = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class StandardForm:
    """A distribution before it is shifted and stretched. Each function keeps the shape of its argument.

    Args:
        pdf: probability density at x.
        cdf: probability of at most x.
        ppf: quantile, the x that has this probability of at most x.
        isf: quantile from above, the x that has this probability of more than x.
        mean: expectation.
        median: the x with ``cdf(x) = 1/2``.
        sd: standard deviation.
    """

    pdf: Curve
    cdf: Curve
    ppf: Curve
    isf: Curve
    mean: float
    median: float
    sd: float


@dataclass(frozen=True)
class Located:
    """The distribution of ``shift + stretch * z``, where z has a standard form; its functions are named as there."""

    form: StandardForm
    shift: float
    stretch: float

    def pdf(self, x: Any) -> np.ndarray:
        return self.form.pdf((np.asarray(x, float) - self.shift) / self.stretch) / self.stretch

    def cdf(self, x: Any) -> np.ndarray:
        return self.form.cdf((np.asarray(x, float) - self.shift) / self.stretch)

    def ppf(self, p: Any) -> np.ndarray:
        with np.errstate(divide="ignore"):  # quantiles of 0 and 1 may be infinite
            return self.form.ppf(np.asarray(p, float)) * self.stretch + self.shift

    def isf(self, p: Any) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return self.form.isf(np.asarray(p, float)) * self.stretch + self.shift

    @property
    def mean(self) -> float:
        return self.shift + self.stretch * self.form.mean

    @property
    def median(self) -> float:
        return self.shift + self.stretch * self.form.median

    @property
    def sd(self) -> float:
        return self.stretch * self.form.sd

    def moved(self, shift: float, stretch: float) -> Located:
        """The distribution of ``shift + stretch * x``, where x has this one."""
        return Located(self.form, shift + stretch * self.shift, stretch * self.stretch)


def _bell(x: np.ndarray) -> np.ndarray:
    return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def _two_tails(p: np.ndarray) -> np.ndarray:
    return np.where(p > 0.5, -np.log(2 * (1 - p)), np.log(2 * p))


NORMAL = StandardForm(
    pdf=_bell,
    cdf=lambda x: scipy.special.ndtr(x),
    ppf=lambda p: scipy.special.ndtri(p),
    isf=lambda p: -scipy.special.ndtri(p),
    mean=0.0,
    median=0.0,
    sd=1.0,
)
"""Mean 0, standard deviation 1."""
UNIFORM = StandardForm(
    pdf=lambda x: ((x >= 0) & (x <= 1)).astype(float),
    cdf=lambda x: np.clip(x, 0.0, 1.0),
    ppf=lambda p: p,
    isf=lambda p: 1 - p,
    mean=0.5,
    median=0.5,
    sd=1 / math.sqrt(12),
)
"""From 0 to 1."""
LOGISTIC = StandardForm(
    pdf=lambda x: scipy.special.expit(x) * scipy.special.expit(-x),
    cdf=lambda x: scipy.special.expit(x),
    ppf=lambda p: scipy.special.logit(p),
    isf=lambda p: -scipy.special.logit(p),
    mean=0.0,
    median=0.0,
    sd=math.pi / math.sqrt(3),
)
"""Mean 0, scale 1."""
LAPLACE = StandardForm(
    pdf=lambda x: np.exp(-np.abs(x)) / 2,
    cdf=lambda x: np.where(x > 0, 1 - np.exp(-np.abs(x)) / 2, np.exp(-np.abs(x)) / 2),
    ppf=_two_tails,
    isf=lambda p: -_two_tails(p),
    mean=0.0,
    median=0.0,
    sd=math.sqrt(2),
)
"""Mean 0, scale 1."""
EXPONENTIAL = StandardForm(
    pdf=lambda x: np.where(x >= 0, np.exp(-np.maximum(x, 0.0)), 0.0),
    cdf=lambda x: -np.expm1(-np.maximum(x, 0.0)),
    ppf=lambda p: -np.log1p(-p),
    isf=lambda p: -np.log(p),
    mean=1.0,
    median=math.log(2),
    sd=1.0,
)
"""Rate 1."""


@lru_cache(maxsize=256)
def lognormal(sigma: float) -> StandardForm:
    """The exponential of a normal with mean 0.

    Args:
        sigma: standard deviation of that normal.
    """

    def log(x: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(x, 0.0)) / sigma

    def pdf(x: np.ndarray) -> np.ndarray:
        return np.where(x > 0, _bell(log(x)) / (sigma * np.where(x > 0, x, 1.0)), 0.0)

    return StandardForm(
        pdf=pdf,
        cdf=lambda x: scipy.special.ndtr(log(x)),
        ppf=lambda p: np.exp(sigma * scipy.special.ndtri(p)),
        isf=lambda p: np.exp(-sigma * scipy.special.ndtri(p)),
        mean=math.exp(sigma**2 / 2),
        median=1.0,
        sd=math.sqrt(math.expm1(sigma**2)) * math.exp(sigma**2 / 2),
    )
