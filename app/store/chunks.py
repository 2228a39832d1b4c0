"""Chunks: some events of a run as they lie in the store, JSON lines in gzip with a checksum. Nothing is unpickled.

The checksum is computed from the lines before they are compressed, so that it does not depend on the version of gzip.
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
"""Bytes of JSON that one event may have at most."""
LARGEST_CHUNK = CHUNK + LARGEST_EVENT + 1
"""Bytes of JSON lines that one chunk may have at most: nearly a full chunk, and then the largest event."""
LEVEL = 6
"""Level of compression of gzip."""


@dataclass(frozen=True)
class Chunk:
    """Some events, packed.

    Args:
        events: the number of events.
        checksum: SHA-256 of the lines before compression, hexadecimal.
        body: the lines, compressed with gzip.
    """

    events: int
    checksum: str
    body: bytes


def pack(lines: Sequence[bytes]) -> Chunk:
    """The chunk of these lines, each the JSON of one event without a newline.

    Raises:
        ValueError: if there is no line, a line is too large, or all lines together are.
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
    """The events of a chunk, as plain values. No more is decompressed than the largest chunk may have.

    Raises:
        ValueError: if the chunk is damaged.
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
