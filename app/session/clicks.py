"""Buttons whose clicks are carried out once, even if Streamlit reports one twice."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx


def once(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback of a button outside all fragments that carries out each click once.

    The browser sends a click a moment after it (Streamlit 1.67: by ``setTimeout``). If a fragment's automatic rerun
    falls between the two, its message reports the click too, and both reruns call the callback. The click is carried
    out with the second one, that of the whole page, which always comes. The rerun of the fragment must not do it: the
    one of the page stops it, possibly in the middle of the callback.
    """

    @functools.wraps(callback)
    def run_once(*args: Any, **more: Any) -> None:
        context = get_script_run_ctx()
        if context is None or not context.fragment_ids_this_run:
            callback(*args, **more)

    return run_once
