"""States of widgets that no browser of ours sends: they count as none, whatever they are."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from app.front import widget_states

ID = "$$ID-0123-depth"


def chosen(value: str | None) -> str:
    """The deserializer of a widget that offers two values."""
    return {"a": "A", "b": "B"}["a" if value is None else value]


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> WStates:
    for name in ("__getitem__", "set_widget_from_proto"):
        monkeypatch.setattr(WStates, name, getattr(WStates, name))  # put back afterwards
    widget_states.guard()
    states = WStates()
    known: Any = WidgetMetadata(ID, chosen, lambda value: value, "string_value")
    states.set_widget_metadata(known)
    return states


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ({"string_value": "b"}, "B"),
        ({"string_value": "no such value"}, "A"),
        ({"double_value": 1.0}, "A"),
        ({"json_value": "{"}, "A"),
        ({"bytes_value": b"b"}, "A"),
        ({}, "A"),
    ],
)
def test_a_state_that_a_widget_cannot_have_counts_as_none(states: WStates, sent: dict[str, Any], value: str) -> None:
    states.set_widget_from_proto(WidgetState(id=ID, **sent))
    assert [states[id] for id in states] == [value], "also while Streamlit goes through all of them"
    assert states[ID] == value


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        ("string_value", {"string_value": "b"}, "b"),
        ("string_value", {"string_value": "1e5"}, "a"),
        ("string_value", {"string_value": ""}, "a"),
        ("string_array_value", {"string_array_value": StringArray(data=["b", "a"])}, ["b", "a"]),
        ("string_array_value", {"string_array_value": StringArray(data=["b", "c"])}, "a"),
        ("string_array_value", {"string_array_value": StringArray(data=[])}, []),
    ],
)
def test_a_choice_that_is_not_offered_counts_as_none(states: WStates, kind: Any, sent: dict[str, Any], value) -> None:
    """Streamlit takes it for one that was typed, also where nothing can be typed."""
    known: Any = WidgetMetadata(
        ID, lambda value: "a" if value is None else value, str, kind, formatted_options=["a", "b"]
    )
    states.set_widget_metadata(known)
    states.set_widget_from_proto(WidgetState(id=ID, **sent))
    found = states[ID]
    assert (found if isinstance(found, str) else list(found)) == value


def test_what_no_widget_is_called_is_not_taken(states: WStates) -> None:
    for id in ("", "owner", "visitor", "\x00", "$ID-1", "status_token"):
        states.set_widget_from_proto(WidgetState(id=id, string_value="b"))
    assert len(states) == 0


def test_a_widget_that_is_not_there_has_no_state(states: WStates) -> None:
    states.set_widget_from_proto(WidgetState(id="$$ID-0-None", string_value="b"))
    with pytest.raises(KeyError):
        states["$$ID-0-None"]


@pytest.mark.parametrize("sent", [{"int_value": 7}, {"double_value": 7.0}])
def test_a_whole_number_may_come_as_either_kind_of_number(states: WStates, sent: dict[str, Any]) -> None:
    """Streamlit expects a fraction of every input of a number, and its page sends whole numbers of some."""
    known: Any = WidgetMetadata(ID, lambda value: 0 if value is None else int(value), str, "double_value")
    states.set_widget_metadata(known)
    states.set_widget_from_proto(WidgetState(id=ID, **sent))
    assert states[ID] == 7
