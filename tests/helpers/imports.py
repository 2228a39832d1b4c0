"""Imports that must be refused, and how they are."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

from ipcore.recordings.importing import LIMITS, Limits, read


def refused(data: bytes, why: str, limits: Limits = LIMITS) -> None:
    """Asserts that a file is refused for this reason."""
    with pytest.raises(ValueError, match=re.escape(why)):
        read(io.BytesIO(data), limits)


def check_words(events: list[dict[str, Any]], places: Iterable[int]) -> None:
    """Every field of the events at these places, left out or of another kind: read, or refused in words."""
    fields = [(place, name) for place in places for name in events[place] if name not in ("event", "surface")]
    for at, name in fields:
        for change in (
            lambda event, name: event.pop(name),
            *(partial(_put, value) for value in (None, 7, "x", [], {})),
        ):
            made = json.loads(json.dumps(events))
            change(made[at], name)
            try:
                read(io.BytesIO("".join(json.dumps(event) + "\n" for event in made).encode()))
            except ValueError as error:
                said = str(error)
                internal = re.search(r"Error|malformed|object is|int'|iterable|inhomogeneous|NoneType", said)
                assert not internal, said


def _put(value: Any, event: dict[str, Any], name: str) -> None:
    event[name] = value
