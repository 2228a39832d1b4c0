"""The page "One neuron": an input distribution, the rules that set gain and bias, and where theory says they settle."""

from html import escape

import streamlit as st

from app.neuron import settings as neuron_controls
from app.neuron.component import show
from app.neuron.csv import CHARTS
from app.session import clicks, feeds, files, links
from app.session import neuron as session
from app.ui import markdown, method_texts
from app.ui.style import begin

RULES = r"""
The neuron turns its input $x$ into $y=\tanh(u)$, $u=\mathrm{gain}\cdot x+\mathrm{bias}$. Angle brackets are means over
a minibatch, $\eta$ is the intrinsic rate. IP and Infomax raise the entropy of the output, and rest where
$\langle y\rangle=0$ and $\langle u\,y\rangle=\tfrac12$.
"""


def buttons() -> None:
    """Draws the row of buttons."""
    own = session.play()
    with st.container(key="buttons", horizontal=True, gap="small"):
        st.button(
            "Pause" if own.playing else "Play",
            key="toggle",
            type="primary",
            shortcut="P",
            on_click=session.toggle,
            icon=":material/pause:" if own.playing else ":material/play_arrow:",
        )
        st.button(
            "Step",
            key="step1",
            icon=":material/skip_next:",
            shortcut="O",
            on_click=session.step,
            args=(1,),
            help="Make one update, then pause.",
        )
        st.button(
            "Reset",
            key="reset",
            icon=":material/replay:",
            shortcut="B",
            on_click=session.reset,
            help="Set gain to 1, bias to 0 and the input to what its sliders say.",
        )
        st.button(
            "Stop drift" if own.drifting else "Drift",
            key="drift",
            icon=":material/waves:",
            shortcut="D",
            on_click=session.drift,
            help="Let the input's location and width change by themselves.",
        )


def stage(asked: bool) -> None:
    """Draws the live part; when its frames have to come in another way, it reruns the whole page.

    Args:
        asked: whether the browser was to ask for the frames of the charts when the page around this part was drawn.
    """
    if feeds.reachable(session.KEY) != asked:
        st.rerun()
    show(session.shown(), key=session.KEY)


session.arrive()
begin("neuron", "ui/page.css", "neuron/page.css")
markdown.ignored_in_link(session.settings.notices())
with st.sidebar:
    neuron_controls.widgets(session.settings.values(), session.use_rate)
session.settings.to_url()
links.offer(session.settings.links)
setup, note = neuron_controls.choose(session.settings.values())
own = session.play(setup)
if setup is None:
    note += f" {neuron_controls.shown(own.setup)}"
buttons()
kind = "refused" if setup is None else "says"
text = note or "Change the input while the neuron plays: the rules follow."
keys = "" if note else ' <span class="keys-hint">Keyboard shortcuts are shown on the buttons.</span>'
st.html(f'<div class="neuron-note {kind}" role="status">{escape(text)}{keys}</div>')
st.fragment(stage, run_every=session.pace())(feeds.reachable(session.KEY))
files.offer(CHARTS, session.file)
clicks.count({"step1": "O"})
with st.expander("The rules"):
    st.markdown(f"{RULES}\n{method_texts.table()}\n\n{method_texts.remarks()}\n\n{method_texts.not_for_one_neuron()}")
