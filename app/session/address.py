"""The network address of a visitor, also behind proxies."""

from __future__ import annotations

import os
import re

PROXIES_VARIABLE = "IPCORE_PROXIES"
"""How many proxies stand in front of the server, each of which adds the address that it sees to ``X-Forwarded-For``.
One address may have at most half of all races at a time. Default: 0."""


def proxies() -> int:
    """How many proxies stand in front of the server.

    Raises:
        ValueError: if the variable is not a whole number from 0 to 9.
    """
    text = os.environ.get(PROXIES_VARIABLE, "").strip() or "0"
    if not re.fullmatch(r"\d", text):
        raise ValueError(f"{PROXIES_VARIABLE} must be a whole number from 0 to 9, not {text[:60]!r}")
    return int(text)


def client_address(peer: str | None, forwarded: str | None, proxies: int) -> str:
    """The address of a visitor; empty if it is not known.

    Args:
        peer: the address at the other end of the connection.
        forwarded: the header X-Forwarded-For, to which each proxy adds an address at the end. What stands before the
            addresses of our own proxies may be made up by the visitor, so it is not read.
        proxies: how many proxies stand in front of the server.
    """
    if not proxies:
        return peer or ""
    seen = [part.strip() for part in (forwarded or "").split(",") if part.strip()]
    return seen[-proxies] if len(seen) >= proxies else ""
