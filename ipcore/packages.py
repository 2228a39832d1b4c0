"""The installed packages on whose versions the numbers of a run depend."""

from __future__ import annotations

from importlib import metadata
from importlib.util import find_spec

NUMBA = find_spec("numba") is not None
"""Whether Numba is installed, which compiles loops of the networks: :mod:`ipcore.networks.compiled`."""


def numeric_versions() -> dict[str, str]:
    """The name of each package -> its version, without the part that names the build."""
    names = ("torch", "numpy", "numba") if NUMBA else ("torch", "numpy")
    return {name: metadata.version(name).partition("+")[0] for name in names}
