"""Buttons whose clicks are carried out once each, however Streamlit reports them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ECHO = 2.0
"""Seconds after a click was carried out for a fragment in which a second report of it is ignored."""
MOST = 100
"""How many clicks of one button are carried out at once, at most, whatever the browser says."""
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
        elif getattr(callback, "counted", False):
            callback(*args, **more, echo=True)

    return run_once


def carry_out() -> None:
    """Carries out the clicks that wait for a rerun of the page; called as it begins."""
    state = st.session_state
    for name, click in list(state.get(_WAITING, {}).items()):
        click.callback(*click.args, **click.more)
        del state[_WAITING][name]
        state.setdefault(_DONE, {})[name] = time.monotonic()


def counted(button: Callable[..., str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A callback that is carried out as often as its button was clicked, also while the page was busy.

    To be used under :func:`once`. The page has the browser count the clicks, see :func:`count`.

    Args:
        button: gives the key of the button for the arguments of the callback, which gets an argument ``times`` besides.
    """

    def decorate(callback: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(callback)
        def run(*args: Any, echo: bool = False) -> None:
            known = st.session_state.setdefault(_COUNTED, {})
            carried_out = known.get(button(*args), 0)
            times = max(_count_of(button(*args)) - carried_out, 0 if echo else 1)
            known[button(*args)] = carried_out + times  # also one that the browser has not counted yet
            if times:
                callback(*args, times=min(times, MOST))

        run.counted = True  # type: ignore[attr-defined]  # once asks for it
        return run

    return decorate


_COUNT = """
// How often each of some buttons was clicked, or its key pressed, since this tab was opened. Streamlit reports several
// clicks that come while the page is busy as one; this count tells how many they were.
const counts = (window.intrinsicPlasticityClicks ??= {})

export default function ({ data, setStateValue }) {
  const button = (name) => document.querySelector(`.st-key-${name} button`)
  const add = (name) => setStateValue("counts", { ...counts, [name]: (counts[name] = (counts[name] ?? 0) + 1) })
  const onClick = (event) => {
    for (const name in data) if (button(name)?.contains(event.target)) add(name)
  }
  const onKey = (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event
    if (ctrlKey || metaKey || altKey || target.closest?.("input, textarea, select, [contenteditable=true]")) return
    for (const name in data) if (key.toUpperCase() === data[name] && button(name)?.disabled === false) add(name)
  }
  document.addEventListener("click", onClick, true)
  document.addEventListener("keydown", onKey, true)
  return () => {
    document.removeEventListener("click", onClick, true)
    document.removeEventListener("keydown", onKey, true)
  }
}
"""
_count = st.components.v2.component("clicks", js=_COUNT)
_COUNTED, _KEY = "clicks_counted", "clicks"


def count(shortcuts: Mapping[str, str]) -> None:
    """Has the browser count the clicks of buttons, outside all fragments.

    Args:
        shortcuts: key of a button -> the key on the keyboard that stands for it, in capital letters.
    """
    _count(key=_KEY, data=dict(shortcuts), default={"counts": None}, on_counts_change=lambda: None)


def _count_of(button: str) -> int:
    """How many clicks of a button the browser has counted; 0 if it has not said."""
    counts = (st.session_state.get(_KEY) or {}).get("counts")
    count = counts.get(button) if isinstance(counts, Mapping) else None
    return count if isinstance(count, int) and not isinstance(count, bool) else 0
