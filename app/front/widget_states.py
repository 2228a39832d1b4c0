"""States of widgets as browsers send them: one that its widget cannot have counts as none.

A page's widgets send the kinds of values that they have. Whoever speaks Streamlit's protocol without the page can send
any other, and Streamlit 1.67 then fails while it unpacks the value, before the page's script runs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state import session_state
from streamlit.runtime.state.session_state import Serialized, Value, WStates

log = logging.getLogger(__name__)

_OURS = "$$"
"""How the id of every widget begins. Streamlit takes any other for a key that the script has set."""
_NUMBERS = {"int_value", "double_value"}
"""Kinds of which a browser may send the other one: Streamlit expects a fraction of every input of a number."""
_unpack, _take = WStates.__getitem__, WStates.set_widget_from_proto


def _take_if_of_a_widget(states: WStates, sent: WidgetState) -> None:
    """Takes a state that a browser sent, if it can be one of a widget."""
    if sent.id.startswith(_OURS):
        _take(states, sent)


def _unpack_if_possible(states: WStates, id: str) -> Any:
    """The value of a widget; that of one nobody has touched, if the browser sent what the widget cannot have.

    Raises:
        KeyError: if it has none.
    """
    found, known = states.states.get(id), states.widget_metadata.get(id)
    if not isinstance(found, Serialized) or known is None:
        return _unpack(states, id)
    why = "another kind of value"
    kinds = {found.value.WhichOneof("value"), known.value_type}
    if not _is_offered(found.value, known.formatted_options):
        why = "a value that is not offered"
    elif len(kinds) == 1 or kinds == _NUMBERS:
        try:
            return _unpack(states, id)
        except Exception as error:
            why = type(error).__name__
    log.warning("A browser sent a state that its widget cannot have (%s); it counts as none", why)
    try:
        value = known.deserializer(None)
    except Exception:
        raise KeyError(id) from None
    states.states[id] = Value(value)  # not taken away: Streamlit may be going through them
    return value


def _is_offered(sent: WidgetState, options: Sequence[str] | None) -> bool:
    """Whether the texts in a state are among those that its widget offers.

    Streamlit takes any other text for one that a visitor has typed, also where nothing can be typed.

    Args:
        sent: the state.
        options: what the widget offers; None if it offers nothing to choose from, or texts can be typed.
    """
    texts = [*sent.string_array_value.data, *([sent.string_value] if sent.HasField("string_value") else [])]
    return options is None or all(text in options for text in texts)


def guard() -> None:
    """Has Streamlit take and unpack states of widgets with care."""
    session_state.WStates.set_widget_from_proto = _take_if_of_a_widget  # type: ignore[method-assign, assignment]
    session_state.WStates.__getitem__ = _unpack_if_possible  # type: ignore[method-assign]
