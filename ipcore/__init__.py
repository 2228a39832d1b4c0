"""The science of intrinsic plasticity: networks, rules, training and theory, with no knowledge of any screen.

A race of three methods, trained, and its curves as a pandas frame and as a picture:

>>> import ipcore
>>> config = ipcore.RunConfig(dataset="spirals", methods=("plain", "batch-norm", "ip"), depth=5, width=16, steps=100)
>>> recording = ipcore.train(config)
>>> print(recording.to_frame("summary").to_string(index=False))  # doctest: +ELLIPSIS
    method  seed  test_accuracy  train_loss  first_layer_gradient  diverged_at_step  at_chance
     plain     0  ...
batch-norm     0  ...
        ip     0  ...
>>> curves = recording.to_frame("curves")
>>> picture = curves.pivot_table("train_loss", "step", "method").plot(backend="plotly")

``ipcore.sweep(config, over={"learning_rate": (0.01, 0.1, 1)})`` trains networks at several values of a setting,
``ipcore.equilibrium("lognormal", sigma=0.5)`` computes where gain and bias come to rest, ``ipcore.load`` reads a
recording from a file, and ``ipcore.methods`` and ``ipcore.data`` hold the methods and the data sets. See
docs/notebook.md.

Each name is loaded when it is first used, so that importing a setting does not import NumPy or PyTorch.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipcore import data, methods
    from ipcore.api import equilibrium, load, sweep, train
    from ipcore.config import RunConfig, SweepConfig
    from ipcore.recordings.race import Recording
    from ipcore.recordings.sweep import SweepRecording

__all__ = [
    "Recording",
    "RunConfig",
    "SweepConfig",
    "SweepRecording",
    "data",
    "equilibrium",
    "load",
    "methods",
    "sweep",
    "train",
]


def __getattr__(name: str) -> Any:
    """Loads a name of ``__all__`` when it is first used (PEP 562)."""
    if name == "data":
        from ipcore.data import __name__ as package
    elif name == "methods":
        from ipcore.methods import __name__ as package
    elif name in __all__:
        from ipcore import api

        globals()[name] = getattr(api, name)
        return globals()[name]
    else:
        raise AttributeError(f"module 'ipcore' has no attribute {name!r}")
    return sys.modules[package]  # its import has made it an attribute, so that this is called only once


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
