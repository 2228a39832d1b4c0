"""The page "Lessons": a question, a guess, a run, what happened, and one thing to try."""

from html import escape

import streamlit as st

from app.lessons.lesson import Lesson, lessons
from app.neuron.component import show as show_neuron
from app.neuron.csv import CHARTS as NEURON_CHARTS
from app.race.component import show as show_race
from app.race.csv import CHARTS as RACE_CHARTS
from app.session import files, links, visitor
from app.session import lessons as session
from app.sweep.component import show as show_sweep
from app.sweep.csv import CHARTS as SWEEP_CHARTS
from app.ui import teacher_link
from app.ui.style import style

# Comments, not texts: Streamlit would show these on the page.
# Kind of a run -> what draws it.
SHOW = {"race": show_race, "sweep": show_sweep, "neuron": show_neuron}
# Kind of a run -> the charts whose data can be saved.
CHARTS = {"race": RACE_CHARTS, "sweep": SWEEP_CHARTS, "neuron": NEURON_CHARTS}
# HTML. The room for the sentence and the picture of the networks, which begins to play by itself.
LEAD = '<div class="race-lead" data-play></div>'


def contents(lesson: Lesson) -> None:
    """Draws the list of all lessons, in the sidebar."""
    drawn = teacher_link.offer(session.CONTENTS, "What opens another lesson")
    with st.sidebar:
        if drawn:
            st.subheader("Lessons", anchor=False)
        for each in lessons() if drawn else ():
            st.button(
                f"{each.place}. {each.title}",
                key=f"open_{each.id}",
                type="secondary" if each is lesson else "tertiary",
                on_click=session.open_lesson,
                args=(each.id,),
                disabled=teacher_link.current().locks(session.CONTENTS),
                width="stretch",
            )
        session.remember()


def question(lesson: Lesson) -> None:
    """Draws the answers on offer, and the button that shows what happens."""
    chosen = st.radio(
        "Your guess",
        range(len(lesson.choices)),
        index=None,
        format_func=lambda index: lesson.choices[index],
        key=f"guess_{lesson.id}",
    )
    st.button(
        "Show what happens",
        key="reveal",
        type="primary",
        icon=":material/visibility:",
        disabled=chosen is None,
        on_click=session.keep_guess,
        args=(lesson, chosen),
        help="Choose an answer first." if chosen is None else None,
    )


def outcome(lesson: Lesson, guess: int) -> None:
    """Draws what happened: whether the guess was right, the run, and what it shows."""
    right = guess == lesson.answer
    answer = escape(lesson.choices[lesson.answer])
    verdict = f"Your guess is right: {answer}" if right else f"You guessed: {escape(lesson.choices[guess])}"
    rest = "" if right else f" What happens: {answer}."
    st.html(f'<p class="lesson-verdict" role="status"><b>{verdict}.</b>{rest}</p>')
    if lesson.kind == "race":
        st.html(LEAD)
        st.markdown(lesson.told(session.numbers(lesson.id)))
    with st.container(key=f"run_of_{lesson.kind}"):
        st.fragment(stage, run_every=session.pace(lesson))(lesson)
    if lesson.kind != "race":
        st.markdown(lesson.told(session.numbers(lesson.id)))  # below the picture: a telephone shows that at once
    files.offer(CHARTS[lesson.kind], lambda chart: session.file(lesson, chart))
    st.html("<h2 class='lesson-try'>One thing to try</h2>")
    st.markdown(lesson.try_next)
    st.page_link(
        session.PAGES[lesson.kind],
        label="Open this run with all its settings",
        icon=":material/tune:",
        query_params=lesson.query,
    )


def stage(lesson: Lesson) -> None:
    """Draws the run."""
    visitor.here()
    SHOW[lesson.kind](session.shown(lesson), key=session.key(lesson))


def onward(lesson: Lesson, guess: int | None) -> None:
    """Draws the way to the next lesson and back."""
    with st.container(key="lesson_onward", horizontal=True, gap="small"):
        free = teacher_link.free([session.CONTENTS])
        before, after = (session.neighbour(lesson, way) if free else None for way in (-1, 1))
        if before:
            st.button(
                "Back", key="before", icon=":material/arrow_back:", on_click=session.open_lesson, args=(before.id,)
            )
        if guess is not None:
            st.button("Ask again", key="again", icon=":material/replay:", on_click=session.forget, args=(lesson,))
        if after:
            st.button(
                f"Next: {after.title}",
                key="after",
                type="secondary" if guess is None else "primary",
                icon=":material/arrow_forward:",
                on_click=session.open_lesson,
                args=(after.id,),
            )


session.arrive()
lesson = session.current()
style("ui/page.css", "race/page.css", "lessons/page.css")
if lesson.charts:
    others = "".join(f":not(.live-{name})" for name in lesson.charts)
    st.html(f"<style>.st-key-run_of_{lesson.kind} .live-card{others} {{ display: none; }}</style>")
st.html(f'<p class="lesson-place">Lesson {lesson.place} of {len(lessons())}</p>')
st.title(lesson.title, anchor=False)
contents(lesson)
links.offer(session.links(lesson), {"lesson": lesson.id})
st.markdown(lesson.question)
guess = session.guess(lesson)
if guess is None:
    question(lesson)
else:
    outcome(lesson, guess)
onward(lesson, guess)
