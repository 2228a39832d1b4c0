"""The page "Robustness": how accuracy depends on one or two settings, for every method."""

from html import escape

import streamlit as st

from app.session import feeds, files, links, visitor
from app.session.robustness import actions, screen
from app.sweep import settings as sweep_controls
from app.sweep import words as sweep_words
from app.sweep.component import show
from app.sweep.csv import CHARTS
from app.ui import markdown, teacher_link
from app.ui.settings import FOLDED
from app.ui.status_line import status_line
from app.ui.style import begin


def buttons(choice: sweep_controls.SweepChoice) -> None:
    """Draws the row of buttons, always the same ones; those that do nothing now are disabled."""
    own = screen.run()
    state = own.state if own else ""
    live = state in sweep_words.LIVE
    news = choice.sweep is not None and (not live or bool(screen.pending(choice.sweep)))
    goes_on = own is not None and own.over and own.missing > 0
    label = "Resume" if state == "paused" or goes_on else "Pause"
    with st.container(key="buttons", horizontal=True, gap="small"):
        st.button(
            "Start" if own is None or live else "Start again",
            key="start",
            type="primary",
            shortcut="S",
            icon=":material/play_arrow:",
            on_click=actions.start,
            disabled=not news,
            help="Train all networks of the sweep with the settings shown.",
        )
        st.button(
            label,
            key="toggle",
            icon=":material/pause:" if label == "Pause" else ":material/resume:",
            shortcut="P",
            on_click=actions.toggle,
            disabled=not (goes_on or state in ("running", "paused")),
            help="Pause: networks under way finish, and no others start. Resume: train those that are missing.",
        )
        st.button(
            "Stop",
            key="stop",
            icon=":material/stop:",
            shortcut="X",
            on_click=actions.stop,
            disabled=not live or state == "stopping",
            help="Cancel the networks under way and keep those that are done.",
        )


def note(choice: sweep_controls.SweepChoice) -> None:
    """Draws the line under the buttons: why Start is refused, or how large the sweep is that it would start."""
    if choice.sweep is None:
        st.html(f'<div class="sweep-note refused" role="status">{escape(choice.problem)}</div>')
        return
    notes = " ".join(filter(None, (screen.pending(choice.sweep), sweep_words.left_out(choice.sweep))))
    size = escape(screen.size(choice.sweep))
    st.html(f'<div class="sweep-note" role="status">{size} <span>{escape(notes)}</span></div>')


def way_back() -> None:
    """Draws a button that shows one's own sweep again, if a link has put other settings on the screen."""
    if screen.on_screen.is_aside():
        st.button(
            "Back to your own sweep",
            key="back_to_run",
            type="tertiary",
            icon=":material/undo:",
            on_click=actions.back_to_run,
            help="It goes on. A link has put other settings on the screen.",
        )


def stage(drawn: str, asked: bool) -> None:
    """Draws the live part; when the state of the sweep changes, it reruns the whole page.

    Args:
        drawn: the phase when the page around this part was drawn.
        asked: whether the browser then was to ask for the frames of the charts.
    """
    visitor.here()
    if screen.phase() != drawn or feeds.reachable(screen.KEY) != asked:
        st.rerun()
    status_line(screen.status())
    troubles = "<br>".join(map(escape, sweep_words.troubles(screen.recording())))
    st.html(f'<div class="sweep-trouble" role="status">{troubles}</div>')
    show(screen.shown(), key=screen.KEY)


def summary() -> None:
    """Draws the table of the ranges in which each method learns."""
    table, caption = screen.summary()
    st.html(table)
    st.caption(caption)


screen.arrive()
begin("robustness", "ui/page.css", "ui/status_line.css", "sweep/page.css")
markdown.ignored_in_link(screen.settings.notices())
with st.sidebar:
    unfolded = screen.settings.differed(FOLDED)
    sweep_controls.widgets(screen.settings.values(), actions.differ, actions.tidy, unfolded)
    screen.remember()
screen.settings.to_url()
links.offer(screen.settings.links)
choice = sweep_controls.choose(screen.settings.values())
buttons(choice)
st.fragment(note, run_every=screen.pace_of_size())(choice)
way_back()
st.fragment(stage, run_every=screen.pace())(screen.phase(), feeds.reachable(screen.KEY))
if teacher_link.current().shows("summary"):
    st.subheader("Summary", anchor=False)
    st.fragment(summary, run_every=screen.pace_of_summary())()
files.offer(CHARTS, screen.file)
