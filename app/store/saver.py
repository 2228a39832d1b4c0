"""Saves runs while they are under way, on a thread of its own. No Streamlit, no torch.

``begin``, ``add`` and ``end`` return at once, also when the store cannot be used. While it cannot (disk full, database
away), events wait in memory, and are saved as soon as it can be used again. If the memory for them runs out, the run is
saved up to that event, and its message says so: a run that is cut off can be replayed, one with a gap cannot.

Whoever begins a run can give all its events again. So if the store is removed or replaced meanwhile, the whole run is
saved anew, in whatever store is there then.
"""

from __future__ import annotations

import atexit
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.store.chunks import CHUNK, LARGEST_EVENT
from app.store.database import REPLACED
from app.store.saved_run import new_row
from app.store.schema import StoreError, StoreFull
from app.store.store import Piece, Store
from app.store.unsaved import Incomplete, Unsaved, packed
from ipcore.jsonlines import encode
from ipcore.recordings.events.base import Event

PATIENCE = 0.5
"""Seconds after which events are saved, even if they are few."""
MEMORY = 64 * 2**20
"""Bytes of events of all runs together that may wait in memory."""
RETRY = 1.0
"""Seconds between two attempts while the store cannot be used."""
BEAT, IDLE = 5.0, 600.0
"""Seconds between two renewals of the lease while runs are under way, and between two rounds of upkeep otherwise."""
LOOK = 2.0
"""Seconds between two looks whether the store is still the same."""
FAREWELL = 5.0
"""Seconds to save the events that are left when the server ends."""

log = logging.getLogger(__name__)


class Saver:
    """Saves runs to a store. Any thread may call it; all methods but ``flush`` and ``close`` return at once.

    Args:
        store: the store.
        patience: seconds after which events are saved, even if they are few.
        memory: bytes of events that may wait in memory.
        retry: seconds between two attempts while the store cannot be used.
        look: seconds between two looks whether the store is still the same.
    """

    def __init__(
        self, store: Store, patience: float = PATIENCE, memory: int = MEMORY, retry: float = RETRY, look: float = LOOK
    ) -> None:
        self.store = store
        self._patience, self._memory, self._retry, self._look = patience, memory, retry, look
        self._changed = threading.Condition()
        self._runs: dict[str, Unsaved] = {}
        self._incomplete = Incomplete()
        self._waiting = 0  # bytes
        self._trouble = ""
        self._next_attempt = -math.inf
        self._next_beat = self._next_look = -math.inf
        self._hurry = 0
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="saver", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def begin(
        self,
        id: str,
        owner: str,
        kind: str,
        name: str,
        config: Mapping[str, Any],
        all_lines: Callable[[], Iterable[bytes]],
    ) -> None:
        """A run begins.

        Args:
            id, owner, kind, name, config: see :meth:`app.store.store.Store.create`.
            all_lines: gives all events so far that :meth:`add` is given, in their order, as lines of JSON without a
                newline. It is called from another thread, and must not wait for this saver.

        Raises:
            ValueError: if one of the arguments is not allowed.
        """
        new_row(id, owner, kind, name, config)
        with self._changed:
            if not self._closed:
                self._runs.setdefault(id, Unsaved((id, owner, kind, name, config), all_lines))

    def add(self, id: str, event: Event | Mapping[str, Any], step: int | None = None, accuracy: Any = None) -> None:
        """Saves an event of a run. It is ignored if the run has not begun or is over.

        Args:
            id: the id of the run.
            event: the event, which is encoded at once.
            step, accuracy: the new ones of the run, if they change; see :class:`app.store.saved_run.SavedRun`.
        """
        try:
            line, unfit = encode(event).encode(), ""
        except (TypeError, ValueError) as error:
            line, unfit = b"", f"an event cannot be kept ({error})"
        if len(line) > LARGEST_EVENT:
            unfit = "an event is too large to be kept"
        with self._changed:
            run = self._runs.get(id)
            if run is None or run.end:
                return
            if not run.missing and self._waiting + len(line) > self._memory:
                unfit = self._trouble or "too much at once"
            if run.missing or unfit:
                run.missing += 1
                run.why = run.why or unfit
                return
            run.add(line, step, accuracy)
            self._waiting += len(line)
            if len(run.lines) == 1 or run.size >= CHUNK:
                self._changed.notify_all()

    def end(self, id: str, state: str, message: str = "", **last: Any) -> None:
        """A run is over; see :meth:`app.store.store.Store.finish`. Only the first call has an effect."""
        with self._changed:
            run = self._runs.get(id)
            if run is not None and run.end is None:
                run.end = state, message, last
                self._changed.notify_all()

    def trouble(self, id: str | None = None) -> str:
        """Why nothing can be saved now, or why a run cannot, such as ``disk full``. Empty if all is saved.

        Args:
            id: the id of a run. What concerns others alone is then not said.
        """
        with self._changed:
            if id is None:
                return self._trouble
            run = self._runs.get(id)
            if run is None:
                return self._incomplete.why(id)
            return run.why or self._trouble

    def incomplete(self, id: str) -> str:
        """Why a part of a run will never be saved; empty if all of it is or may be."""
        with self._changed:
            run = self._runs.get(id)
            return self._incomplete.why(id) if run is None else run.why

    def unsaved(self, id: str) -> bool:
        """Whether a part of a run still waits to be saved, so that what :meth:`trouble` says of it may change."""
        with self._changed:
            run = self._runs.get(id)
            return run is not None and run.waits

    def flush(self, timeout: float) -> bool:
        """Waits until all events are saved.

        Args:
            timeout: how long to wait at most, in seconds.

        Returns:
            Whether all events are saved.
        """
        with self._changed:
            self._hurry += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not any(run.waits for run in self._runs.values()), timeout)
            finally:
                self._hurry -= 1

    def close(self) -> None:
        """Saves the events that are left, if that is possible within some seconds. Called at exit; safe to repeat."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(FAREWELL)
        atexit.unregister(self.close)

    # What follows runs on the saver's thread.

    def _work(self) -> None:
        while True:
            with self._changed:
                while (wait := self._seconds_left()) > 0:
                    self._changed.wait(wait)
                closed = self._closed
                due = list(self._runs.items())
            trouble, cause = "", ""
            try:
                self._attempt(due)
            except StoreError as error:
                trouble, cause = str(error), str(error.__cause__ or "")
            except Exception:
                log.exception("the store fails")
                trouble = "the store fails"
            with self._changed:
                if trouble and trouble != self._trouble:
                    log.warning("runs are not being saved: %s. %s", trouble, cause.partition("\n")[0])
                elif self._trouble and not trouble:
                    log.warning("runs are being saved again")
                self._trouble = trouble
                self._next_attempt = time.monotonic() + self._retry if trouble else -math.inf
                self._changed.notify_all()
            if closed:
                return

    def _seconds_left(self) -> float:
        """Seconds until there is something to do. It is due now if they are 0 or less."""
        if self._closed:
            return 0
        due = [run.due(self._patience, bool(self._hurry)) for run in self._runs.values()]
        return max(min(self._next_beat, self._next_look, *due), self._next_attempt) - time.monotonic()

    def _attempt(self, due: list[tuple[str, Unsaved]]) -> None:
        self._pack(due)  # even if the store cannot be used: compressed events take less memory
        if time.monotonic() >= self._next_look:
            self.store.look()
            self._next_look = time.monotonic() + self._look
        self._save_together(due)
        for id, run in due:
            try:
                self._save(id, run)
            except StoreError:
                raise
            except Exception as error:  # it concerns this run alone, so the others are saved
                if run.created and self.store.look(closely=True) != run.generation:
                    continue  # it was looked for in another store: the next attempt saves it there
                if isinstance(error, KeyError):
                    self._give_up(run, "it was removed")
                else:
                    log.exception("run %s cannot be saved", id)
                    self._give_up(run, "it cannot be saved")
        if time.monotonic() >= self._next_beat:
            self.store.keep(busy=bool(self._runs))
            self._next_beat = time.monotonic() + (BEAT if self._runs else IDLE)

    def _give_up(self, run: Unsaved, why: str) -> None:
        """Saves no more of a run. The events that are saved already stay."""
        with self._changed:
            self._waiting -= run.waiting_bytes
            run.give_up(why)

    def _pack(self, due: list[tuple[str, Unsaved]]) -> None:
        for _, run in due:
            with self._changed:
                hurry = bool(self._hurry or self._closed or run.end)
                # Lines that will be due soon are taken along: one transaction for all takes less than one for each.
                if not run.lines or run.due(self._patience / 2, hurry) > time.monotonic():
                    continue
                lines, size = run.lines.copy(), run.size
            chunks = list(packed(lines))
            with self._changed:
                run.replace_lines(len(lines), chunks)
                self._waiting += sum(each.size for each in chunks) - size

    def _save_together(self, due: list[tuple[str, Unsaved]]) -> None:
        """Saves the first chunk that waits of each run in one transaction.

        If that fails because of one of them, nothing is saved; each is then saved by itself.
        """
        generation = self.store.generation
        ready = [
            (id, run)
            for id, run in due
            if run.packed and run.created and not run.lacks and run.generation == generation
        ]
        if len(ready) < 2:
            return
        try:
            self.store.append_all([_first_piece(id, run) for id, run in ready])
        except StoreError as error:
            if not isinstance(error, StoreFull):
                raise
            return
        except Exception:
            log.debug("chunks could not be saved together", exc_info=True)
            return
        for _, run in ready:
            self._acknowledge(run)

    def _acknowledge(self, run: Unsaved) -> None:
        """The first chunk of a run that waited is saved."""
        with self._changed:
            self._waiting -= run.packed[0].size
            run.acknowledge()

    def _save(self, id: str, run: Unsaved) -> None:
        with self._changed:
            end = run.end if not run.lines else None
        if run.generation < 0:
            run.generation = self.store.look()
        if run.generation != self.store.generation:
            self._rewind(id, run)
        if (run.packed or run.lacks) and not run.created:
            self.store.create(*run.row)
            run.created = True
            self._next_beat = min(self._next_beat, time.monotonic() + BEAT)
        if run.lacks:
            self._save_again(id, run)
        while run.packed:
            self.store.append_all([_first_piece(id, run)])
            self._acknowledge(run)
        if end and run.created:
            state, message, last = end
            if run.missing:
                state, message, last = "interrupted", f"kept up to step {run.step:,} only: {run.why}", {}
            self.store.finish(id, state, message, run.missing, **last)
        if end:
            with self._changed:
                del self._runs[id]
                if run.missing:
                    self._incomplete.note(id, run.why)

    def _rewind(self, id: str, run: Unsaved) -> None:
        """The store is another one, which may have nothing of a run, or only its first events."""
        generation = self.store.generation
        found = self.store.get(id, deleted=True)
        run.generation = generation
        with self._changed:
            waited = run.waiting_bytes
            run.rewind(found.chunks if found else 0, found.events if found else 0)
            self._waiting += run.waiting_bytes - waited

    def _save_again(self, id: str, run: Unsaved) -> None:
        """Saves what the store has lost of a run."""
        for each in run.lost():
            self.store.append_all([Piece(id, run.number, each.chunk, each.step, each.accuracy)])
        if run.lacks:
            self._give_up(run, f"{REPLACED}, and its first events are no longer in memory")
            self.store.finish(id, "interrupted", run.why, run.missing)


def _first_piece(id: str, run: Unsaved) -> Piece:
    """The first chunk of a run that waits to be saved."""
    first = run.packed[0]
    return Piece(id, run.number, first.chunk, first.step, first.accuracy)
