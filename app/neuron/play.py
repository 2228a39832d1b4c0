"""A neuron that is played: its moments are computed a little ahead of what a browser shows. No Streamlit.

Time comes from outside, in seconds, so that a test can play without waiting. What has been computed and not yet shown
is dropped when a setting changes, and computed anew from the moment on screen, so a change takes effect at once.
"""

from __future__ import annotations

import copy
import itertools
import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

import numpy as np

from ipcore.methods import Rest, get
from ipcore.theory.distributions import Distribution
from ipcore.theory.drift import Moved, rest_of_moved, wander
from ipcore.theory.equilibria import (
    at_rest,
    bin_probabilities,
    information,
    quadratic_information_potential,
)
from ipcore.theory.neuron import ONE_NEURON, Neuron

PACE = 20
"""Moments per second of the animation; the browser interpolates between them."""
LEAD = 1.2
"""How many seconds are computed ahead, so that the animation goes on if the server is late."""
RECORD = 6_000
"""How many moments are kept, which is five minutes."""
EASE = 2.0
"""How many seconds a drift takes to set in and to fade."""
QUANTITIES = ("gain", "bias", "information", "quadratic_information_potential")

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Setup:
    """The input of the neuron, its rules and their speed.

    Args:
        distribution: of the input.
        methods: the rules shown.
        rate: the intrinsic rate of the rules.
        batch_size: samples in a minibatch.
        speed: updates per second.
    """

    distribution: Distribution
    methods: tuple[str, ...]
    rate: float
    batch_size: int
    speed: int


@dataclass(frozen=True)
class Moment:
    """One moment of the animation.

    Args:
        step: updates done.
        shift: the shift of the input distribution, see :class:`ipcore.theory.drift.Moved`.
        stretch: likewise.
        now: simulated :data:`QUANTITIES`, shape (methods, 4), for all of :data:`ipcore.theory.neuron.ONE_NEURON`.
        rest: what theory predicts for the distribution of this moment, same shape; NaN where it predicts nothing.
        bins: probability that the output falls in each of equal bins over [-1, 1], shape (methods, bins).
    """

    step: int
    shift: float
    stretch: float
    now: np.ndarray
    rest: np.ndarray
    bins: np.ndarray


@dataclass
class _State:
    """The state from which the next moment is computed; methods of the same smallest batch size share a neuron."""

    neurons: tuple[Neuron, ...]
    drifted: float = 0.0
    share: float = 0.0

    def copy(self) -> _State:
        shared = {id(each.distribution): each.distribution for each in self.neurons}
        return _State(copy.deepcopy(self.neurons, shared), self.drifted, self.share)


def _alone(method: Callable[..., None]) -> Callable[..., None]:
    """A method of :class:`Play` that waits until no other thread is in one."""

    @wraps(method)
    def alone(self: Play, *args: Any, **more: Any) -> None:
        with self.lock:
            method(self, *args, **more)

    return alone


class Play:
    """One visitor's neuron.

    Streamlit starts a rerun of a page while the one before, told to stop, may still be computing. So several threads
    may use it: each change is made whole, and whoever reads more than one thing holds the lock.

    Args:
        setup: what it is fed and how its rules learn.
    """

    def __init__(self, setup: Setup) -> None:
        self.lock = threading.RLock()
        self.setup = setup
        self.playing = False
        self.drifting = False
        self.reset()

    @_alone
    def reset(self) -> None:
        """Sets gain to 1 and bias to 0, paused, with the distribution that the sliders say."""
        self.id = next(_numbers)
        self.revision = 0
        self.playing = self.drifting = False
        base, size = self.setup.distribution, self.setup.batch_size
        groups: dict[int, list[str]] = {}
        for method in dict.fromkeys(map(computed_as, ONE_NEURON)):
            groups.setdefault(get(method).least_batch, []).append(method)
        neurons = [Neuron(base, group, max(size, least), history=2) for least, group in sorted(groups.items())]
        self._state = _State(tuple(neurons))
        self.moments: deque[Moment] = deque(maxlen=RECORD)
        self._ahead: deque[tuple[int, _State]] = deque()
        self.last = -1
        """Number of the newest moment; the first is 0."""
        self._anchor = (0.0, 0.0)  # a time, and the moment on screen at it
        self._add()
        self.origin: Moment | None = self.moments[-1]
        """The moment from which input and settings are as they are now; None once the input has drifted."""

    # -- what buttons and widgets do ---------------------------------------------------------------------------------

    @_alone
    def play(self, now: float) -> None:
        """Starts to play."""
        if not self.playing:
            self.playing, self._anchor = True, (now, float(self.last))
            self.advance(now)

    @_alone
    def pause(self, now: float) -> None:
        """Pauses at the moment on screen."""
        self._cut(now)
        self.playing = False

    @_alone
    def step(self, now: float, count: int = 1) -> None:
        """Makes some updates, then pauses."""
        self.pause(now)
        self._compute(count)
        self._anchor = (now, float(self.last))

    @_alone
    def drift(self, now: float, on: bool) -> None:
        """Lets the distribution drift, or return to what its sliders say."""
        self._cut(now)
        self.drifting = on
        self.origin = None
        self.advance(now)

    @_alone
    def change(self, now: float, setup: Setup) -> None:
        """Changes the settings from the moment on screen on."""
        if setup == self.setup:
            return
        fed = (setup.distribution, setup.rate, setup.batch_size, setup.speed)
        other = fed != (self.setup.distribution, self.setup.rate, self.setup.batch_size, self.setup.speed)
        if other:
            self._cut(now)
        self.setup = setup
        self.revision += 1
        if not self.playing:
            self._replace_last()
        if other:
            self.origin = None if self.drifting or self._state.share else self.moments[-1]
        self.advance(now)

    # -- time --------------------------------------------------------------------------------------------------------

    def shown(self, now: float) -> float:
        """The moment on screen at a time, as a number with a fraction."""
        then, moment = self._anchor
        return min(float(self.last), moment + (now - then) * PACE) if self.playing else float(self.last)

    @_alone
    def advance(self, now: float) -> None:
        """Computes what will be shown soon."""
        if not self.playing:
            return
        then, moment = self._anchor
        if moment + (now - then) * PACE > self.last:  # nobody watched, or the server was late: it went no further
            self._anchor = (now, float(self.last))
        wanted = math.ceil(self.shown(now) + LEAD * PACE)
        while self.last < wanted:
            self._compute(self.setup.speed // PACE)
        self._forget(now)

    def _cut(self, now: float) -> None:
        """Forgets the moments that have been computed but not shown."""
        shown = math.ceil(self.shown(now))
        self._anchor = (now, self.shown(now))
        while self._ahead and self._ahead[-1][0] > shown and len(self._ahead) > 1:
            self._ahead.pop()
            self.moments.pop()
            self.last -= 1
        self._state = self._ahead[-1][1].copy()
        self._forget(now)
        self.revision += 1

    def _forget(self, now: float) -> None:
        """Drops the states of moments that have been shown: nothing goes back to them."""
        while len(self._ahead) > 1 and self._ahead[0][0] < self.shown(now) - 1:
            self._ahead.popleft()

    # -- moments -----------------------------------------------------------------------------------------------------

    def moved(self, now: float) -> Distribution:
        """The input distribution of the moment on screen at a time."""
        moment = self.moments[math.floor(self.shown(now)) - self.last - 1]
        if (moment.shift, moment.stretch) == (0.0, 1.0):
            return self.setup.distribution
        return Moved(self.setup.distribution, moment.shift, moment.stretch)

    def _compute(self, updates: int) -> None:
        """One more moment, after some updates."""
        state, setup = self._state, self.setup
        towards = 1.0 if self.drifting else 0.0
        state.share += min(max(towards - state.share, -1 / (EASE * PACE)), 1 / (EASE * PACE))
        if state.share:
            state.drifted += 1 / PACE
        else:
            state.drifted = 0.0
        fed = self._distribution()
        for neuron in state.neurons:
            if any(get(method).too_small(setup.batch_size) for method in neuron.methods):
                continue
            neuron.distribution, neuron.rate, neuron.batch_size = fed, setup.rate, setup.batch_size
            neuron.step(updates)
        self._add()

    def _distribution(self) -> Distribution:
        base, state = self.setup.distribution, self._state
        if not state.share:
            return base
        eased = state.share**2 * (3 - 2 * state.share)
        return Moved(base, *wander(base, state.drifted, eased))

    def _add(self) -> None:
        self.last += 1
        self.moments.append(self._moment())
        self._ahead.append((self.last, self._state.copy()))

    def _replace_last(self) -> None:
        """Computes the newest moment anew, with the same gain and bias and the current settings."""
        self.moments[-1] = self._moment()

    def _moment(self) -> Moment:
        fed, base, state = self._distribution(), self.setup.distribution, self._state
        shift, stretch = (fed.shift, fed.stretch) if isinstance(fed, Moved) else (0.0, 1.0)
        found = {method: values for neuron in state.neurons for method, values in neuron.now().items()}
        now = np.array([found[computed_as(method)][:2] for method in ONE_NEURON])
        rest = np.array([_rest(method, base, fed) for method in ONE_NEURON])
        bins = bin_probabilities(fed, *np.stack([now, rest]).transpose(2, 0, 1))  # (now and rest, methods, bins)
        informed = np.stack([information(bins), quadratic_information_potential(bins)], -1)
        table = np.concatenate([np.stack([now, rest]), informed], -1).astype(np.float32)
        return Moment(state.neurons[0].steps, shift, stretch, table[0], table[1], bins[0].astype(np.float32))


@cache
def computed_as(method: str) -> str:
    """The first method with the same update, which one neuron cannot tell from this one."""
    own = get(method)
    same = (name for name in ONE_NEURON if (get(name).update, get(name).least_batch) == (own.update, own.least_batch))
    return next(same)


def _rest(method: str, base: Distribution, fed: Distribution) -> tuple[float, float]:
    """Gain and bias at rest for a distribution, which is ``base`` or a moved one."""
    rest = get(method).rest
    if isinstance(fed, Moved) and isinstance(rest, Rest) and rest.moves_with_input:
        return rest_of_moved(at_rest(method, base), fed.shift, fed.stretch)
    return at_rest(method, fed)
