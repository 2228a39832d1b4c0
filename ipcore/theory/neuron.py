"""One neuron under each rule. All receive the same samples of an input distribution, which may drift."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipcore.config import METHODS, SETTINGS, parse_methods
from ipcore.methods import State, registry
from ipcore.theory.distributions import Distribution
from ipcore.theory.equilibria import bin_probabilities, information

ONE_NEURON = tuple(name for name in METHODS if not registry.get(name).single_neuron_reason)
"""The methods that have a meaning for one neuron by itself."""

HISTORY = 4_096
"""Largest number of moments of a trajectory that a neuron stores. Beyond it the trajectory is thinned to half."""


def rules_of_one_neuron(methods: str | Iterable[str]) -> tuple[str, ...]:
    """Checks methods of one neuron and sorts them in the order of :data:`ipcore.config.METHODS`.

    Args:
        methods: names, or one text with commas between them.

    Raises:
        ValueError: if there is no such method, or one of them has no meaning for one neuron by itself.
    """
    found = parse_methods(methods)
    for method in found:
        if reason := registry.get(method).single_neuron_reason:
            raise ValueError(f"methods must be of {', '.join(ONE_NEURON)} for one neuron, not {method!r}: {reason}")
    return found


def advance(rule: str, x: np.ndarray, state: State, rate: Any) -> State:
    """The state of neurons after one minibatch, without the error of a network.

    Args:
        rule: one of :data:`ONE_NEURON`.
        x: inputs, shape (batch, 1) or (batch, units).
        state: the state before the minibatch, arrays of shape (units,), among them ``gain`` and ``bias``.
        rate: the intrinsic rate.

    Returns:
        The new state, arrays of shape (units,).

    Raises:
        ValueError: if there is no such method, or it has no meaning for one neuron.
    """
    method = registry.get(rule)
    if method.single_neuron_reason:
        rules_of_one_neuron(rule)  # raises the error
    if method.update is None:
        return state
    u = y = None
    if method.needs & {"u", "y"}:
        u = state["gain"] * x + state["bias"]
        y = np.tanh(u) if "y" in method.needs else None
    return method.step(x, u, y, state, rate)


@dataclass(frozen=True)
class Trajectory:
    """The course of gain and bias under one rule; arrays of shape (moments,).

    Args:
        step: number of updates done at each moment.
        gain: effective gain after that update.
        bias: effective bias after that update.
        information: information in the output, exact for the input distribution at that moment; see
            :func:`ipcore.theory.equilibria.information`.
    """

    step: np.ndarray
    gain: np.ndarray
    bias: np.ndarray
    information: np.ndarray


class Neuron:
    """One neuron for each rule. All receive the same samples, and any number of steps can be taken at a time.

    ``distribution``, ``rate`` and ``batch_size`` may be changed between steps. The stream of samples depends on the
    seed alone, not on how many steps are taken at a time. A step that would make gain or bias infinite or NaN is not
    taken; Infomax can have such steps if inputs are large.

    Args:
        distribution: the distribution of the input.
        methods: the rules, each one of :data:`ONE_NEURON`.
        batch_size: number of samples in a minibatch.
        rate: the intrinsic rate.
        seed: the seed of the samples.
        gain: the gain at the start, positive.
        bias: the bias at the start.
        history: largest number of moments that are stored; when there are more, every second one is dropped.

    Raises:
        ValueError: naming the argument, its value and what is allowed; also if a method needs a larger batch.
    """

    def __init__(
        self,
        distribution: Distribution,
        methods: str | Iterable[str] = ONE_NEURON,
        batch_size: Any = SETTINGS["batch_size"].default,
        rate: Any = SETTINGS["intrinsic_rate"].default,
        seed: int = 0,
        gain: float = 1.0,
        bias: float = 0.0,
        history: int = HISTORY,
    ) -> None:
        if not (np.isfinite([gain, bias]).all() and gain > 0):
            raise ValueError(f"gain must be a positive number and bias a number, not {gain!r} and {bias!r}")
        self.distribution = distribution
        self.methods = rules_of_one_neuron(methods)
        self.rate = rate
        self.batch_size = batch_size
        self.steps = 0
        """Number of updates done."""
        self._history, self._stride = history, 1  # every stride-th step is stored
        self._generator = np.random.default_rng(seed)
        self._states = [registry.get(method).start(np.full, (1,)) for method in self.methods]
        for state in self._states:
            state["gain"], state["bias"] = np.array([float(gain)]), np.array([float(bias)])
        self._moments = np.zeros(1, int)
        self._rows = self._with_information(self._gains_and_biases()[None])  # (moments, methods, 3)

    @property
    def rate(self) -> float:
        """The intrinsic rate of the rules."""
        return self._rate

    @rate.setter
    def rate(self, value: Any) -> None:
        self._rate = SETTINGS["intrinsic_rate"].parse("intrinsic_rate", value, recorded=True)

    @property
    def batch_size(self) -> int:
        """The number of samples in a minibatch."""
        return self._batch_size

    @batch_size.setter
    def batch_size(self, value: Any) -> None:
        size = int(SETTINGS["batch_size"].parse("batch_size", value, recorded=True))
        for method in self.methods:
            if too_small := registry.get(method).too_small(size):
                raise ValueError(too_small)
        self._batch_size = size

    def step(self, count: int = 1) -> None:
        """Makes ``count`` updates at the present rate."""
        self.run(np.full(count, self.rate))

    def run(self, rates: np.ndarray) -> None:
        """Makes one update at each of these intrinsic rates, shape (steps,)."""
        most = max(1, 1_000_000 // self.batch_size)  # limits the memory that samples take
        for first in range(0, len(rates), most):
            self._run(rates[first : first + most])

    def _run(self, rates: np.ndarray) -> None:
        samples = self.distribution.sample(self._generator, (len(rates), self.batch_size, 1))
        moments, states = [], []
        with np.errstate(all="ignore"):  # a step that overflows is not taken
            for x, rate in zip(samples, rates, strict=True):
                for index, rule in enumerate(self.methods):
                    after = advance(rule, x, self._states[index], rate)
                    if all(math.isfinite(values[0]) for values in after.values()):
                        self._states[index] = after
                self.steps += 1
                if self.steps % self._stride == 0:
                    moments.append(self.steps)
                    states.append(self._gains_and_biases())
        if moments:
            self._moments = np.concatenate([self._moments, moments])
            self._rows = np.concatenate([self._rows, self._with_information(np.array(states))])
        while len(self._moments) > self._history:
            self._moments, self._rows = self._moments[::2], self._rows[::2]
            self._stride *= 2

    def _gains_and_biases(self) -> np.ndarray:
        """Gain and bias of each method now, shape (methods, 2)."""
        return np.array([(state["gain"][0], state["bias"][0]) for state in self._states])

    def _with_information(self, states: np.ndarray) -> np.ndarray:
        """Appends the information to gain and bias: from shape (moments, methods, 2) to shape (moments, methods, 3)."""
        used = bin_probabilities(self.distribution, states[..., 0], states[..., 1])
        return np.concatenate([states, information(used)[..., None]], -1)

    def now(self) -> dict[str, tuple[float, float, float]]:
        """Each method -> its gain, bias and information at this moment, for the present distribution."""
        latest = self._with_information(self._gains_and_biases()[None])[0]
        return {method: tuple(row) for method, row in zip(self.methods, latest.tolist(), strict=True)}

    def trajectories(self) -> dict[str, Trajectory]:
        """Each method -> its trajectory so far."""
        return {method: Trajectory(self._moments, *self._rows[:, index].T) for index, method in enumerate(self.methods)}


def simulate(
    distribution: Distribution,
    methods: str | Iterable[str] = ONE_NEURON,
    steps: int = 1_000,
    batch_size: int = int(SETTINGS["batch_size"].default),
    rate: Any = SETTINGS["intrinsic_rate"].default,
    seed: int = 0,
    gain: float = 1.0,
    bias: float = 0.0,
) -> dict[str, Trajectory]:
    """The trajectory of one neuron under each rule, with every step.

    Args:
        distribution: the distribution of the input.
        methods: the rules, each one of :data:`ONE_NEURON`.
        steps: number of updates.
        batch_size: number of samples in a minibatch.
        rate: the intrinsic rate, one number or one for each step, shape (steps,).
        seed: the seed of the samples.
        gain: the gain at the start, positive.
        bias: the bias at the start.

    Returns:
        Each method -> its trajectory of ``steps + 1`` moments, beginning with the start.

    Raises:
        ValueError: naming the argument, its value and what is allowed.
    """
    steps = int(SETTINGS["steps"].parse("steps", steps, recorded=True))
    rates = np.asarray(rate, float)
    if rates.ndim and rates.shape != (steps,):
        raise ValueError(f"rate must be one number, or one for each of {steps} steps, not {rates.size}")
    for extreme in (rates.min(), rates.max()):
        SETTINGS["intrinsic_rate"].parse("intrinsic_rate", extreme, recorded=True)
    neuron = Neuron(distribution, methods, batch_size, rates.flat[0], seed, gain, bias, history=steps + 1)
    neuron.run(np.broadcast_to(rates, steps))
    return neuron.trajectories()
