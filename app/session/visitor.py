"""The visitor: a name for this browser tab, and an owner token for this browser.

A live run belongs to the visitor who started it, known by a random name that never leaves their browser tab
and this server. It is kept in the tab's sessionStorage, which survives a reload (a new session for Streamlit) and is
not part of the URL: a link restores settings and can neither start, steer nor show a live run.

Saved runs belong to an owner: a second random token, kept in the browser's localStorage, so that another
tab and tomorrow's visit have the same one. Whoever has a token is taken for its owner, so the server sends it to
nobody but the browser that has it, and only through the component below.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.background.runs import Runs
from app.background.sweeps import Sweeps
from app.session import clicks, server
from app.session.address import client_address, proxies
from app.ui import teacher_link
from app.ui.teacher_link import TeacherLink

_TOKEN = re.compile("[0-9a-f]{32}")
_REMEMBER = """
let answered = ""

// The token that the browser has stored under a key; if it has none, it stores the offered one.
function stored(area, key, offered, settled) {
  try {
    const found = window[area].getItem(key)
    if (!settled && /^[0-9a-f]{32}$/.test(found)) return found
    window[area].setItem(key, offered)
  } catch { /* storage is forbidden: a reload is then a new visitor, and a new owner */ }
  return offered
}

export default function ({ data, setStateValue }) {
  const known = {
    name: stored("sessionStorage", "visitor", data.name, data.settled),
    owner: stored("localStorage", "intrinsic-plasticity-owner", data.owner, false),
  }
  const offered = data.name + data.owner
  if ((known.name === data.name && known.owner === data.owner) || answered === offered) return
  answered = offered
  setStateValue("known", known)
}
"""
_remember = st.components.v2.component("visitor", js=_REMEMBER)


@dataclass(frozen=True)
class _Lease:
    """A session of a visitor; Streamlit releases it when the browser tab closes or loses its connection."""

    runs: Runs
    sweeps: Sweeps
    visitor: str

    def release(self) -> None:
        for place in (self.runs, self.sweeps):
            place.left(self.visitor)  # on the server's event loop: it notes the time and returns


@st.cache_resource(scope="session", show_spinner=False, on_release=_Lease.release)
def _lease(visitor: str, _runs: Runs, _sweeps: Sweeps) -> _Lease:
    return _Lease(_runs, _sweeps, visitor)


def arrive() -> None:
    """Begins a script run of any page: prepares the server, gives the visitor their tokens, carries out clicks."""
    server.prepare()
    teacher_link.begin(TeacherLink())  # until the page reads its own
    for token in ("visitor", "owner"):
        if token not in st.session_state:
            st.session_state[token] = secrets.token_hex(16)
    here()
    clicks.carry_out()


def here() -> None:
    """Notes that this visitor is here; runs of a visitor who has left are stopped after a while."""
    runs, sweeps = server.runs(), server.sweeps()
    _lease(name(), runs, sweeps)
    for place in (runs, sweeps):
        place.present(name())


def name() -> str:
    """The token of this browser tab, to which live runs belong."""
    return st.session_state.visitor


def owner() -> str:
    """The token of this browser, to which saved runs belong; a new one until the browser has answered."""
    return st.session_state.owner


def address() -> str:
    """The network address of this visitor; empty if it is not known."""
    return client_address(st.context.ip_address, st.context.headers.get("X-Forwarded-For"), proxies())


def remember(settled: bool) -> None:
    """Stores name and owner in the browser. If it has others already, the page reruns with those.

    Args:
        settled: whether this session has live runs under its name; the tab then stores this name over an older one.
    """
    state = st.session_state
    data = {"name": name(), "owner": owner(), "settled": settled}
    known = _remember(key="remember", data=data, default={"known": None}, on_known_change=lambda: None).known
    taken = {"owner": _token(known, "owner") or owner(), "visitor": (not settled and _token(known, "name")) or name()}
    if any(state[key] != token for key, token in taken.items()):
        state.update(taken)
        here()
        st.rerun()


def _token(known: Any, key: str) -> str | None:
    """The answer of the browser, if it has the form of a token."""
    text = known.get(key) if isinstance(known, dict) else None
    return text if isinstance(text, str) and _TOKEN.fullmatch(text) else None
