"""A teacher's link: which controls and charts of a page it shows, and which controls it locks.

It is a convenience and no protection: whoever takes its parameters out of the address has the whole page. All bounds of
settings are checked as ever, whatever a link says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

CONTROLS, SHOW, LOCK = NAMES = ("controls", "show", "lock")
"""The parameters of an address that make it a teacher's link: the controls that are drawn, the charts that are drawn,
and the controls that are drawn and cannot be changed. Each is a list of names; one that is missing restricts nothing.
"""
NONE, ALL = "none", "all"
"""In place of names: no control or no chart is drawn; every control is locked."""
MOST = 3
"""How many unknown names of a list are told one by one."""
LOCKED = "fixed by this link"
"""What stands beside the name of a control that is locked."""
WHY = "Whoever made this link has fixed it. “Show everything” in the sidebar frees it."
"""Why a control cannot be changed, where there is more room."""


@dataclass(frozen=True)
class TeacherLink:
    """What a link says about the parts of a page.

    Args:
        controls: the names of the controls that are drawn; None for all of them.
        charts: the names of the charts that are drawn; None for all of them.
        locked: the names of the controls that cannot be changed; None for all of them.
    """

    controls: tuple[str, ...] | None = None
    charts: tuple[str, ...] | None = None
    locked: tuple[str, ...] | None = ()

    def __bool__(self) -> bool:
        """Whether it restricts anything."""
        return self != TeacherLink()

    def draws(self, control: str) -> bool:
        """Whether a control is drawn."""
        return self.controls is None or control in self.controls

    def locks(self, control: str) -> bool:
        """Whether a control cannot be changed."""
        return self.locked is None or control in self.locked

    def shows(self, chart: str) -> bool:
        """Whether a chart is drawn."""
        return self.charts is None or chart in self.charts

    def to_parameters(self) -> dict[str, str]:
        """The parameters of an address that says the same."""
        texts = {}
        if self.controls is not None:
            texts[CONTROLS] = ",".join(self.controls) or NONE
        if self.charts is not None:
            texts[SHOW] = ",".join(self.charts) or NONE
        if self.locked != ():
            texts[LOCK] = ALL if self.locked is None else ",".join(self.locked)
        return texts


def parse(
    parameters: Mapping[str, str], controls: Collection[str], charts: Collection[str]
) -> tuple[TeacherLink, list[str]]:
    """What the parameters of an address say, and a sentence on each part that is ignored.

    Args:
        parameters: names and values after the question mark; those that are not of :data:`NAMES` are not looked at.
        controls: the names of the page's controls.
        charts: the names of its charts.
    """
    notices: list[str] = []

    def names(parameter: str, known: Collection[str], what: str) -> tuple[str, ...] | None:
        asked = dict.fromkeys(each.strip() for each in parameters[parameter].split(","))
        found = tuple(name for name in known if name in asked)
        notices.extend(_ignored(parameter, [name for name in asked if name not in known], known, what))
        return found or None

    def drawn(parameter: str, known: Collection[str], what: str) -> tuple[str, ...] | None:
        if parameter not in parameters:
            return None
        return () if parameters[parameter] == NONE and known else names(parameter, known, what)

    shown_controls, shown_charts = drawn(CONTROLS, controls, "control"), drawn(SHOW, charts, "chart")
    locked: tuple[str, ...] | None = ()
    if parameters.get(LOCK) == ALL and controls:
        locked = None
    elif LOCK in parameters:
        locked = names(LOCK, controls, "control") or ()
    return TeacherLink(shown_controls, shown_charts, locked), notices


def _ignored(parameter: str, unknown: list[str], known: Collection[str], what: str) -> list[str]:
    if not unknown:
        return []
    if not known:
        return [f"{parameter}, since this page has no {what}s to choose from"]
    told = ", ".join(repr(name[:40]) for name in unknown[:MOST])
    more = f" and {len(unknown) - MOST} more" if len(unknown) > MOST else ""
    return [f"{told}{more} in {parameter}, which knows the {what}s {', '.join(known)}"]


@dataclass
class _Page:
    """The page that is being drawn: what its link says, and the controls that it has so far drawn or left out."""

    link: TeacherLink = field(default_factory=TeacherLink)
    controls: dict[str, str] = field(default_factory=dict)


_page: ContextVar[_Page] = ContextVar("page")


def begin(link: TeacherLink) -> None:
    """Begins a page that is drawn as a link says; each page is drawn by one thread."""
    _page.set(_Page(link))


def current() -> TeacherLink:
    """What the link of the page says that is being drawn."""
    return _now().link


def offered() -> dict[str, str]:
    """The controls of the page that is being drawn, also those left out: name -> label."""
    return _now().controls


def offer(control: str, label: str) -> bool:
    """Notes that the page has a control; returns whether it is to be drawn."""
    page = _now()
    page.controls.setdefault(control, label)
    return page.link.draws(control)


def free(controls: Iterable[str]) -> bool:
    """Whether a visitor may change all of these controls: they are drawn, and none is locked."""
    link = current()
    return all(link.draws(name) and not link.locks(name) for name in controls)


def _now() -> _Page:
    page = _page.get(None)
    if page is None:
        page = _Page()
        _page.set(page)
    return page
