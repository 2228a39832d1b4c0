"""Events in chunks, and chunks that are damaged."""

import gzip
import hashlib
import json

import pytest

from app.store.chunks import LARGEST_CHUNK, LARGEST_EVENT, Chunk, pack, unpack

EVENTS = [{"event": "steps", "first": 1}, {"event": "error", "message": "naïve \n\u2028 lines"}]
LINES = [json.dumps(event).encode() for event in EVENTS]


def test_what_is_packed_can_be_unpacked():
    chunk = pack(LINES)
    assert (unpack(chunk), chunk.events) == (EVENTS, 2)
    assert pack(LINES) == chunk != pack(LINES[:1])


def test_damage_is_noticed():
    chunk = pack(LINES)
    bodies = {
        "nothing": b"",
        "another form": b"PK\x03\x04",
        "truncated": chunk.body[:-9],
        "a flipped bit": chunk.body[:20] + bytes([chunk.body[20] ^ 4]) + chunk.body[21:],
        "other lines": gzip.compress(LINES[0] + b"\n"),
    }
    for name, body in bodies.items():
        with pytest.raises(ValueError, match="damaged"):
            unpack(Chunk(2, chunk.checksum, body)), name
    with pytest.raises(ValueError, match="holds 2 events, not 3"):
        unpack(Chunk(3, chunk.checksum, chunk.body))


def test_a_bomb_is_not_unpacked():
    text = b" " * (LARGEST_CHUNK + 1)
    with pytest.raises(ValueError, match="checksum"):
        unpack(Chunk(1, hashlib.sha256(text).hexdigest(), gzip.compress(text)))


def test_sizes_have_bounds():
    largest = b"x" * LARGEST_EVENT
    assert pack([largest]).events == 1
    for lines, why in (
        ([], "at least one"),
        ([largest + b"x"], "an event must have"),
        ([largest, largest], "a chunk must"),
    ):
        with pytest.raises(ValueError, match=why):
            pack(lines)
