"""A measurement of untrained networks: what holds its events (:mod:`ipcore.recordings.events.measurement`)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipcore.config import METHODS, RunConfig, parse_methods
from ipcore.methods import registry
from ipcore.recordings.arrays import array
from ipcore.recordings.base import BaseRecording
from ipcore.recordings.events import measurement as events

ENDS = 2
"""Hidden layers left out at either end of a network when chi is measured: 3 to 18 of 20."""

MEASURABLE = tuple(name for name in METHODS if registry.get(name).measurable)
"""Methods that can be measured: those that settle at every scale of the weights."""


@dataclass(frozen=True)
class Measured:
    """One method's untrained networks after one backward pass.

    Args:
        activity: RMS of the outputs y by hidden layer, over all seeds.
        error_signal: root mean square of dL/dx, one number for each layer.
        weight_gradient: mean |dL/dW|, one number for each layer.
        multiplier: chi of each seed, see :func:`multiplier`; NaN where there are too few layers.
    """

    activity: np.ndarray
    error_signal: np.ndarray
    weight_gradient: np.ndarray
    multiplier: np.ndarray


def multiplier(error_signal: Any) -> float:
    """Measured chi: by what the mean square of dL/dx grew from a layer to the one below it, as a geometric mean.

    ``chi = (RMS_first / RMS_last)^(2 / (last - first))`` over the hidden layers but :data:`ENDS` at either end.

    Args:
        error_signal: RMS dL/dx by hidden layer, input first.

    Returns:
        chi; NaN with fewer than two layers left, or if an end of them is not a positive number.
    """
    inner = list(error_signal)[ENDS : len(error_signal) - ENDS]
    if len(inner) < 2 or not all(math.isfinite(end) and end > 0 for end in (inner[0], inner[-1])):
        return math.nan
    return math.exp(2 * (math.log(inner[0]) - math.log(inner[-1])) / (len(inner) - 1))


def check_measurable(config: RunConfig) -> RunConfig:
    """Returns the settings unchanged.

    Raises:
        ValueError: if one of the methods cannot be measured.
    """
    measurable(config.methods)
    return config


def measurable(methods: str | Iterable[str]) -> tuple[str, ...]:
    """Checks the methods of a measurement and sorts them in the order of :data:`ipcore.config.METHODS`.

    Args:
        methods: names, or one text with commas between them.

    Raises:
        ValueError: if there is no such method, or one of them cannot be measured.
    """
    found = parse_methods(methods)
    unfit = [method for method in found if method not in MEASURABLE]
    if unfit:
        raise ValueError(f"methods must be of {', '.join(MEASURABLE)} to be measured, not {unfit[0]!r}")
    return found


class Measurement(BaseRecording):
    """All events of a measurement so far; it is to a run that measures what a Recording is to one that trains.

    One thread adds, any number read.

    Args:
        config: the settings; see :func:`ipcore.networks.measuring.measure` for what they mean here.

    Attributes:
        methods: method -> what was measured; empty until it is.
        second_moment, variance: of the inputs, NaN until they are known.
        settled: (minibatches that the rules have seen, of all), or None before the first.
        progress: the last ``progress`` event's ``what``, ``done`` and ``total``, while data are fetched.
    """

    kind = "measurement"

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.config = check_measurable(config)
        self.methods: dict[str, Measured] = {}
        self.second_moment = self.variance = math.nan
        self.settled: tuple[int, int] | None = None
        self.progress: dict[str, Any] | None = None

    def _stopped(self) -> events.End:
        return events.End(state="stopped", elapsed=self.elapsed)

    def _on_progress(self, event: events.Progress) -> None:
        self.progress = {"what": event.what, "done": event.done, "total": event.total}

    def _on_settling(self, event: events.Settling) -> None:
        self.settled = event.done, event.total
        self.progress, self.state = None, "running"

    def _on_measured(self, event: events.Measured) -> None:
        if missing := [method for method in self.config.methods if method not in event.methods]:
            raise ValueError(f"methods has no entry for {missing[0]}")
        self.methods = {method: self._arrays(event.methods[method]) for method in self.config.methods}
        self.second_moment, self.variance = float(event.second_moment), float(event.variance)
        self.progress, self.state = None, "running"

    def _on_end(self, event: events.End) -> None:
        self.elapsed, self.state = float(event.elapsed), event.state

    def _on_error(self, event: events.Error) -> None:
        self.message, self.state = event.message, "failed"

    def _arrays(self, numbers: events.MeasuredNumbers) -> Measured:
        depth, seeds = self.config.depth, self.config.seeds
        lengths = {"activity": depth, "error_signal": depth, "weight_gradient": depth, "multiplier": seeds}
        return Measured(
            **{name: array(getattr(numbers, name), length, name=name, kind=float) for name, length in lengths.items()}
        )
