"""The page "Lessons": which lesson is open, what was guessed, and its run. Nothing of it is stored."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from app.lessons.lesson import Lesson, lessons
from app.lessons.numbers import of_neuron, of_recording
from app.lessons.parts import with_methods
from app.race import frames as race_frames
from app.race import settings as race_controls
from app.race.component import view
from app.race.digest import digest
from app.session import known, parts, shipped, visitor
from app.session.links import PageLinks
from app.session.robustness import charts as sweep_charts
from app.store.recorded import SHIPPED
from app.sweep import settings as sweep_controls
from ipcore.config import RunConfig
from ipcore.recordings.files import from_events
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

if TYPE_CHECKING:
    from app.neuron.play import Setup

KEY = "lesson_charts"
"""The key of the component with the charts."""
CONTENTS = "contents"
"""The control of the page that a teacher's link can leave out or lock: what opens another lesson."""
PAGES = {"race": "../pages/live.py", "sweep": "../pages/robustness.py", "neuron": "../pages/neuron.py"}
"""Kind of a run -> the page that trains such runs."""


def arrive() -> None:
    """Begins a script run of the page: who is here."""
    visitor.arrive()
    wanted = st.query_params.get("lesson")
    unknown = wanted is not None and all(each.id != wanted for each in lessons())
    links(current()).arrive([f"there is no lesson {str(wanted)[:40]!r}"] if unknown else [])


def links(lesson: Lesson) -> PageLinks:
    """What a link says of the page while it shows a lesson: which of the lesson's charts there are."""
    charts = {"race": parts.RACE, "sweep": parts.SWEEP, "neuron": parts.NEURON}[lesson.kind]
    shown = ("networks", *lesson.charts) if lesson.charts else charts
    return PageLinks("lessons", (CONTENTS,), {name: title for name, title in charts.items() if name in shown})


def remember() -> None:
    """Keeps this visitor's name in their browser tab, and comes back as the one whose tab was reloaded."""
    visitor.remember(settled=any(st.session_state.get(name) is not None for name in ("run", "sweep")))


def current() -> Lesson:
    """The lesson that the link names; the first if it names none."""
    wanted = st.query_params.get("lesson", "")
    return next((lesson for lesson in lessons() if lesson.id == wanted), lessons()[0])


def open_lesson(id: str) -> None:
    """Opens a lesson."""
    st.query_params.from_dict({"lesson": id})


def neighbour(lesson: Lesson, way: int) -> Lesson | None:
    """The next lesson, or with -1 the one before; None if there is none."""
    at = lessons().index(lesson) + way
    return lessons()[at] if 0 <= at < len(lessons()) else None


def guess(lesson: Lesson) -> int | None:
    """The index of what was guessed; None before."""
    return st.session_state.get("lesson_guesses", {}).get(lesson.id)


def keep_guess(lesson: Lesson, chosen: int) -> None:
    """Keeps a guess as long as this tab is open, and has the run shown."""
    state = st.session_state
    state["lesson_guesses"] = {**state.get("lesson_guesses", {}), lesson.id: chosen}
    if lesson.kind == "neuron":
        _begin_neuron(lesson)


def forget(lesson: Lesson) -> None:
    """Forgets the guess, so that the question is open again."""
    state = st.session_state
    state["lesson_guesses"] = {id: each for id, each in state.get("lesson_guesses", {}).items() if id != lesson.id}


@st.cache_resource(show_spinner=False)
def recording(id: str) -> Recording | SweepRecording:
    """The recording of a lesson on a race or a sweep, with the methods that it shows.

    Raises:
        ValueError: if none with its settings is shipped.
    """
    lesson = next(each for each in lessons() if each.id == id)
    name = shipped_for(lesson)
    if not lesson.methods:
        return shipped.recording(name)
    with gzip.open(SHIPPED[name][1], "rt", encoding="utf-8") as lines:
        return from_events(with_methods(map(json.loads, lines), lesson.methods))


def shipped_for(lesson: Lesson) -> str:
    """The id of the shipped recording with exactly the settings of a lesson.

    Raises:
        ValueError: if there is none.
    """
    wanted: RunConfig | Sweep | None
    if lesson.kind == "race":
        found, ignored = race_controls.from_url(lesson.query)
        wanted = race_controls.choose(race_controls.DEFAULTS | found).config
    else:
        found, ignored = sweep_controls.from_url(lesson.query)
        wanted = sweep_controls.choose(sweep_controls.DEFAULTS | found).sweep
    if ignored:
        raise ValueError(" ".join(ignored))
    name = None if wanted is None else known.shipped_with(wanted)
    if name is None:
        raise ValueError("no recording with these settings is shipped")
    return name


@st.cache_resource(show_spinner=False)
def numbers(id: str) -> Mapping[str, float]:
    """The numbers of a lesson's run, by their names."""
    lesson = next(each for each in lessons() if each.id == id)
    if lesson.kind == "neuron":
        return of_neuron(_setup(lesson), dict(lesson.numbers))
    return of_recording(recording(id), dict(lesson.numbers))


def shown(lesson: Lesson) -> dict[str, str] | bytes:
    """What the component shows: the charts of a lesson's run at the moment that the visitor chose."""
    if lesson.kind == "neuron":
        from app.session import neuron

        if neuron.play().setup != _setup(lesson):  # another page has changed it meanwhile
            _begin_neuron(lesson)
        return neuron.shown()
    run = recording(lesson.id)
    if isinstance(run, SweepRecording):
        return sweep_charts.frame_on(KEY, run, f"lesson-{lesson.id}", "")
    chosen = view(st.session_state.get(KEY))
    layer = chosen.layer if chosen.layer is None or chosen.layer < run.config.depth else None
    return _packed(digest(run).run, chosen.step, layer, run)


def pace(lesson: Lesson) -> float | None:
    """Seconds between two updates of the run; None if it cannot change by itself."""
    if lesson.kind != "neuron":
        return None
    from app.session import neuron

    return neuron.pace()


def key(lesson: Lesson) -> str:
    """The key of the component that shows the run."""
    if lesson.kind != "neuron":
        return KEY
    from app.session import neuron

    return neuron.KEY


def file(lesson: Lesson, chart: str) -> tuple[str, str]:
    """The data of one chart of a lesson's run: a file's name and its CSV."""
    if lesson.kind == "neuron":
        from app.session import neuron

        return neuron.file(chart)
    shown = recording(lesson.id)
    if isinstance(shown, SweepRecording):
        return sweep_charts.file_on(KEY, shown, f"lesson-{lesson.id}", chart)
    return f"{lesson.id}-{chart}.csv", race_frames.table(shown, chart)


@st.cache_resource(show_spinner=False, max_entries=128)
def _packed(run: int, step: int | None, layer: int | None, _recording: Recording) -> bytes:
    return race_frames.frame(_recording, step=step, layer=layer)


def _setup(lesson: Lesson) -> Setup:
    from app.neuron import settings as neuron_controls

    found, ignored = neuron_controls.from_url(lesson.query)
    setup, problem = neuron_controls.choose(neuron_controls.DEFAULTS | found)
    if ignored or setup is None:
        raise ValueError(" ".join(ignored) or problem)
    return setup


def _begin_neuron(lesson: Lesson) -> None:
    from app.neuron import settings as neuron_controls
    from app.session import neuron

    found, _ = neuron_controls.from_url(lesson.query)
    neuron.take_over(neuron_controls.DEFAULTS | found, start=True)
    if lesson.drift:
        neuron.drift()
