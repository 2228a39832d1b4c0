"""The page "Claims": the result that it shows, and what opens or starts the runs that show a claim."""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from app.background.claims import ClaimsRun
from app.claims.examples import Example
from app.race import settings as race_controls
from app.session import parts, shipped, visitor
from app.session.clicks import once
from app.session.links import PageLinks
from app.session.race import actions as race_actions
from app.session.robustness import actions as sweep_actions
from app.store.recorded import RECORDINGS
from app.sweep import settings as sweep_controls
from ipcore.claims.results import Result, read

SHIPPED = RECORDINGS / "claims" / "result.json"
"""The result that is shipped with the project."""
PAGES = {"race": "../pages/live.py", "sweep": "../pages/robustness.py", "neuron": "../pages/neuron.py"}
"""Kind of an example -> the page that runs it."""
RUNS = "../pages/runs.py"
CHOICE = "claims_result"
"""Key of the choice between two results."""
SHIPPED_CHOICE, OWN_CHOICE = "Shipped with this version", "Run on this server"
links = PageLinks("claims", (), parts.CLAIMS)
"""What a link says of the page: which claims are shown."""
UPDATES = 1_000
"""Updates after which a neuron is shown that is opened, not run."""


def arrive() -> None:
    """Begins a script run of the page: who is here, and which claims the link shows."""
    visitor.arrive()
    links.arrive()


def remember() -> None:
    """Keeps this visitor's name in their browser tab, and comes back as the one whose tab was reloaded."""
    visitor.remember(settled=any(st.session_state.get(name) is not None for name in ("run", "sweep")))


def dark() -> bool:
    """Whether the page is dark."""
    return st.context.theme.type == "dark"


@st.cache_resource(show_spinner=False, on_release=lambda run: run.close())
def own_run() -> ClaimsRun:
    """The run of all claims on this server, which everybody sees, starts and stops."""
    return ClaimsRun()


def result() -> Result | str:
    """The result that is shown: that of this server if there is one and the visitor did not choose the other."""
    own = own_run().result
    return shipped_result() if own is None or st.session_state.get(CHOICE) == SHIPPED_CHOICE else own


def phase() -> tuple[str, bool]:
    """When this changes, the whole page is drawn anew."""
    own = own_run()
    return own.state, own.result is not None


def left() -> str:
    """How long the run of this server still takes, in words."""
    seconds = own_run().seconds_left
    if seconds is None:
        return "the time left is not known yet"
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


@once
def start() -> None:
    """Starts the run of this server, or lets one that was stopped go on."""
    own_run().start()


@once
def stop() -> None:
    """Stops the run of this server."""
    own_run().stop()


@st.cache_resource(show_spinner=False)
def shipped_result() -> Result | str:
    """The result that is shipped with the project, or a sentence on why there is none."""
    try:
        return read(SHIPPED)
    except FileNotFoundError:
        return "No result of the claims comes with this version"
    except OSError as error:
        return f"The result that is shipped with this version cannot be read: {error.strerror or error}"
    except ValueError as error:
        return f"The result that is shipped with this version cannot be used: {error}"


def can_see(example: Example) -> bool:
    """Whether an example can be opened at once: its recording is shipped, or it takes no training."""
    return example.kind == "neuron" or shipped.is_shipped(example.id)


def see(example: Example) -> None:
    """Opens the recording of an example, or a neuron that has come to rest.

    Raises:
        ValueError: if this server does not allow its settings.
    """
    if example.kind == "neuron":
        _neuron(example, start=False)
        st.switch_page(PAGES["neuron"])
    st.switch_page(RUNS, query_params={"run": example.id})


def run(example: Example) -> None:
    """Fills in the settings of an example on the page of its kind, starts it and goes there.

    Raises:
        ValueError: if this server does not allow its settings.
    """
    parameters = dict(parse_qsl(example.query))
    if example.kind == "race":
        found, _ = race_controls.from_url(parameters)
        choice = race_controls.choose(race_controls.DEFAULTS | found)
        if choice.config is None:
            raise ValueError(choice.problem)
        race_actions.take_over(choice.config, start=True)
    elif example.kind == "sweep":
        found, _ = sweep_controls.from_url(parameters)
        chosen = sweep_controls.choose(sweep_controls.DEFAULTS | found)
        if chosen.sweep is None:
            raise ValueError(chosen.problem)
        sweep_actions.take_over(chosen.sweep, start=True)
    else:
        _neuron(example, start=True)
    st.switch_page(PAGES[example.kind])


def _neuron(example: Example, start: bool) -> None:
    from app.neuron import settings as neuron_controls  # here: it loads SciPy, which this page need not wait for
    from app.session import neuron

    found, _ = neuron_controls.from_url(dict(parse_qsl(example.query)))
    neuron.take_over(neuron_controls.DEFAULTS | found, start=start, updates=0 if start else UPDATES)
