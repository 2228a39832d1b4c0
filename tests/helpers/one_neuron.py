"""For tests of "One neuron": a neuron that is played, its numbers, and its frames as the browser reads them."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from app.neuron.play import Play
from app.neuron.settings import DEFAULTS, choose
from ipcore.config import METHODS

GAIN, BIAS = 0, 1
IP = METHODS.index("ip")


def play(**settings: Any) -> Play:
    """A neuron with the settings of a first visit, but for these."""
    setup, said = choose({**DEFAULTS, **settings})
    assert setup is not None, said
    return Play(setup)


def unpack(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    kinds = {"f4": "<f4", "i4": "<i4", "u1": "u1"}
    return header, {
        name: np.frombuffer(data, kinds[kind], int(np.prod(shape)), 4 + length + offset).reshape(shape)
        for name, (kind, offset, shape) in header["arrays"].items()
    }
