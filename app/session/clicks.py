"""Buttons whose clicks are carried out once, even if Streamlit reports one twice."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ECHO = 3.0
"""A repeated message within this many seconds belongs to the same click."""


def once(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback of a button outside all fragments that carries out each click once.

    Streamlit 1.67 reports a click that meets a fragment's automatic rerun twice: with the rerun of the fragment, and
    with that of the whole page. Both call the callback, so a pause would be taken back at once and
    one step would be two. Nothing but a click of this kind calls it while a fragment reruns, so what was done then is
    not done again when the page's rerun comes.
    """
    key = f"done_ahead_{callback.__module__}_{callback.__qualname__}"

    @functools.wraps(callback)
    def run_once(*args: Any, **more: Any) -> None:
        state, context, now = st.session_state, get_script_run_ctx(), time.monotonic()
        ahead = bool(context and context.fragment_ids_this_run)
        echo = not ahead and now - state.pop(key, -ECHO) < ECHO
        if echo:
            return
        if ahead:
            state[key] = now
        callback(*args, **more)

    return run_once
