"""Numbers of a run that lessons speak of: how they are named in a file, measured, and written. No Streamlit.

================================  ====================================================================================
name                              the number
================================  ====================================================================================
``accuracy METHOD``               of a race: accuracy at the last point of the curve, the mean over seeds
``gradient METHOD first``         of a race: mean abs(dL/dW) of the first hidden layer at the end; likewise ``last``
``accuracy METHOD at RATE``       of a sweep of learning rates: mean accuracy over seeds at this rate
``centre METHOD``                 of a neuron: where its tanh is centred, -bias / gain, after :data:`UPDATES` updates
``gain METHOD``                   of a neuron: its gain, likewise
``information METHOD``            of a neuron: the entropy of its output / ln 30, likewise
``kept METHOD``                   of a neuron: the least information while its input drifts, after it has settled
================================  ====================================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.race.finding import last_test, mean, percent
from ipcore.config import METHODS
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

if TYPE_CHECKING:
    from app.neuron.play import Setup

UPDATES = 1_000
"""Updates after which a neuron is measured; and as many again while its input drifts."""
STEP = 25
"""Updates between two looks at a neuron whose input drifts."""
_WHAT = ("accuracy", "gradient", "centre", "gain", "information", "kept")


@dataclass(frozen=True)
class Number:
    """A number of a run.

    Args:
        what: its first word.
        method: of which method.
        where: the layer of a gradient, or the learning rate of a sweep; empty for none.
    """

    what: str
    method: str
    where: str = ""

    def of_race(self, recording: Recording) -> float:
        """The number of a race; NaN if it is not known."""
        if self.what == "gradient":
            moment = recording.moment(None)
            if moment is None:
                return math.nan
            return float(moment.methods[self.method].weight_gradient[0 if self.where == "first" else -1])
        test = last_test(recording, None)
        found = None if test is None else mean(test, self.method)
        return math.nan if found is None else found

    def of_sweep(self, recording: SweepRecording) -> float:
        """The number of a sweep; NaN if it is not known."""
        rates = [point.values["learning_rate"] for point in recording.sweep.points()]
        if float(self.where) not in rates:
            return math.nan
        shares = recording.surviving(self.method)[rates.index(float(self.where))]
        shares = shares[np.isfinite(shares)]
        return float(shares.mean()) if len(shares) else math.nan

    def in_words(self, value: float) -> str:
        """The number as it is written in Markdown: ``12 %``, ``$10^{-6}$``, ``8.74``."""
        if not math.isfinite(value):
            return "an unknown share" if self.what == "accuracy" else "unknown"
        if self.what == "accuracy":
            return percent(value)
        if self.what == "gradient":
            return _power(value) if value > 0 else "0"
        return f"{value:.3g}"


def parse_number(text: str) -> Number:
    """A number from its name.

    Raises:
        ValueError: if it is not one of those above.
    """
    what, method, *rest = (*text.split(), "", "")
    where = " ".join(filter(None, rest))
    fits = {"gradient": where in ("first", "last"), "accuracy": where == "" or where.startswith("at ")}
    if what not in _WHAT or method not in METHODS or not fits.get(what, where == ""):
        raise ValueError(f"{text!r} is not a number of a run")
    return Number(what, method, where.removeprefix("at "))


def of_recording(recording: Recording | SweepRecording, numbers: dict[str, Number]) -> dict[str, float]:
    """The numbers of a race or a sweep, by their names."""
    if isinstance(recording, SweepRecording):
        return {name: number.of_sweep(recording) for name, number in numbers.items()}
    return {name: number.of_race(recording) for name, number in numbers.items()}


def of_neuron(setup: Setup, numbers: dict[str, Number]) -> dict[str, float]:
    """The numbers of one neuron, by their names."""
    from app.neuron.play import QUANTITIES, Play  # here: it loads a part of SciPy
    from ipcore.theory.neuron import ONE_NEURON

    own = Play(setup)

    def now(method: str, quantity: str) -> float:
        return float(own.moments[-1].now[ONE_NEURON.index(method), QUANTITIES.index(quantity)])

    own.step(0.0, UPDATES)
    found = {}
    for name, number in numbers.items():
        gain, bias = now(number.method, "gain"), now(number.method, "bias")
        values = {"centre": -bias / gain, "gain": gain}
        found[name] = values.get(number.what, now(number.method, "information"))
    kept = {name: number.method for name, number in numbers.items() if number.what == "kept"}
    if kept:
        own.drift(0.0, True)
        for _ in range(UPDATES // STEP):
            own.step(0.0, STEP)
            found |= {name: min(found[name], now(method, "information")) for name, method in kept.items()}
    return found


def _power(value: float) -> str:
    return f"$10^{{{round(math.log10(value))}}}$"
