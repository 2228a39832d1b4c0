"""A page's settings between its URL, its widgets and the session."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import streamlit as st

WRITTEN = 8
"""How many addresses are remembered that a page wrote: the browser may still send an older one, or go back to it."""


class Settings:
    """The settings of one page. The widgets have them, a URL sets them, and the URL follows changes of the widgets.

    Streamlit forgets the value of a widget that is not drawn, so the session also keeps the settings: a visitor who
    comes back from another page, by a link without settings, finds them as they were.

    Args:
        page: the name of the page, with which its keys in the session state begin.
        defaults: every setting as a first visit has it.
        parse: takes the parameters of a URL; gives the settings, and a sentence on each parameter that is ignored.
        write: gives the parameters of the URL that restores settings.
        key: gives the key of the widget of a setting; with an index, of one number of a pair.
        pairs: the names of settings that hold two numbers, each with a widget.
    """

    def __init__(
        self,
        page: str,
        defaults: Mapping[str, Any],
        parse: Callable[[Mapping[str, str]], tuple[dict[str, Any], list[str]]],
        write: Callable[[Mapping[str, Any]], dict[str, str]],
        key: Callable[..., str] = str,
        pairs: Collection[str] = (),
    ) -> None:
        self._defaults, self._parse, self._write = defaults, parse, write
        self._keys = {
            name: tuple(key(name, index) for index in (0, 1)) if name in pairs else (key(name),) for name in defaults
        }
        self._kept, self._url, self._notices = f"{page}_settings", f"{page}_url", f"{page}_notices"
        self._differed, self._written = f"{page}_differed", f"{page}_written"

    def from_url(self) -> bool:
        """Fills the widgets, before they are drawn, if the URL is not the one that this session wrote last.

        Returns:
            Whether a link has brought other settings to a session that was here before. To go back to an address that
            the page wrote is none, nor is to reload the tab, which begins a session.
        """
        state, requested = st.session_state, st.query_params.to_dict()
        missing = [name for name, keys in self._keys.items() if any(key not in state for key in keys)]
        away = len(missing) == len(self._keys)  # a first visit, or back from another page
        values, kept = dict(self._defaults), state.get(self._kept, {})
        if away or requested != state.get(self._url):
            found, state[self._notices] = self._parse(requested)
            if away and not found:
                values |= kept
            values |= found
            missing = list(self._keys)
        else:
            values |= kept
        for name in missing:
            self._fill(name, values[name])
        return bool(requested) and self._written in state and requested not in state[self._written]

    def to_url(self) -> None:
        """Stores the settings in the session, and writes them to the URL if they changed."""
        state = st.session_state
        state[self._kept] = self.values()
        parameters = self._write(state[self._kept])
        if parameters != st.query_params.to_dict():
            st.query_params.from_dict(parameters)
        state[self._url] = parameters
        state[self._written] = [*state.get(self._written, ()), parameters][-WRITTEN:]

    def keep(self, values: Mapping[str, Any]) -> None:
        """Stores settings with which the page begins when it is opened next; not to be called while it is shown."""
        st.session_state[self._kept] = dict(values)

    def fill(self, values: Mapping[str, Any]) -> None:
        """Sets the widgets; to be called before they are drawn."""
        for name in self._keys:
            self._fill(name, values[name])

    def values(self) -> dict[str, Any]:
        """The current values of all widgets."""
        values = {name: tuple(st.session_state[key] for key in keys) for name, keys in self._keys.items()}
        return {name: value if len(value) > 1 else value[0] for name, value in values.items()}

    def differed(self, names: Collection[str]) -> bool:
        """Whether one of these settings differs from its default, or did before in this session."""
        values = self.values()
        if any(values[name] != self._defaults[name] for name in names):
            st.session_state[self._differed] = True
        return st.session_state.get(self._differed, False)

    def notices(self) -> list[str]:
        """A sentence on each part of the URL that was ignored."""
        return st.session_state[self._notices]

    def dismiss(self) -> None:
        """Removes the notices."""
        st.session_state[self._notices] = []

    def _fill(self, name: str, value: Any) -> None:
        keys = self._keys[name]
        for key, part in zip(keys, value if len(keys) > 1 else (value,), strict=True):
            st.session_state[key] = list(part) if isinstance(part, tuple) else part  # a choice of several is a list
