"""For tests of the charts of a race: a frame as the browser reads it, and a race of losses only."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
from recordings import events

from app.ui.frames import TYPES
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a frame, read as app/ui/frames.py describes it."""
    (size,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + size])
    body = data[4 + size :]
    assert len(body) == header["length"]
    assert size % 4 == 0
    arrays = {}
    for name, (kind, offset, shape) in header["arrays"].items():
        assert offset % 4 == 0
        arrays[name] = np.frombuffer(body, TYPES[kind], math.prod(shape), offset).reshape(shape)
    return header, arrays


def lossy(config: RunConfig, rows: dict[str, Any]) -> Recording:
    """A run of which only training losses are known."""
    made = Recording(config)
    made.add(next(events(config)))
    made.add({"event": "steps", "first": 1, "elapsed": 1.0, "loss": rows})
    return made
