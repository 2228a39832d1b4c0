"""A stream: the events that one kind of recording may hold, decoded from lines or plain values, and validated."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any

import msgspec

from ipcore.messages import shorten
from ipcore.recordings.events.base import Event, name_of
from ipcore.recordings.events.explanation import explain


class Stream:
    """Validates events by their definitions.

    Args:
        what: the kind of recording, for messages: ``race``, ``sweep`` or ``measurement``.
        definitions: the definitions of its events, no two of the same name.

    Attributes:
        definitions: the definitions of its events.
    """

    def __init__(self, what: str, definitions: tuple[type[Event], ...]) -> None:
        self.definitions = definitions
        self._what = what
        self._by_name = {name_of(each): each for each in definitions}
        self._any: Any = functools.reduce(operator.or_, definitions)
        self._decoder = msgspec.json.Decoder(self._any)

    def decode(self, line: str | bytes) -> Event:
        """The event on a line.

        Raises:
            ValueError, RecursionError: in msgspec's words; those of :meth:`convert` are for people.
        """
        event: Event = self._decoder.decode(line)
        return event

    def convert(self, values: Mapping[str, Any]) -> Event:
        """The event that these plain values are.

        Raises:
            ValueError: naming the field, its value and what is allowed.
        """
        name = values.get("event")
        definition = self._by_name.get(name) if isinstance(name, str) else None
        if definition is None:
            raise ValueError(f"no such event of a {self._what}: {shorten(name)}")
        try:
            event: Event = msgspec.convert(values, definition)
        except (ValueError, RecursionError) as error:
            raise ValueError(explain(definition, values) or str(error)) from None
        return event
