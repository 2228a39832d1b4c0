"""What whoever runs the server sets about who may come: variables of the environment, checked."""

from __future__ import annotations

import os
import re
import socket
from functools import lru_cache
from ipaddress import ip_address

import streamlit as st

from ipcore.messages import shorten

FRAMES_VARIABLE = "IPCORE_FRAME_ANCESTORS"
"""Sites that may show the dashboard in a frame of their pages, such as ``https://moodle.school.example``, with commas
between them; ``*`` allows all. Default: only pages of the same site."""
HOSTS_VARIABLE = "IPCORE_HOSTS"
"""Names by which visitors may reach the server, such as ``plasticity.example,*.school.example``; ``*`` allows every
name. Default: those of the machine itself if the server listens on a loopback address, else every name."""
STATUS_VARIABLE = "IPCORE_STATUS_TOKEN"
"""A secret of at least 16 characters. If it is set, there is a page ``/status`` about the server, and
``/_stcore/metrics`` answers; both ask for the secret. Default: neither is there."""
VISITS_VARIABLE = "IPCORE_VISITS"
"""How many may visit at a time; others see a page that looks for a free place. Default: 500, or fewer if the system
allows the server fewer open files."""

MOST_VISITS = 500
SHORTEST_TOKEN = 16
"""Characters; less could be found by trying."""
_SITE = re.compile(r"\*|(?:https?://)?(?:\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(?::(?:\d{1,5}|\*))?/?")
_PATTERN = re.compile(r"\*|(?:\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:]+")


def check() -> None:
    """Checks every variable of this file.

    Raises:
        ValueError: that one of them cannot be read, and what is allowed.
    """
    frame_ancestors()
    hosts()
    status_token()
    most_visits()


def frame_ancestors() -> tuple[str, ...]:
    """The sites whose pages may show ours in a frame, as a content security policy names them; ``*`` for all.

    Raises:
        ValueError: if one of them is not the address of a site.
    """
    sites = _listed(os.environ.get(FRAMES_VARIABLE, ""))
    for site in sites:
        if not _SITE.fullmatch(site):
            raise ValueError(
                f"{FRAMES_VARIABLE} must list sites such as https://school.example, or be *; {shorten(site)} is not one"
            )
    return tuple(site.rstrip("/") for site in sites)


def hosts() -> tuple[str, ...]:
    """Patterns of the names by which visitors may reach the server; empty if it answers to every name.

    Raises:
        ValueError: if one of them is neither a name nor the end of names.
    """
    return _hosts(os.environ.get(HOSTS_VARIABLE, ""), st.get_option("server.address"))


@lru_cache(16)  # it is asked for with each request
def _hosts(listed: str, address: str | None) -> tuple[str, ...]:
    patterns = tuple(pattern.lower().strip("[]").rstrip(".") for pattern in _listed(listed))
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            raise ValueError(
                f"{HOSTS_VARIABLE} must list names such as plasticity.example or *.school.example, or be *; "
                f"{shorten(pattern)} is not one"
            )
    if "*" in patterns:
        return ()
    if patterns or not _is_loopback(address):
        return patterns
    return ("localhost", "*.localhost", socket.gethostname().lower())


def status_token() -> str | None:
    """The secret that opens the page about the server; None if there is no such page.

    Raises:
        ValueError: if it is so short that it could be found by trying.
    """
    token = os.environ.get(STATUS_VARIABLE, "").strip()
    if token and len(token) < SHORTEST_TOKEN:
        raise ValueError(f"{STATUS_VARIABLE} must have at least {SHORTEST_TOKEN} characters")
    return token or None


def most_visits() -> int:
    """How many may visit at a time.

    Raises:
        ValueError: if the variable is not a whole number from 1.
    """
    text = os.environ.get(VISITS_VARIABLE, "").strip() or str(MOST_VISITS)
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise ValueError(f"{VISITS_VARIABLE} must be a whole number from 1 to 999999, not {shorten(text)}")
    return int(text)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return address == "localhost"
