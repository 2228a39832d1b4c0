"""The reference of events and commands, written in Markdown from their definitions."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import msgspec
from msgspec import inspect as types

from ipcore.recordings.events import measurement, race, stack, sweep, worker
from ipcore.recordings.events.base import LARGEST

STREAMS = {
    "What a worker says": (worker, worker.EVENTS),
    "A race": (race, race.EVENTS),
    "A measurement": (measurement, measurement.EVENTS),
    "A sweep": (sweep, tuple(each for each in sweep.EVENTS if each not in stack.EVENTS)),
    "A stack of a sweep": (stack, stack.EVENTS),
}
"""Heading -> the module whose docstring introduces the stream, and its events."""


def reference() -> str:
    """Every event with its fields, as Markdown: one section for each stream, one table for each event."""
    parts = [f"## {heading}\n\n{sections(module, events)}" for heading, (module, events) in STREAMS.items()]
    return "\n".join(parts)


def sections(module: ModuleType, definitions: Iterable[type[msgspec.Struct]]) -> str:
    """Events or commands with their fields, as Markdown.

    Args:
        module: the module that defines them, whose docstring introduces them.
        definitions: their structs.
    """
    parts = [_prose(inspect.getdoc(module) or "")]
    for definition in definitions:
        parts += _section(definition)
    return "\n\n".join(parts) + "\n"


def _section(definition: type[msgspec.Struct]) -> Iterator[str]:
    """One event or command: its name, what it says, a table of its fields, and tables of the objects within it."""
    described = types.type_info(definition)
    assert isinstance(described, types.StructType)
    yield f"### `{described.tag}`"
    yield _prose(inspect.getdoc(definition) or "")
    if described.fields:
        yield "\n".join(_table(described))
    for part in _parts(described):
        yield f"{_prose(inspect.getdoc(part.cls) or '')}"
        yield "\n".join(_table(part))


def _table(described: types.StructType) -> Iterator[str]:
    yield "| field | type | bounds | meaning |"
    yield "|---|---|---|---|"
    for field in described.fields:
        kind, bounds, meaning = _said(field.type)
        optional = "" if field.required else " (optional)"
        cells = (f"`{field.encode_name}`{optional}", kind, "; ".join(dict.fromkeys(bounds)), meaning)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _said(described: types.Type) -> tuple[str, list[str], str]:
    """A type in words, the bounds within it, and its description."""
    match described:
        case types.Metadata(type=inner, extra_json_schema=schema):
            kind, bounds, _ = _said(inner)
            return kind, bounds, str((schema or {}).get("description", ""))
        case types.UnionType(types=options):
            chosen = [each for each in options if not _is_unset(each)]
            said = [_said(each) for each in chosen]
            described_by = next((meaning for _, _, meaning in said if meaning), "")
            return " or ".join(kind for kind, _, _ in said), [one for _, each, _ in said for one in each], described_by
        case types.ListType(item_type=item, min_length=low, max_length=high):
            kind, bounds, _ = _said(item)
            return (
                f"list of ({kind})" if " " in kind else f"list of {kind}",
                [*_length(low, high, "items"), *bounds],
                "",
            )
        case types.TupleType(item_types=items):
            said = [_said(item) for item in items]
            return f"[{', '.join(kind for kind, _, _ in said)}]", [one for _, each, _ in said for one in each], ""
        case types.DictType(value_type=value):
            kind, bounds, _ = _said(value)
            return ("object" if kind == "any" else f"object of {_plural(kind)}"), bounds, ""
        case types.StructType():
            return "object, see below", [], ""
        case types.LiteralType(values=values):
            return " or ".join(f"`{value}`" for value in values), [], ""
        case types.IntType(ge=low, le=high):
            return "whole number", _range(low, high), ""
        case types.FloatType(ge=low, le=high):
            return "number", _range(low, high), ""
        case types.StrType(max_length=longest):
            return "text", _length(None, longest, "characters"), ""
        case types.BoolType():
            return "true or false", [], ""
        case types.NoneType():
            return "null", [], ""
        case _:
            return "any", [], ""


def _plural(kind: str) -> str:
    """Of a type in words: ``number`` -> ``numbers``, ``number or null`` -> ``(numbers or null)``."""
    first, *others = kind.split(" or ")
    head, separator, rest = first.partition(" of ")
    plural = first if first.startswith("[") or "," in head else f"{head}s{separator}{rest}"
    return f"({' or '.join((plural, *others))})" if others else plural


def _is_unset(described: types.Type) -> bool:
    return "Unset" in type(described).__name__


def _range(low: float | None, high: float | None) -> list[str]:
    if low is not None and high is not None and high < LARGEST:
        return [f"{low:,.10g} to {high:,.10g}"]
    return [] if low is None else [f"at least {low:,.10g}"]


def _length(low: int | None, high: int | None, what: str) -> list[str]:
    if low is not None and low == high:
        return [f"{low:,} {what}"]
    return [f"{word} {bound:,} {what}" for word, bound in (("at least", low), ("at most", high)) if bound is not None]


def _parts(described: Any) -> Iterator[types.StructType]:
    """The structs within the fields of another, and those within these."""
    for field in described.fields:
        yield from _structs(field.type)


def _structs(described: Any) -> Iterator[types.StructType]:
    if isinstance(described, types.StructType):
        yield described
        yield from _parts(described)
        return
    for name in ("type", "item_type", "value_type"):
        if (inner := getattr(described, name, None)) is not None:
            yield from _structs(inner)
    options: Iterable[Any] = getattr(described, "types", ())
    for inner in options:
        yield from _structs(inner)


def _prose(docstring: str) -> str:
    """A docstring as Markdown: one backquote where reStructuredText has two, no roles."""
    for role in (":mod:", ":class:", ":func:", ":data:"):
        docstring = docstring.replace(role, "")
    return docstring.replace("``", "`")
