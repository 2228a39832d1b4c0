"""JSON lines: one event a line, as streamed, stored and exported; ``null`` for a number that is not finite."""

from __future__ import annotations

import json
import math
from typing import Any

NO_NULL = "stands where null should"


def encode(event: dict[str, Any]) -> str:
    """An event as one line of JSON, without its newline. NaN and infinity must be null already."""
    return json.dumps(event, separators=(",", ":"), allow_nan=False)


def decode(line: str | bytes) -> dict[str, Any]:
    """The event on a line.

    Raises:
        ValueError: if the line is no JSON object with the name of an event.
    """
    try:
        event = json.loads(line, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("not a line of JSON: it is nested too deeply") from None
    except ValueError as error:
        why = f": {error}" if str(error).endswith(NO_NULL) else ""  # where in the line it fails helps nobody
        raise ValueError(f"not a line of JSON{why}") from None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise ValueError("not an event: a JSON object with the field 'event' is needed")
    return event


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} {NO_NULL}")


def finite(values: Any) -> Any:
    """Numbers of nested lists, with None for each that is not finite."""
    if isinstance(values, list):
        return [finite(value) for value in values]
    return values if values is None or math.isfinite(values) else None
