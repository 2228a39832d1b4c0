"""What all events have in common, and the types of their fields."""

from __future__ import annotations

import sys
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from ipcore.jsonlines import encode

LARGEST = sys.float_info.max
"""The largest number there is: a field with this bound refuses infinity."""
LONGEST_TEXT = 2_000
"""Characters of a sentence in an event, at most."""


class Event(Struct, tag_field="event", forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One event of a stream: a JSON object on a line of its own, whose field ``event`` names it."""

    grows: ClassVar[bool] = False
    """Whether the event has a number for each of many networks, steps, layers or cells; all other events are short."""

    @property
    def name(self) -> str:
        """The name of the event, as its field ``event`` has it."""
        return name_of(type(self))

    def line(self) -> str:
        """The event as one line of JSON, without its newline."""
        return encode(self)


class Part(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An object within an event."""

    label: ClassVar[str]
    """What a message calls it."""


def name_of(definition: type[Struct]) -> str:
    """The name of an event, given its definition."""
    return str(definition.__struct_config__.tag)


Step = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Number = Annotated[float, Meta(ge=0, le=LARGEST)]
Share = Annotated[float, Meta(ge=0, le=1)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]

# Within lists, null stands for a number that is not finite or not known. (A comparison with NaN fails, so that the
# lower bound refuses NaN; infinity is allowed here and read as not known.)
NumberOrNull = Annotated[float, Meta(ge=0)] | None
ShareOrNull = Annotated[float, Meta(ge=0, le=1)] | None
StepOrNull = Annotated[int, Meta(ge=1)] | None
