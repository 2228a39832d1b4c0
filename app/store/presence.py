"""The lock by which the servers on one folder of saved runs know of each other."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

FILE = "servers.lock"


class Presence:
    """A lock on the folder of the store that all its servers share. The kernel releases it when a server dies.

    A server that gets the lock alone is the only one that uses the folder. So it knows at once, without waiting for
    leases to lapse, that the servers of all runs under way have died.

    Args:
        folder: the folder of the store.

    Attributes:
        alone: whether no other server used the folder when the lock was taken, until :meth:`settle`.

    Raises:
        OSError: if the file of the lock can be neither opened nor made.
    """

    def __init__(self, folder: Path) -> None:
        self.alone = False
        self._path = folder / FILE
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600) if fcntl else -1
        if self._file >= 0:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.alone = True

    def valid(self) -> bool:
        """Whether other servers find this lock in the folder."""
        if self._file < 0:
            return True
        try:
            return os.path.samestat(os.fstat(self._file), os.stat(self._path))
        except OSError:
            return False

    def settle(self) -> None:
        """Shares the lock, so that other servers can use the folder too."""
        self.alone = False
        if self._file >= 0:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def close(self) -> None:
        """Releases the lock."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
