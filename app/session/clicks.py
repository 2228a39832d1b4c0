"""Buttons whose clicks are carried out once each, however Streamlit reports them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ECHO = 2.0
"""Seconds after a click was carried out for a fragment in which a second report of it is ignored."""
_WAITING, _DONE = "clicks_waiting", "clicks_done"


@dataclass(frozen=True)
class _Click:
    """A click that a rerun of a fragment reported: a callback and its arguments."""

    callback: Callable[..., None]
    args: tuple[Any, ...]
    more: dict[str, Any]


def once(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback of a button outside all fragments that carries out each click once.

    The browser sends a click a moment after it (Streamlit 1.67: by ``setTimeout``), normally as a rerun of the page.
    Two things can come between. An automatic rerun of a fragment that falls into this moment reports the click too,
    before the page's own rerun does. And a component in a fragment that sends a value in this moment makes both into
    one message, a rerun of that fragment only. So a click that a fragment's rerun reports waits for a rerun of the
    page, which is asked for here: the one of the browser stops the fragment's, possibly in the middle of a callback.
    """

    @functools.wraps(callback)
    def run_once(*args: Any, **more: Any) -> None:
        state, name = st.session_state, f"{callback.__module__}.{callback.__qualname__}{args!r}"
        context = get_script_run_ctx()
        if context is not None and context.fragment_ids_this_run:
            state.setdefault(_WAITING, {})[name] = _Click(callback, args, more)
            st.rerun()
        state.get(_WAITING, {}).pop(name, None)
        done = state.get(_DONE, {}).pop(name, None)
        if done is None or time.monotonic() - done > ECHO:
            callback(*args, **more)

    return run_once


def carry_out() -> None:
    """Carries out the clicks that wait for a rerun of the page; called as it begins."""
    state = st.session_state
    for name, click in list(state.get(_WAITING, {}).items()):
        click.callback(*click.args, **click.more)
        del state[_WAITING][name]
        state.setdefault(_DONE, {})[name] = time.monotonic()
