"""Parts of a training step once more, as loops that Numba compiles: faster where it is installed, and needed by nobody.

A loop is one call, and passes once over numbers that PyTorch and NumPy pass several times. Results differ by rounding.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import torch

from ipcore import packages


def use_compiled() -> bool:
    """Whether networks that are made now use compiled loops.

    They do if Numba is there, and if they train on the processor in single precision.
    """
    return packages.NUMBA and torch.get_default_device().type == "cpu" and torch.get_default_dtype() == torch.float32


def load_compiled(module: str) -> ModuleType:
    """A module of this package, loaded when it is first needed because that takes a second.

    Args:
        module: ``neurons`` or ``examples``.
    """
    return import_module(f"{__name__}.{module}")
