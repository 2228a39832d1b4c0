"""The component of the page "One neuron": it plays the moments of a frame by itself."""

from __future__ import annotations

from collections.abc import Mapping

from app.ui.component import FEED_STATES, component, heard


def show(shown: bytes | Mapping[str, str], *, key: str) -> None:
    """Shows a frame, in place of the one before, or whatever a feed has.

    Args:
        shown: a frame made by :func:`app.neuron.frames.frame`, or the feed that the browser is to ask for it.
        key: the key of the component; keep it while the page is up.
    """
    component("neuron")(key=key, data=shown, default=FEED_STATES, **heard())
