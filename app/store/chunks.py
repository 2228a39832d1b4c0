"""Chunks: some events of a run as they lie in the store, JSON lines in gzip with a checksum. Nothing is unpickled.

The checksum is that of the lines, not of what gzip made of them: the same events are the same chunk with every gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ipcore.jsonlines import decode

CHUNK = 64 * 1024
"""Bytes of JSON lines from which a chunk is written without waiting for more."""
LARGEST_EVENT = 8 * 2**20
"""Bytes of JSON of one event."""
LARGEST_CHUNK = CHUNK + LARGEST_EVENT + 1
"""Bytes of JSON lines of one chunk: nearly one, and then the largest event."""
LEVEL = 6
"""Of gzip."""


@dataclass(frozen=True)
class Chunk:
    """Some events, packed.

    Args:
        events: how many.
        checksum: SHA-256 of the lines, hexadecimal.
        body: the lines in gzip.
    """

    events: int
    checksum: str
    body: bytes


def pack(lines: Sequence[bytes]) -> Chunk:
    """The chunk of these lines, each the JSON of one event without a newline.

    Raises:
        ValueError: if there is none, one is too large, or all are too large together.
    """
    if not lines:
        raise ValueError("a chunk must hold at least one event")
    if max(map(len, lines)) > LARGEST_EVENT:
        raise ValueError(f"an event must have at most {LARGEST_EVENT:,} bytes, not {max(map(len, lines)):,}")
    text = b"\n".join(lines) + b"\n"
    if len(text) > LARGEST_CHUNK:
        raise ValueError(f"a chunk must have at most {LARGEST_CHUNK:,} bytes, not {len(text):,}")
    return Chunk(len(lines), hashlib.sha256(text).hexdigest(), gzip.compress(text, LEVEL, mtime=0))


def unpack(chunk: Chunk) -> list[dict[str, Any]]:
    """Its events. What it holds beyond the largest chunk is never unpacked.

    Raises:
        ValueError: if it is damaged.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(chunk.body)) as opened:
            text = opened.read(LARGEST_CHUNK + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"damaged: {error}") from None
    if len(text) > LARGEST_CHUNK or hashlib.sha256(text).hexdigest() != chunk.checksum:
        raise ValueError("damaged: it does not fit its checksum")
    events = [decode(line) for line in text.splitlines()]
    if len(events) != chunk.events:
        raise ValueError(f"damaged: it holds {len(events)} events, not {chunk.events}")
    return events
