"""The page "One neuron": its settings and this visitor's neuron. It loads SciPy, so only that page imports it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.neuron import settings as neuron_controls
from app.neuron.csv import table
from app.neuron.frames import Axes
from app.neuron.frames import frame as packed
from app.neuron.play import Play, Setup
from app.session import feeds, parts, visitor
from app.session.clicks import counted, once
from app.session.url import Settings
from app.ui.feeds import View

settings = Settings(
    "neuron", neuron_controls.DEFAULTS, neuron_controls.from_url, neuron_controls.to_url,
    neuron_controls.key, neuron_controls.PAIRS, parts.NEURON,
)  # fmt: skip

KEY = "neuron_charts"
"""The key of the component with the charts."""
PACE = 0.4
"""Seconds between two frames of a neuron that plays."""
MOMENT = 20
"""Updates between two moments of a neuron that another page has let settle."""


def arrive() -> None:
    """Begins a script run of the page: finds the visitor and the settings in the URL."""
    visitor.arrive()
    settings.from_url()


def play(setup: Setup | None = None) -> Play:
    """This visitor's neuron; with a setup, it has that setup from now on."""
    state = st.session_state
    if "neuron" not in state:
        first = setup or neuron_controls.choose(neuron_controls.DEFAULTS)[0]
        assert first is not None
        state.neuron, state.neuron_axes = Play(first), Axes()
    elif setup is not None:
        state.neuron.change(time.monotonic(), setup)
    return state.neuron


def use_rate(value: float) -> None:
    """Sets the intrinsic rate."""
    st.session_state[neuron_controls.key("intrinsic_rate")] = value


@once
def toggle() -> None:
    """Plays or pauses the neuron."""
    own = play()
    (own.pause if own.playing else own.play)(time.monotonic())


@once
@counted(lambda count: f"step{count}")
def step(count: int, times: int) -> None:
    """Makes some updates for each click, then pauses."""
    play().step(time.monotonic(), count * times)


@once
def reset() -> None:
    """Sets gain to 1 and bias to 0, paused."""
    play().reset()


@once
def drift() -> None:
    """Lets the input drift while the neuron plays, or return to what its sliders say."""
    own, now = play(), time.monotonic()
    own.drift(now, not own.drifting)
    if own.drifting:
        own.play(now)


def take_over(values: Mapping[str, Any], *, start: bool, updates: int = 0) -> None:
    """Fills in settings; another page calls this before it opens this one.

    Args:
        values: every setting.
        start: whether the neuron is to play at once.
        updates: how many updates it has made by then, from gain 1 and bias 0.

    Raises:
        ValueError: if the settings are not allowed together.
    """
    setup, problem = neuron_controls.choose(values)
    if setup is None:
        raise ValueError(problem)
    settings.keep(values)
    own, now = play(setup), time.monotonic()
    own.reset()
    for _ in range(updates // MOMENT):
        own.step(now, MOMENT)
    if start:
        own.play(now)


@dataclass(frozen=True)
class NeuronSource:
    """The charts of one neuron.

    Args:
        own: the neuron.
        axes: the axes of its charts, which only grow.
    """

    own: Play
    axes: Axes

    def stamp(self, view: View | None = None) -> str:
        """See :class:`app.ui.feeds.Source`."""
        moment = int(time.monotonic() / PACE) if self.own.playing else f"at-{self.own.last}"
        return f"neuron-{self.own.id}-{self.own.revision}-{moment}"

    def frame(self, view: View | None = None) -> bytes:
        """See :class:`app.ui.feeds.Source`."""
        with self.own.lock:
            now = time.monotonic()
            self.own.advance(now)
            return packed(self.own, self.axes, now)

    def facts(self) -> dict[str, Any]:
        """See :class:`app.ui.feeds.Source`."""
        return {"live": self.own.playing, "phase": f"{self.own.playing} {self.own.drifting}"}


def shown() -> dict[str, str] | bytes:
    """What the component shows: the feed of the charts, or a frame if the browser cannot ask for it."""
    source = NeuronSource(play(), st.session_state.neuron_axes)
    return feeds.offer(KEY, source) or source.frame()


def pace() -> float | None:
    """Seconds between two updates of the live part; None if nothing can change by itself."""
    return feeds.pace(KEY, PACE if play().playing else None)


def file(chart: str) -> tuple[str, str]:
    """The data of one chart so far: a file's name and its CSV."""
    own = play()
    with own.lock:
        now = time.monotonic()
        own.advance(now)
        return f"one-neuron-{chart}.csv", table(own, chart, now)
