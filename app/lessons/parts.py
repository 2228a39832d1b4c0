"""A recording of a race with some of its methods: a network knows nothing of others, so its numbers stay the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ipcore.config import METHODS


def with_methods(events: Iterable[Mapping[str, Any]], methods: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The events of a race, as plain values, without those of its other methods.

    Args:
        events: the events of a race.
        methods: the methods that stay, some of those of the race.
    """
    for event in events:
        if event.get("method", methods[0]) not in methods:
            continue  # it says that a network of another method has diverged
        kept = _without(event, methods)
        if "config" in kept:
            kept["config"] = {**kept["config"], "methods": [each for each in METHODS if each in methods]}
        yield kept


def _without(value: Any, methods: tuple[str, ...]) -> Any:
    if not isinstance(value, Mapping):
        return value
    of_methods = value and all(key in METHODS for key in value)
    return {key: _without(each, methods) for key, each in value.items() if not of_methods or key in methods}
