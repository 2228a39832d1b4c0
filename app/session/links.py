"""Links to a page: what a teacher's link says of it, kept in the session, and the button "Copy link"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import streamlit as st

from app.ui import link_panel, markdown, teacher_link
from app.ui.teacher_link import TeacherLink

KEY = "copy_link"
"""The key of the component with the button; on a page with parts to choose from, its end."""
REPAINT = "theme_has_changed"
"""The key of a mark that the page is to be drawn anew, in other colours."""
MOMENT = "step"
"""The parameter of an address with the moment of a recording that the slider is to show first."""
PLACES = {"networks": ".race-lead", "numbers": ".neuron-numbers"}
"""Charts that are not drawn on cards -> where they are."""
LATEST_MOMENT = 10**9
"""The bound of a moment; beyond the end of a recording its end is shown."""


class PageLinks:
    """What a teacher's link says of one page. A page without parts to choose from has none of these.

    Args:
        page: the name of the page, with which its keys in the session state begin.
        controls: the names of its controls.
        charts: its charts: name -> title.
        changed: called with the parameters of the address after the visitor has had all controls shown.
    """

    def __init__(
        self,
        page: str,
        controls: Collection[str],
        charts: Mapping[str, str],
        changed: Callable[[dict[str, str]], None] = lambda parameters: None,
    ) -> None:
        self.controls, self.charts, self._changed = controls, charts, changed
        self._link, self._notices = f"{page}_teacher_link", f"{page}_link_notices"
        self.key = f"{page}_{KEY}"
        """The key of the button, which is in the session state while the page is up."""

    def take(self, parameters: Mapping[str, str]) -> tuple[TeacherLink, list[str]]:
        """Takes over what an address says, and returns it with a sentence on each part that is ignored."""
        link, notices = teacher_link.parse(parameters, self.controls, self.charts)
        st.session_state[self._link] = link
        return link, notices

    def arrive(self, notices: Sequence[str] = ()) -> None:
        """Begins a script run of a page without settings, whose address is all that is kept of it.

        Args:
            notices: a sentence on each other part of the address that is ignored.
        """
        _, ignored = self.take(st.query_params.to_dict())
        st.session_state[self._notices] = [*notices, *ignored]
        self.begin()

    def notices(self) -> list[str]:
        """A sentence on each part of the address that was ignored; empty on a page with settings, which has its own."""
        return st.session_state.get(self._notices, [])

    def link(self) -> TeacherLink:
        """What the last address said that was taken over."""
        return st.session_state.get(self._link, TeacherLink())

    def begin(self) -> None:
        """Has the page drawn as its link says, and a way out of that; called before its first control."""
        teacher_link.begin(self.link())
        if self.link():
            with st.sidebar.container(key="teacher_link"):
                st.caption("The link by which you came shows a part of this page, or fixes some of its controls.")
                st.button(
                    "Show everything", key="show_all_controls", icon=":material/lock_open:", on_click=self.show_all
                )

    def show_all(self) -> None:
        """Shows and frees everything: takes a teacher's part out of the address."""
        st.session_state[self._link] = TeacherLink()
        left = {name: text for name, text in st.query_params.to_dict().items() if name not in teacher_link.NAMES}
        st.query_params.from_dict(left)
        self._changed(left)


def moment(parameters: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The moment that an address names, as its parameter, and a sentence on it if it is ignored."""
    text = parameters.get(MOMENT)
    if text is None:
        return {}, []
    if text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= LATEST_MOMENT:
        return {MOMENT: str(int(text))}, []
    return {}, [f"{MOMENT} must be a whole number from 0 to {LATEST_MOMENT:,}, not {text[:60]!r}"]


def offer(page: PageLinks | None = None, also: Mapping[str, str] | None = None) -> None:
    """Draws the button "Copy link", and has what a teacher's link leaves out not be seen.

    Called once by each page, after its controls.

    Args:
        page: what a teacher's link can say of the page; None if there is nothing to choose.
        also: parameters that the link is to have though the address on screen may lack them.
    """
    if page is not None:
        markdown.ignored_in_link(page.notices())
    if page is not None and page.link():
        hidden = [name for name in page.charts if not page.link().shows(name)]
        _hide(hidden, len(set(page.charts) - set(hidden) - set(PLACES)))
    st.fragment(_button)(page, teacher_link.offered() if page is not None else {}, also or {})


def _button(page: PageLinks | None, controls: Mapping[str, str], also: Mapping[str, str]) -> None:
    if st.session_state.pop(REPAINT, False):
        st.rerun()
    link, charts, key = (TeacherLink(), {}, KEY) if page is None else (page.link(), page.charts, page.key)
    code = link_panel.wanted(st.session_state.get(key))
    link_panel.show(link, controls, charts, also, code, repaint=_repaint, key=key)


def _repaint() -> None:
    st.session_state[REPAINT] = True


def _wide(cards: int) -> str:
    """The style with which one card or two have the width of the page, or none where there are more."""
    if cards not in (1, 2):
        return ""
    width = "60rem" if cards == 1 else "1fr"
    columns = f".stMain .live-grid {{ grid-template-columns: repeat({cards}, minmax(0, {width})); }}"
    return f"@media (min-width: 1000px) {{ {columns} .stMain .live-card {{ grid-column: span 1; }} }}"


def _hide(charts: Collection[str], shown: int) -> None:
    """Hides cards and other parts by their names. The browser draws no chart that is not in view.

    Args:
        charts: the names of what is hidden.
        shown: number of cards that are left.
    """
    if charts:
        parts = [f".live-card.live-{name}" for name in charts]
        parts += [f".stColumn:has(.st-key-card_{name})" for name in charts]  # stills, in columns
        parts += [".stColumn:not(:has([class*='st-key-card_']))"]  # what the server has left out
        parts += [PLACES[name] for name in charts if name in PLACES]
        st.html(f"<style>{', '.join(parts)} {{ display: none; }}{_wide(shown)}</style>")
