"""The hyperbolic tangent, which NumPy computes faster than PyTorch on most processors.

NumPy works on the memory of the tensors, so nothing is copied. Tensors on another device are left to PyTorch. Either
way the relative error is at most 2e-7 in single precision, also near 0, where a deep plain network has its activity.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

FAST_NUMPY = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
"""Whether NumPy's tanh uses the wide registers of this processor. With AVX-512 it then takes a sixth of the time of
PyTorch's, with AVX2 three quarters; without either it takes several times as long."""


def tanh(x: Tensor, out: Tensor) -> Tensor:
    """The hyperbolic tangent of each number, written into ``out``, which may be ``x``."""
    _tanh_of(x, out)()
    return out


class OnMemory:
    """A function of NumPy arrays, called with the memory of the same tensors each time.

    The arrays are made once, because that takes as long as a small operation. A copy works on the copies of the
    tensors: NumPy's arrays would otherwise be copied without them.

    Args:
        function: takes an array for each tensor, and then what it is called with.
        tensors: on the processor.
    """

    def __init__(self, function: Callable[..., object], *tensors: Tensor) -> None:
        self._function, self._tensors = function, tensors
        self._arrays = [tensor.numpy() for tensor in tensors]

    def __call__(self, *more: Any) -> None:
        self._function(*self._arrays, *more)

    def __deepcopy__(self, memo: dict[int, Any]) -> OnMemory:
        return OnMemory(self._function, *copy.deepcopy(self._tensors, memo))


class Tanh:
    """Writes the hyperbolic tangent of what ``x`` holds when it is called into ``out``, which may be ``x``.

    It is made once for a pair of tensors that many steps use, because that takes as long as a small operation. Its copy
    works on the copies of the tensors: NumPy's arrays would otherwise be copied without them.

    Args:
        x: a tensor.
        out: a tensor of the same shape.
    """

    def __init__(self, x: Tensor, out: Tensor) -> None:
        self._tensors, self._write = (x, out), _tanh_of(x, out)

    def __call__(self) -> None:
        self._write()

    def __deepcopy__(self, memo: dict[int, Any]) -> Tanh:
        return Tanh(*copy.deepcopy(self._tensors, memo))


def _tanh_of(x: Tensor, out: Tensor) -> Callable[[], object]:
    if FAST_NUMPY and x.device.type == "cpu":
        return partial(np.tanh, x.numpy(), out=out.numpy())
    return partial(torch.tanh, x, out=out)
