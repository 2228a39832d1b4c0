"""Robustness: how accuracy depends on a setting or two, for every method; a figure that fills in as networks finish."""

from html import escape

import streamlit as st

from app import sweep_controls, sweep_words
from app.session import robustness as session
from app.session import visitor
from app.sweep_live import charts

STYLE = """<style>
.stMainBlockContainer { padding: 3.75rem 2rem 2rem; }
.stMainBlockContainer h1 { padding: 0; }
.st-key-buttons button { white-space: nowrap; }
.st-key-start button { min-width: 9.6rem; }
.st-key-toggle button { min-width: 8rem; }
[data-testid="stElementContainer"]:has(.sweep, .sweep-summary, .race-status) { opacity: 1 !important; }
.race-status { display: grid; grid-template-columns: minmax(0, 1fr) repeat(3, auto); column-gap: 1.5rem;
  align-items: baseline; font-variant-numeric: tabular-nums; min-height: 2.25rem; }
.race-status b { font-weight: 600; }
.race-status .fact { min-width: 8.5rem; text-align: right; opacity: .8; }
.race-status .fact:empty { display: none; }
.race-status .bar { grid-column: 1 / -1; height: 4px; margin-top: .4rem; border-radius: 2px; overflow: hidden;
  background: color-mix(in srgb, currentColor 15%, transparent); }
.race-status .bar i { display: block; height: 100%; background: #178a92; transition: width .4s linear; }
.race-status.trouble b, .sweep-note.refused, .sweep-trouble { color: light-dark(#b3261e, #ff8a80); }
.sweep-note { min-height: 1.4rem; font-size: .875rem; }
.sweep-note span { opacity: .75; }
.sweep-trouble { font-size: .875rem; margin-top: .3rem; }
.sweep-summary { overflow-x: auto; }
.sweep-summary table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.sweep-summary :is(th, td) { padding: .3rem .9rem .3rem 0; text-align: left; white-space: nowrap; font-weight: 400;
  border: 0; border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
.sweep-summary :is(th, td) + :is(th, td) { padding-left: .9rem; }
.sweep-summary tbody th { font-weight: 650; }
.sweep-summary thead th { font-size: .875rem; opacity: .8; }
.sweep-summary tbody td:nth-child(2) { font-weight: 600; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.75rem 1rem 1rem; }
  .st-key-buttons { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; }
  .st-key-buttons > div { width: 100%; min-width: 0; }
  .st-key-buttons button { width: 100%; min-width: 0; padding-inline: .25rem; }
  .st-key-buttons kbd, .st-key-buttons span:has(> [data-testid="stIconMaterial"]) { display: none; }
  .st-key-buttons [data-has-shortcut] { display: flex; justify-content: center; padding: 0; }
  .race-status { grid-template-columns: repeat(3, auto); column-gap: .5rem; font-size: .9rem; min-height: 4.4rem; }
  .race-status b { grid-column: 1 / -1; min-height: 2.6em; }
  .race-status .fact { min-width: 0; text-align: left; }
  .sweep-note { min-height: 2.8rem; }
}
</style>"""


def buttons(valid: bool) -> None:
    """The row of buttons: always the same ones; those of no use now are disabled."""
    own = session.run()
    state = own.state if own else ""
    live = state in sweep_words.LIVE
    goes_on = own is not None and own.over and own.missing > 0
    label = "Resume" if state == "paused" or goes_on else "Pause"
    with st.container(key="buttons", horizontal=True, gap="small"):
        st.button(
            "Start" if own is None or live else "Start again", key="start", type="primary", shortcut="S",
            icon=":material/play_arrow:", on_click=session.start,
            disabled=not valid or (live and not session.pending(sweep_controls.choose(session.settings.values()).sweep)),
            help="Train all networks of the sweep with the settings shown.",
        )
        st.button(
            label, key="toggle", icon=":material/pause:" if label == "Pause" else ":material/resume:", shortcut="P",
            on_click=session.toggle, disabled=not (goes_on or state in ("running", "paused")),
            help="Pause: networks under way finish, no others begin. Resume also goes on after a stop, with what is missing.",
        )
        st.button(
            "Stop", key="stop", icon=":material/stop:", shortcut="X", on_click=session.stop,
            disabled=not live or state == "stopping", help="Cancel what is under way and keep what is done.",
        )


def note(choice: sweep_controls.Choice) -> None:
    """One line under the buttons, always there: why Start is refused, or how large the sweep is that it would start."""
    if choice.sweep is None:
        st.html(f'<div class="sweep-note refused" role="status">{escape(choice.problem)}</div>')
        return
    said = " ".join(filter(None, (session.pending(choice.sweep), sweep_words.left_out(choice.sweep))))
    st.html(f'<div class="sweep-note" role="status">{escape(session.size(choice.sweep))} <span>{escape(said)}</span></div>')


def status_line() -> None:
    """The state in words, networks done, time left, a bar, and what went wrong."""
    now = session.status()
    facts = "".join(f'<span class="fact">{escape(fact)}</span>' for fact in now.facts)
    width = 0 if now.share is None else 100 * now.share
    troubles = "".join(f'<div class="sweep-trouble">{escape(said)}</div>' for said in sweep_words.troubles(session.recording()))
    st.html(
        f'<div class="race-status {now.tone}"><b>{escape(now.headline)}</b>{facts}'
        f'<div class="bar"><i style="width:{width:.1f}%"></i></div></div>{troubles}'
    )


def stage(drawn: tuple[str, str]) -> None:
    """The live part; when the sweep has come to another state, the whole page is drawn anew, once.

    Args:
        drawn: the phase that the buttons around it show.
    """
    visitor.here()
    if session.phase() != drawn:
        st.rerun()
    status_line()
    frame, file = session.frame()
    charts(frame, key=session.KEY, download=file)
    st.subheader("Summary", anchor=False)
    st.html(session.summary())
    st.caption(sweep_words.caption(session.sweep()))


session.arrive()
st.html(STYLE)
st.title("Robustness", anchor=False)
st.markdown("How far can a setting be turned before networks no longer learn? Many networks, for each method, over seeds.")
if session.settings.notices():
    st.warning("Ignored in the link: " + "; ".join(session.settings.notices()) + ".")
with st.sidebar:
    sweep_controls.widgets(session.settings.values())
    session.remember()
session.settings.to_url()
choice = sweep_controls.choose(session.settings.values())
buttons(choice.sweep is not None)
note(choice)
st.fragment(stage, run_every=session.pace())(session.phase())
