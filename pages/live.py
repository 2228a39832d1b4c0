"""The front page: what this is, networks that learn, settings, buttons, and charts that show the same moment."""

from html import escape

import streamlit as st

from app.race import intro
from app.race import settings as controls
from app.race import start as starts
from app.race.component import show
from app.race.csv import CHARTS
from app.session import clicks, feeds, files, links, visitor
from app.session.race import actions, screen
from app.ui import markdown, teacher_link, words
from app.ui.settings import FOLDED, RunChoice
from app.ui.status_line import status_line
from app.ui.style import style

# The buttons that train some steps: how many, and the key that stands for the button.
STEPS = ((1, "O"), (10, "T"))


def settings() -> None:
    """Draws the settings in the sidebar, first those that may change any time."""
    now = screen.settings.values()
    with st.sidebar:
        controls.in_flight(now, actions.steer, actions.use_rate)
        controls.at_next_start(now, screen.settings.differed(FOLDED))
        screen.remember()
    screen.settings.to_url()
    links.offer(screen.settings.links)


def buttons(choice: RunChoice) -> None:
    """Draws the row of buttons, always the same ones; those that do nothing now are disabled."""
    own, valid = screen.run(), choice.config is not None
    state = own.state if own else ""
    live = state in words.LIVE
    waiting = live and not screen.waits_at_start() and not screen.pending()
    with st.container(key="buttons", horizontal=True, gap="small"):
        st.button(
            "Start" if own is None or live else "Start again",
            key="start",
            type="secondary" if screen.recorded() else "primary",  # what to press first is one thing
            shortcut="S",
            icon=":material/play_arrow:",
            on_click=actions.start,
            disabled=not valid or waiting,
            help="Train with the settings shown.",
        )
        st.button(
            "Resume" if state == "paused" else "Pause",
            key="toggle",
            icon=":material/pause:",
            shortcut="P",
            on_click=actions.toggle,
            disabled=state not in ("running", "paused"),
        )
        for count, key in STEPS:
            st.button(
                f"Step {count}",
                key=f"step{count}",
                icon=":material/skip_next:",
                shortcut=key,
                on_click=actions.advance,
                args=(count,),
                disabled=not (valid if own is None else live),
                help=f"Train {count} step{'s' if count > 1 else ''}, then pause.",
            )
        st.button(
            "Reset",
            key="reset",
            icon=":material/replay:",
            shortcut="B",
            on_click=actions.reset,
            disabled=not valid or own is None or (screen.waits_at_start() and not screen.pending()),
            help="Go back to step 0, with the same initial weights and minibatches.",
        )
        st.button(
            "New seed",
            key="new_seed",
            icon=":material/casino:",
            shortcut="N",
            on_click=actions.new_seed,
            disabled=not valid or teacher_link.current().locks("first_seed"),
            help="Use the next seeds: other initial weights and minibatches.",
        )


def note(choice: RunChoice) -> None:
    """Draws the line under the buttons: why Start is refused, what waits for the next start, or a hint."""
    waiting = screen.pending()
    if choice.problem or screen.refusal():
        kind, text = "refused", choice.problem or screen.refusal()
    elif waiting:
        kind, text = "waits", words.pending(waiting)
    elif screen.others():
        kind, text = "shared", words.watched_by(screen.others())
    else:
        kind, text = "keys", "Keyboard shortcuts are shown on the buttons."
    with st.container(key="race_note", horizontal=True, gap="small", vertical_alignment="center"):
        with st.container(key="race_keys" if kind == "keys" else "race_says", width="content"):
            st.html(f'<div class="race-note {kind}" role="status">{escape(text)}</div>', width="content")
        if screen.on_screen.is_aside():
            st.button(
                "Back to your own race",
                key="back_to_run",
                type="tertiary",
                icon=":material/undo:",
                on_click=actions.back_to_run,
                help="It goes on. A link has put other settings on the screen.",
            )
        st.button(
            "Give plain its best start (Xavier)",
            key="best_start",
            type="tertiary",
            icon=":material/balance:",
            on_click=actions.give_best_start,
            disabled=not starts.improvable(screen.settings.values()) or not teacher_link.free(starts.BEST),
            help="With weights of variance 2/(fan-in + fan-out) a deep plain network learns, too. "
            "All methods then start from them, in the next race.",
        )


def stage(drawn: str, asked: bool) -> None:
    """Draws the live part; when the state of the run changes, it reruns the whole page.

    Args:
        drawn: the phase when the page around this part was drawn.
        asked: whether the browser then was to ask for the frames of the charts.
    """
    visitor.here()
    if screen.phase() != drawn or feeds.reachable(screen.KEY) != asked:
        st.rerun()
    status_line(screen.status())
    show(screen.shown(), key=screen.KEY)


screen.arrive()
style("ui/page.css", "ui/status_line.css", "race/page.css")
st.title(intro.TITLE, anchor=False)
st.html(intro.LEAD)
markdown.ignored_in_link(screen.settings.notices())
settings()
choice = controls.choose(screen.settings.values())
buttons(choice)
note(choice)
st.fragment(stage, run_every=screen.pace())(screen.phase(), feeds.reachable(screen.KEY))
files.offer(CHARTS, screen.file)
clicks.count({f"step{count}": key for count, key in STEPS})
