"""What a measurement of untrained networks says: its events, and the record that holds them. No torch.

Events are JSON lines like those of a run (:mod:`ipcore.recordings.race`), and like a run a measurement has exactly one last
event, ``end`` or ``error``:

==========  ==========================================================================================================
event       fields
==========  ==========================================================================================================
progress    ``what`` (in words), ``done``, ``total`` (bytes, null if not known): the data set is being fetched
settling    ``done``, ``total``: minibatches that the rules have seen, of all
measured    ``second_moment`` (mean square of the inputs), ``variance`` (over examples, mean over inputs), ``methods``:
            method -> ``activity`` (RMS of the outputs y), ``error_signal`` (RMS dL/dx), ``weight_gradient`` (mean
            |dL/dW|): per hidden layer, input first, over all seeds; ``multiplier``: measured chi per seed, null if the
            network has too few layers for one
end         ``state`` (``"finished"`` or ``"stopped"``), ``elapsed`` (s)
error       ``message``: in words for a visitor
==========  ==========================================================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipcore.config import METHODS, RunConfig, shown
from ipcore.methods import registry

ENDS = 2
"""Hidden layers left out at either end of a network when chi is measured: 3 to 18 of 20."""

MEASURABLE = tuple(name for name in METHODS if registry.get(name).measurable)
"""Methods that can be measured: those that come to rest whatever the scale of the weights."""


@dataclass(frozen=True)
class Measured:
    """One method's untrained networks after one backward pass.

    Args:
        activity: RMS of the outputs y by hidden layer, over all seeds.
        error_signal: RMS dL/dx, likewise.
        weight_gradient: mean |dL/dW|, likewise.
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
    """The same settings.

    Raises:
        ValueError: if a method cannot be measured.
    """
    unfit = [method for method in config.methods if method not in MEASURABLE]
    if unfit:
        raise ValueError(f"methods must be of {', '.join(MEASURABLE)} to be measured, not {unfit[0]!r}")
    return config


class Measurement:
    """All events of a measurement so far; it is to a run that measures what a Recording is to one that trains.

    One thread adds, any number read.

    Args:
        config: the settings; see :func:`ipcore.networks.measuring.measure` for what they mean here.

    Attributes:
        methods: method -> what was measured; empty until it is.
        second_moment, variance: of the inputs, NaN until they are known.
        settled: (minibatches that the rules have seen, of all), or None before the first.
        state: ``starting``, ``running``, ``finished``, ``stopped`` or ``failed``.
        message: why it failed, in words.
        progress: the last ``progress`` event's ``what``, ``done`` and ``total``, while data are fetched.
        revision: grows with every event.
    """

    def __init__(self, config: RunConfig) -> None:
        self.config = check_measurable(config)
        self.methods: dict[str, Measured] = {}
        self.second_moment = self.variance = math.nan
        self.settled: tuple[int, int] | None = None
        self.state, self.message = "starting", ""
        self.progress: dict[str, Any] | None = None
        self.elapsed = 0.0
        self.revision = 0

    @property
    def over(self) -> bool:
        """Whether its last event has come."""
        return self.state in ("finished", "stopped", "failed")

    def cut_off(self) -> dict[str, Any]:
        """Ends it where nobody is left to say so. Returns the event that does."""
        end = {"event": "end", "state": "stopped", "elapsed": self.elapsed}
        self.add(end)
        return end

    def add(self, event: dict[str, Any]) -> None:
        """Takes in one event.

        Raises:
            ValueError: if it does not fit a measurement; nothing has changed then.
        """
        name = event.get("event")
        if self.over:
            raise ValueError(f"event {shown(name)} comes after the end")
        try:
            match name:
                case "progress":
                    self.progress = {key: event[key] for key in ("what", "done", "total")}
                case "settling":
                    self.settled = int(event["done"]), int(event["total"])
                    self.progress, self.state = None, "running"
                case "measured":
                    methods = {method: self._read(event["methods"][method]) for method in self.config.methods}
                    moments = float(event["second_moment"]), float(event["variance"])
                    self.second_moment, self.variance = moments
                    self.methods = methods
                    self.progress, self.state = None, "running"
                case "end" if event["state"] in ("finished", "stopped"):
                    self.elapsed = float(event["elapsed"])
                    self.state = event["state"]
                case "error":
                    self.message = str(event["message"])
                    self.state = "failed"
                case _:
                    raise ValueError(f"no event of a measurement: {shown(name)}")
        except (KeyError, TypeError) as error:
            raise ValueError(f"event {shown(name)} is malformed: {type(error).__name__} {error}") from None
        self.revision += 1

    def _read(self, values: dict[str, Any]) -> Measured:
        by_layer = ("activity", "error_signal", "weight_gradient")
        lengths = {**dict.fromkeys(by_layer, self.config.depth), "multiplier": self.config.seeds}
        arrays = {name: np.array(values[name], float) for name in lengths}  # null becomes NaN
        for name, length in lengths.items():
            if arrays[name].shape != (length,):
                raise ValueError(f"{name} must be {length} numbers, not of shape {arrays[name].shape}")
        return Measured(**arrays)
