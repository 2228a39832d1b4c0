"""Whether loops that Numba compiles do a part of a training step; they are in ``ipcore.networks.compiled``."""

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
    """A module of ``ipcore.networks.compiled``, loaded when it is first needed because that takes a second.

    Args:
        module: ``neurons`` or ``examples``.
    """
    return import_module(f"ipcore.networks.compiled.{module}")
