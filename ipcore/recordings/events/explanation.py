"""Why values are no event, in words for people.

msgspec says whether values fit a definition, fast, but in terms of a program (``Expected `float | null`, got `str` - at
`$.loss[...][0]` ``). The same definition is walked here once more to say it in words, after it is known not to fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect as types

from ipcore.jsonlines import TOO_LARGE
from ipcore.messages import shorten
from ipcore.recordings.events.base import LARGEST, Event

_WORDS = {str: "text", bool: "true or false", list: "lists", dict: "objects", type(None): "null"}
"""Type -> what JSON calls it."""


def explain(definition: type[msgspec.Struct], values: Any) -> str:
    """Why values do not fit a definition; empty if they seem to.

    Args:
        definition: the definition of an event or a command.
        values: what msgspec refused to convert to it.
    """
    return next(_faults(types.type_info(definition), values, ""), "")


def _faults(described: Any, value: Any, name: str, in_list: bool = False) -> Iterator[str]:
    """What is wrong with a value.

    Args:
        described: the type that it should have.
        value: the value as it was sent; it may be anything.
        name: name of the field, and of the method if the field has an entry for each method.
        in_list: whether the value is one of many of a list.
    """
    match described:
        case types.Metadata(type=inner, extra_json_schema=schema):
            found = _faults(inner, value, name, in_list)
            title = (schema or {}).get("title")
            yield from (f"{title}, not {shorten(value)}" for _ in found) if title else found
        case types.UnionType(types=options):
            said = [next(_faults(each, value, name, in_list), "") for each in options]
            if all(said):
                yield said[0]
        case types.StructType():
            yield from _in_struct(described, value, name)
        case types.DictType(value_type=inner):
            if not isinstance(value, Mapping):
                yield f"{name} must be an object, not {shorten(value)}"
                return
            for key, each in value.items():
                yield from _faults(inner, each, f"{name} of {key}" if len(key) <= 60 else name, in_list)
        case types.ListType(item_type=inner, min_length=low, max_length=high):
            if not isinstance(value, (list, tuple)) or not (low or 0) <= len(value) <= (
                len(value) if high is None else high
            ):
                yield f"{name} must be {_form(described)}, not {shorten(value)}"
                return
            for each in value:
                yield from _faults(inner, each, name, True)
        case types.TupleType(item_types=inners):
            if not isinstance(value, (list, tuple)) or len(value) != len(inners):
                yield f"{name} must be lists of {len(inners)} numbers, not {shorten(value)}"
                return
            for inner, each in zip(inners, value, strict=True):
                yield from _faults(inner, each, name, True)
        case types.IntType() | types.FloatType():
            yield from _in_number(described, value, name, in_list)
        case types.StrType(max_length=longest):
            if not isinstance(value, str):
                yield f"{name} must be text, not {shorten(value)}"
            elif longest is not None and len(value) > longest:
                yield f"{name} must have at most {longest:,} letters"
        case types.BoolType():
            if not isinstance(value, bool):
                yield f"{name} must be true or false, not {shorten(value)}"
        case types.LiteralType(values=allowed):
            if not isinstance(value, str) or value not in allowed:
                yield f"{name} must be {' or '.join(sorted(map(str, allowed)))}, not {shorten(value)}"
        case types.NoneType():
            if value is not None:
                yield f"{name} must be null, not {shorten(value)}"


def _in_struct(described: types.StructType, value: Any, name: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{name} must be an object, not {shorten(value)}"
        return
    known = [field.encode_name for field in described.fields]
    if described.tag_field is not None:
        known.insert(0, described.tag_field)
    for key in value:
        if key not in known:
            is_event = issubclass(described.cls, Event)
            what = f"event {described.tag!r}" if is_event else _label(described)
            listed = known if is_event else [each for each in known if each != described.tag_field]
            yield f"{what} has no field {shorten(key)}; it has {', '.join(listed) or 'none'}"
    for field in described.fields:
        if field.encode_name in value:
            yield from _faults(field.type, value[field.encode_name], field.encode_name)
        elif field.required:
            yield f"{field.encode_name} is missing"


def _label(described: types.StructType) -> str:
    return str(getattr(described.cls, "label", described.tag))


def _in_number(described: Any, value: Any, name: str, in_list: bool) -> Iterator[str]:
    whole = isinstance(described, types.IntType)
    low = -LARGEST if described.ge is None else described.ge
    high = LARGEST if described.le is None else described.le
    if type(value) is not int and (whole or type(value) is not float):
        kind = "whole number" if whole else "number"
        got = _WORDS.get(type(value), shorten(value))
        yield f"{name} must be {kind}s, not {got}" if in_list else f"{name} must be a {kind}, not {shorten(value)}"
    elif type(value) is int and not whole and abs(value) > LARGEST:
        yield TOO_LARGE
    elif low <= value <= high:
        return
    elif in_list:
        yield f"{name} must lie between {low:g} and {high:g}" if high < LARGEST else f"{name} must be at least {low:g}"
    else:
        end = f"to {high:.9g}" if high < LARGEST else "up"
        yield f"{name} must be a number from {low:.9g} {end}, not {shorten(value)}"


def _form(described: types.ListType) -> str:
    """What a list should be, in words."""
    inner: Any = described.item_type
    while isinstance(inner, types.Metadata):
        inner = inner.type
    length = f"{described.min_length} " if described.min_length == described.max_length is not None else ""
    if isinstance(inner, types.StructType):
        return "a list"
    return "lists of numbers" if isinstance(inner, (types.ListType, types.TupleType)) else f"a list of {length}numbers"
