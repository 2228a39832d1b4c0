"""Which of a visitor's runs of a kind is on screen: their newest one, unless it was set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import streamlit as st

from app.session import visitor


class _Named(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Named)


class OnScreen(Generic[R]):
    """The run that a session has on screen, and the one that is not because a link with other settings was opened.

    Args:
        key: the key of the run in the session.
        runs_of: the runs of a visitor, by name, oldest first.
    """

    def __init__(self, key: str, runs_of: Callable[[str], Sequence[R]]) -> None:
        self._key, self._aside, self._runs_of = key, f"{key}_aside", runs_of

    def run(self) -> R | None:
        """The run on screen; None while a recording is."""
        found: R | None = st.session_state.get(self._key)
        return found

    def show(self, run: R | None) -> None:
        """Puts a run on screen."""
        st.session_state[self._key] = run

    def newest(self, aside: bool = False) -> R | None:
        """The visitor's newest run; one that was set aside only if asked for.

        The session does not know it after a reload of the tab, nor if Streamlit cut off the callback that started it,
        as it does when the next click comes meanwhile.
        """
        found = next(reversed(self._runs_of(visitor.name())), None)
        was_set_aside = found is not None and found.id == self.aside_id()
        return found if was_set_aside == aside else None

    def is_aside(self) -> bool:
        """Whether the visitor has a run that is not on screen."""
        return self.run() is None and self.newest(aside=True) is not None

    def aside_id(self) -> str:
        """The id of the run that was set aside; empty if none was."""
        return str(st.session_state.get(self._aside, ""))

    def no_longer_aside(self) -> R | None:
        """Has the newest run on screen again if it was set aside, and returns it."""
        found = self.newest(aside=True)
        st.session_state.pop(self._aside, None)
        return found

    def set_aside(self) -> None:
        """Takes the run off the screen; it goes on."""
        found = self.run()
        if found is not None:
            st.session_state[self._aside] = found.id
            self.show(None)
