"""Reads a frame as the browser does."""

from __future__ import annotations

import json
import struct

import numpy as np

from app.ui.frames import TYPES


def unpacked(packed: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and arrays of a frame."""
    size = struct.unpack_from("<I", packed)[0]
    header = json.loads(packed[4 : 4 + size])
    arrays = {}
    for name, (kind, offset, shape) in header["arrays"].items():
        flat = np.frombuffer(packed, TYPES[kind], int(np.prod(shape)), 4 + size + offset)
        arrays[name] = flat.reshape(shape)
    return header, arrays
