"""The page "Depth": its settings, and finished measurements, which all visitors share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.background.run import Run
from app.background.runs import Refused
from app.depth import settings as depth_controls
from app.session import parts, server, visitor
from app.session.clicks import once
from app.session.url import Settings
from app.ui.markdown import plain
from ipcore.config import RunConfig
from ipcore.recordings.events.measurement import Measured
from ipcore.recordings.files import events_from_file
from ipcore.recordings.measurement import Measurement

BUNDLED = Path(__file__).parents[1] / "recordings" / "default-measurement.jsonl"
KEPT = 64
"""How many finished measurements are kept for all visitors; the same settings give the same numbers."""

settings = Settings(
    "depth", depth_controls.DEFAULTS, depth_controls.from_url, depth_controls.to_url, depth_controls.key,
    charts=parts.DEPTH,
)  # fmt: skip


@st.cache_resource(show_spinner=False)
def bundled() -> Measurement:
    """The measurement that ships with the project."""
    events = list(events_from_file(BUNDLED, "measurement"))
    measured = next(event for event in events if isinstance(event, Measured))
    found = Measurement(depth_controls.recorded(measured.methods))
    for event in events:
        found.add(event)
    return found


@st.cache_resource(show_spinner=False)
def _measurements() -> dict[RunConfig, Measurement]:
    """Finished measurements by their settings, oldest first."""
    return {}


def arrive() -> None:
    """Begins a script run of the page: finds the visitor and the settings in the URL."""
    visitor.arrive()
    st.session_state.setdefault("measuring", None)
    # The newest one of this visitor: see app.session.race.screen.arrive.
    newest = next(reversed(server.runs().of(visitor.name(), "measurement")), None)
    if newest is not None:
        st.session_state.measuring = newest
    settings.from_url()


def measurement(config: RunConfig) -> Measurement | None:
    """The measurement with these settings, made by any visitor of this server or shipped; None if there is none.

    The shipped measurement lacks some methods; for them only theory is shown. It is shown for any number of seeds,
    because a measurement of more methods has fewer of them.
    """
    shipped = bundled()
    same = config.replace(methods=shipped.config.methods, seeds=shipped.config.seeds) == shipped.config
    return measured_here(config) or (shipped if same else None)


def measured_here(config: RunConfig) -> Measurement | None:
    """The measurement with these settings, made by any visitor of this server; None if there is none."""
    known, own = _measurements(), measuring(config)
    if own is not None and own.state == "finished":
        known.setdefault(config, own.recording)
        while len(known) > KEPT:
            known.pop(next(iter(known)), None)
    return known.get(config)


def measuring(config: RunConfig) -> Run[Measurement] | None:
    """The measurement that this visitor started, if it has these settings."""
    own = st.session_state.measuring
    return own if own is not None and own.config == config else None


@once
def measure(config: RunConfig) -> None:
    """Starts a measurement, which replaces the one that this visitor started before."""
    try:
        st.session_state.measuring = server.runs().measure(config, visitor.name())
    except Refused as refused:
        st.toast(plain(str(refused)))
        return
    server.await_effect(st.session_state.measuring, lambda own: False)
