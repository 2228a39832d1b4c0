"""States of widgets as browsers send them: one that its widget cannot have counts as none.

A page's widgets send the kinds of values that they have. Whoever speaks Streamlit's protocol without the page can send
any other, and Streamlit 1.67 then fails while it unpacks the value, before the page's script runs.
"""

from __future__ import annotations

import logging
from typing import Any

from streamlit.runtime.state import session_state
from streamlit.runtime.state.session_state import Serialized, WStates

log = logging.getLogger(__name__)

_unpack = WStates.__getitem__


def _unpack_if_possible(states: WStates, id: str) -> Any:
    """The value of a widget.

    Raises:
        KeyError: if it has none, or one that it cannot have, which is then forgotten.
    """
    found, known = states.states.get(id), states.widget_metadata.get(id)
    if not isinstance(found, Serialized) or known is None:
        return _unpack(states, id)
    if found.value.WhichOneof("value") == known.value_type:
        try:
            return _unpack(states, id)
        except Exception as error:
            why = type(error).__name__
    else:
        why = "another kind of value"
    log.warning("A browser sent a state that its widget cannot have (%s); it counts as none", why)
    del states.states[id]
    raise KeyError(id)


def guard() -> None:
    """Has Streamlit unpack states of widgets with care."""
    session_state.WStates.__getitem__ = _unpack_if_possible  # type: ignore[method-assign]
