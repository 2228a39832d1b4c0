"""The component of the page "One neuron": it plays the moments of a frame by itself."""

from __future__ import annotations

from app.ui.component import component


def show(frame: bytes, *, key: str) -> None:
    """Shows a frame, in place of the one before.

    Args:
        frame: a frame made by :func:`app.neuron.frames.frame`.
        key: the key of the component; keep it while the page is up.
    """
    component("neuron")(key=key, data=frame)
