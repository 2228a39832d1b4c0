"""The rules for names and ids of runs, and the hash by which the store knows an owner. Pure functions.

Ids and owners' tokens come from browsers: nothing here or in the store makes a path of one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from app.ui import words
from app.ui.palette import LOOKS

LONGEST_NAME = 120
"""Characters of a run's name."""
TURNING = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
"""Marks that turn the direction of text: a name that holds one could turn what stands beside it."""
UNFIT = {"Cc": "control characters", "Zl": "line breaks", "Zp": "line breaks", "Cs": "halves of characters"}
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def is_id(text: object) -> bool:
    """Whether this can be the id of a run: 16 to 64 letters, digits, ``-`` and ``_``."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def check_id(text: str) -> str:
    """Returns the id unchanged.

    Raises:
        ValueError: if it cannot be the id of a run.
    """
    if not is_id(text):
        raise ValueError(f"id must be 16 to 64 letters, digits, - and _, not {str(text)[:40]!r}")
    return text


def check_name(text: str) -> str:
    """A name without the space around it. Markup in it is not removed: pages must show a name as plain text.

    Raises:
        ValueError: if it is empty or too long, or holds line breaks, control characters or marks that turn the
            direction of text.
    """
    if not isinstance(text, str):
        raise ValueError(f"name must be text, not {type(text).__name__}")
    name = text.strip()
    if len(name) > LONGEST_NAME:
        raise ValueError(f"name must have at most {LONGEST_NAME} characters, not {len(name)}")
    for character in name:
        unfit = UNFIT.get(unicodedata.category(character))
        unfit = unfit or ("marks that turn the direction of text" if ord(character) in TURNING else None)
        if unfit:
            raise ValueError(f"name must have no {unfit}, not U+{ord(character):04X}")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise ValueError("name must have a character that can be seen")
    return name


def default_name(parts: Sequence[str], methods: Sequence[str]) -> str:
    """The name of a run until its owner renames it, such as ``"depth 30, Xavier: plain, IP"``.

    It begins with what tells the run from others. Where it would be too long, it has the number of methods instead of
    their names, then only the first parts.

    Args:
        parts: the settings that are not the usual ones, in a few words each.
        methods: the names of its methods.
    """
    labels = [LOOKS[method].label if method in LOOKS else method for method in methods]
    count = f"{len(methods)} methods"
    said = list(parts) or ["default settings"]
    names = [f"{', '.join(said)}: {', '.join(labels)}", f"{', '.join(said)}: {count}"]
    names += [f"{', '.join(said[:most])} and {len(said) - most} more: {count}" for most in range(len(said) - 1, 0, -1)]
    return next(words.sentence(name) for name in names if len(name) <= LONGEST_NAME)


def owner_hash(token: str) -> str:
    """The hash by which the store knows a visitor. Tokens are random (128 bits), so a plain hash does not reveal them.

    Raises:
        ValueError: if there is no token.
    """
    if not isinstance(token, str) or not token:
        raise ValueError("owner must be the visitor's token")
    return hashlib.sha256(f"ipcore visitor {token}".encode("utf-8", "surrogatepass")).hexdigest()


def folded(text: str) -> str:
    """Text in the form in which names are searched. It is the same for upper and lower case, and for every database."""
    return unicodedata.normalize("NFKC", text).casefold()
