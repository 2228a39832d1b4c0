"""JSON lines: one event a line, as streamed, stored and exported; ``null`` for a number that is not finite."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()
_NO_NUMBER = re.compile(rb"-?(NaN|Infinity)\b")
TOO_LARGE = "a number in it is larger than any that can be computed with"


def encode(event: Any) -> str:
    """An event as one line of JSON, without its newline; NaN and infinity become null."""
    return _encoder.encode(event).decode()


def decode(line: str | bytes) -> dict[str, Any]:
    """The event on a line, as plain values. Its fields are not validated.

    Raises:
        ValueError: if the line is no JSON object with the name of an event.
    """
    try:
        event = _decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(_why_no_json(line, error)) from None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise ValueError("not an event: a JSON object with the field 'event' is needed")
    return event


class _Named(msgspec.Struct):
    event: str


_name_decoder = msgspec.json.Decoder(_Named)


def event_name(line: str | bytes) -> str:
    """The name of the event on a line. The rest of the line is skipped, so that it takes no memory.

    Raises:
        ValueError: if the line is no JSON object with the name of an event.
    """
    try:
        return _name_decoder.decode(line).event
    except (ValueError, RecursionError):
        return str(decode(line)["event"])  # says why


def _why_no_json(line: str | bytes, error: Exception) -> str:
    """Why a line cannot be decoded, in words for people. The position of the fault is left out."""
    if isinstance(error, RecursionError):
        return "not a line of JSON: it is nested too deeply"
    if "out of range" in str(error):  # JSON may say 1e999
        return TOO_LARGE
    found = _NO_NUMBER.search(line.encode() if isinstance(line, str) else line)
    return "not a line of JSON" + (f": {found[0].decode()} stands where null should" if found else "")


def finite(values: Any) -> Any:
    """The same nested lists of numbers, with None for each number that is not finite."""
    if isinstance(values, list):
        return [finite(value) for value in values]
    return values if values is None or math.isfinite(values) else None
