"""The page "Claims": a verdict for each claim of the paper's abstract, with its conditions, its numbers and runs."""

from collections.abc import Callable
from html import escape

import streamlit as st

from app.claims import card, words
from app.claims.examples import EXAMPLES, Example
from app.session import claims as session
from app.session import links, visitor
from app.ui import markdown, teacher_link
from app.ui.style import begin
from ipcore.claims.claims import PAPER, PAPER_URL, THESIS, THESIS_URL
from ipcore.claims.results import Finding, Result

HOW = """
1. **A number** is a difference between two methods from the same first weights and minibatches, paired over seeds, with
   Student's t interval (95 %); it takes three seeds. It is *for* the claim if the interval lies wholly on the claim's
   side of 0 and the mean is beyond a margin (0.01 of accuracy), *against* it on the other side, else *neither*.
2. **At a place**, such as one start and depth, the claim *holds* if some number is for it, none is against it, and
   those that are required are for it. It holds *in part* if some number is for it, and is else *not seen*.
3. **A claim** *holds* if it does so at every place that decides, *in part* if it does so at some place, and is else
   *not seen*.

The command `python -m ipcore claims` measures everything anew.
"""
SEEN = {
    "race": "Opens the recording of a race with these settings.",
    "sweep": "Opens the recording of a sweep with these settings.",
    "neuron": "Opens this neuron after 1,000 updates.",
}
RUN = {
    "race": "Trains these networks anew, on the page Watch networks learn.",
    "sweep": "Trains these networks anew, on the page Robustness.",
    "neuron": "Plays this neuron from its start.",
}


def again(drawn: tuple[str, bool]) -> None:
    """Draws the run of all claims on this server: a button, or how far it is.

    Args:
        drawn: the phase when the page around this part was drawn.
    """
    visitor.here()
    if session.phase() != drawn:
        st.rerun()
    own = session.own_run()
    if own.running:
        with st.container(key="claims_progress", horizontal=True, gap="small", vertical_alignment="center"):
            st.progress(own.share, f"All claims are measured again on this server: {own.share:.0%}, {session.left()}")
            st.button("Stop", key="stop_all", icon=":material/stop:", on_click=session.stop)
        return
    label = "Go on with the run of all claims" if own.state == "stopped" else "Run all again on this server"
    about = (
        "A quick run: fewer seeds, depths, rates and steps. It takes some minutes, and everybody here sees its result."
    )
    st.button(label, key="start_all", icon=":material/refresh:", on_click=session.start, help=about)
    if own.message:
        markdown.error(own.message)


def choose_result() -> None:
    """Draws the choice between the shipped result and that of this server, if there are two."""
    if session.own_run().result is not None:
        options = [session.OWN_CHOICE, session.SHIPPED_CHOICE]
        st.segmented_control("Result", options, default=options[0], required=True, key=session.CHOICE)


def intro(result: Result) -> None:
    """Draws what is shown, and of which result."""
    source = session.OWN_CHOICE if result is session.own_run().result else session.SHIPPED_CHOICE
    st.html(
        f'<p class="claim-about">{source}: {escape(words.about(result))} '
        f"<span>Measured with {escape(words.versions(result))}. {escape(words.missing(result))}</span></p>"
    )


def row(name: str, finding: Finding, dark: bool) -> None:
    """Draws a claim: its card, what opens or starts the runs that show it, and what is folded away."""
    with st.container(border=True, key=f"claim_{name}"):
        st.html(card.card(name, finding, dark))
        with st.container(key=f"runs_of_{name}", horizontal=True, gap="medium"):
            for example in EXAMPLES[name]:
                buttons(example)
        st.html(card.more(name, finding))


def buttons(example: Example) -> None:
    """Draws what opens and what starts an example."""
    name = f"example_{example.id}"
    with st.container(key=name, horizontal=True, gap="small", vertical_alignment="center", width="content"):
        st.html(f'<span class="claim-example">{escape(example.title)}</span>', width="content")
        if st.button(
            "See it",
            key=f"see_{example.id}",
            icon=":material/visibility:",
            help=SEEN[example.kind],
            disabled=not session.can_see(example),
        ):
            go(session.see, example)
        if st.button("Run it", key=f"run_{example.id}", icon=":material/play_arrow:", help=RUN[example.kind]):
            go(session.run, example)


def go(open_it: Callable[[Example], None], example: Example) -> None:
    """Opens or starts an example, or says why it cannot be."""
    try:
        open_it(example)
    except ValueError as error:
        markdown.error(f"This cannot be run on this server: {error}")


def whose() -> None:
    """Draws what belongs to whom, and how numbers become verdicts."""
    st.subheader("What is the paper's, what is ours", anchor=False)
    st.markdown(
        f"The claims are those of the abstract of [{PAPER}]({PAPER_URL}), in our words; what its first author's thesis "
        f"adds is from the abstract of [{THESIS}]({THESIS_URL}). Only these abstracts are held here, so no figure of "
        "the paper is quoted or compared. The form of the rule, the networks, the settings, the controls, every number "
        "on this page and the rules that make verdicts of them are ours."
    )
    with st.expander("How numbers become verdicts"):
        st.markdown(HOW)


session.arrive()
begin("claims", "ui/page.css", "claims/page.css")
session.remember()
links.offer(session.links)
choose_result()
found = session.result()
if isinstance(found, str):
    markdown.error(found)
else:
    intro(found)
    st.html(card.tiles(found))
st.fragment(again, run_every=1.0 if session.own_run().running else None)(session.phase())
if not isinstance(found, str):
    for name, finding in found.findings.items():
        if teacher_link.current().shows(name):
            row(name, finding, session.dark())
whose()
