"""An import that goes on by itself, whatever page its visitor looks at, and tells how far it is. No Streamlit."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from app.store.import_turns import Busy, ImportTurns
from app.store.importing import import_file
from app.store.schema import StoreError
from app.store.store import Store

log = logging.getLogger(__name__)


class ImportJob:
    """Imports a file in a thread of its own.

    Args:
        store: where the run is saved.
        turns: who may import now.
        owner: the token of the visitor whose run it will be.
        file: a file of bytes, at its start.
        name: the name of the file.
        size: its bytes.
        address: the network address of the visitor; empty if it is not known.
    """

    def __init__(
        self,
        store: Store,
        turns: ImportTurns,
        owner: str,
        file: BinaryIO,
        name: str,
        size: int,
        address: str = "",
    ) -> None:
        self.name = name
        self.waiting = False
        """Whether the file waits for those before it."""
        self.id = ""
        """The id of the run, once it is saved."""
        self.problem = ""
        """Why nothing was imported, as a sentence."""
        self.busy = False
        """Whether that was only because it was not this visitor's turn: the file may be tried again."""
        self._file: BinaryIO | None = file
        self._size = size
        self._ended = threading.Event()
        threading.Thread(target=self._run, args=(store, turns, owner, address), name="import", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._ended.is_set()

    @property
    def share(self) -> float:
        """The share of the file that has been read, 0 to 1. When all is read, it is still to be saved."""
        file = self._file
        return 1.0 if file is None or not self._size else min(1.0, file.tell() / self._size)

    def says(self) -> str:
        """What it does now, in words."""
        if self.waiting:
            return f"Another import is under way; {self.name} waits for it"
        if self.share < 1:
            return f"Reading {self.name}: {self.share:.0%}. It goes on if you look at another page"
        return f"Saving {self.name}"

    def wait(self, seconds: float) -> bool:
        """Waits for its end, so long at most; returns whether it has ended."""
        return self._ended.wait(seconds)

    def _run(self, store: Store, turns: ImportTurns, owner: str, address: str) -> None:
        assert self._file is not None
        try:
            with turns.turn(owner, self._queued, address=address):
                self.id = import_file(store, owner, self._file, self.name)
        except Busy as error:
            self.busy, self.problem = True, f"Nothing was imported, because {error}."
        except (ValueError, StoreError) as error:
            self.problem = f"Nothing was imported: {error}."
        except Exception:  # whoever waits for it must learn that it has ended
            log.exception("an import failed")
            self.problem = "Nothing was imported: the server could not read the file."
        finally:
            self._file = None  # it is as large as a recording, and the page keeps the job
            self._ended.set()

    @contextmanager
    def _queued(self) -> Iterator[None]:
        self.waiting = True
        try:
            yield
        finally:
            self.waiting = False
