"""A page's settings between its URL, its widgets and the session."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from app.session import links
from app.session.links import PageLinks
from app.ui import teacher_link

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
        charts: the charts among which a teacher's link chooses: name -> title.
        moments: whether a link can name a moment of a recording.
    """

    def __init__(
        self,
        page: str,
        defaults: Mapping[str, Any],
        parse: Callable[[Mapping[str, str]], tuple[dict[str, Any], list[str]]],
        write: Callable[[Mapping[str, Any]], dict[str, str]],
        key: Callable[..., str] = str,
        pairs: Collection[str] = (),
        charts: Mapping[str, str] = MappingProxyType({}),
        moments: bool = False,
    ) -> None:
        self._defaults, self._parse, self._write = defaults, parse, write
        self._keys = {
            name: tuple(key(name, index) for index in (0, 1)) if name in pairs else (key(name),) for name in defaults
        }
        self._kept, self._url, self._notices = f"{page}_settings", f"{page}_url", f"{page}_notices"
        self._differed, self._written = f"{page}_differed", f"{page}_written"
        self._moment, self._moments, self._parts = f"{page}_moment", moments, bool(charts)
        self.links = PageLinks(page, tuple(defaults) if charts else (), charts, self._note)
        """What a teacher's link says of this page."""

    def from_url(self) -> bool:
        """Fills the widgets, before they are drawn, if the URL is not the one that this session wrote last.

        Returns:
            Whether a link has brought other settings to a session that was here before. To go back to an address that
            the page wrote is none, nor is to reload the tab, which begins a session.
        """
        state, requested = st.session_state, st.query_params.to_dict()
        missing = [name for name, keys in self._keys.items() if any(key not in state for key in keys)]
        away = len(missing) == len(self._keys)  # a first visit, or back from another page
        if not requested and self._parts and state.get(self._url):  # back, on a page that does not draw every widget
            away = away or self.links.key not in state
        values, kept = dict(self._defaults), state.get(self._kept, {})
        if away or requested != state.get(self._url):
            back = away and not requested
            rest, notices = ({}, []) if back else self._take(requested)
            found, ignored = self._parse(rest)
            if requested != state.get(self._url) or self._notices not in state:
                state[self._notices] = [*notices, *ignored]
            if away and not found and (back or not self.links.link()):
                values |= kept
            values |= found
            missing = list(self._keys)
        else:
            values |= kept
        for name in missing:
            self._fill(name, values[name])
        self.links.begin()
        return bool(requested) and self._written in state and requested not in state[self._written]

    def to_url(self) -> None:
        """Stores the settings in the session, and writes them to the URL if they changed."""
        state = st.session_state
        state[self._kept] = self.values()
        parameters = self._write(state[self._kept])
        moment, of = state.get(self._moment, ({}, None))
        if of not in (None, parameters):
            moment = {}  # it was one of a recording with other settings
        state[self._moment] = moment, parameters
        parameters = parameters | moment | self.links.link().to_parameters()
        if parameters != st.query_params.to_dict():
            st.query_params.from_dict(parameters)
        self._note(parameters)

    def keep(self, values: Mapping[str, Any]) -> None:
        """Stores settings with which the page begins when it is opened next; not to be called while it is shown."""
        st.session_state[self._kept] = dict(values)

    def fill(self, values: Mapping[str, Any]) -> None:
        """Sets the widgets; to be called before they are drawn."""
        for name in self._keys:
            self._fill(name, values[name])

    def values(self) -> dict[str, Any]:
        """The current values of all widgets; of those that have just been left out, as they were."""
        return {name: self._value(name) for name in self._keys}

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
        """Removes the notices, and the moment that the link named."""
        st.session_state[self._notices] = []
        st.session_state.pop(self._moment, None)

    def _take(self, requested: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """Takes over what an address says beside settings; returns the rest, and a sentence on what is ignored."""
        _, notices = self.links.take(requested)
        moment, ignored = links.moment(requested) if self._moments else ({}, [])
        st.session_state[self._moment] = moment, None
        beside = (*teacher_link.NAMES, *[links.MOMENT] * self._moments)
        return {name: text for name, text in requested.items() if name not in beside}, [*notices, *ignored]

    def _note(self, parameters: dict[str, str]) -> None:
        """Notes that the address has these parameters because this session wrote them."""
        state = st.session_state
        state[self._url] = parameters
        state[self._written] = [*state.get(self._written, ()), parameters][-WRITTEN:]

    def _value(self, name: str) -> Any:
        state, keys = st.session_state, self._keys[name]
        if any(key not in state for key in keys):
            return state.get(self._kept, self._defaults)[name]
        return state[keys[0]] if len(keys) == 1 else tuple(state[key] for key in keys)

    def _fill(self, name: str, value: Any) -> None:
        keys = self._keys[name]
        for key, part in zip(keys, value if len(keys) > 1 else (value,), strict=True):
            st.session_state[key] = list(part) if isinstance(part, tuple) else part  # a choice of several is a list
