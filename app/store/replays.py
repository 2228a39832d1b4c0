"""Loads saved runs as recordings, and follows those that are still under way. No Streamlit, no torch."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress

from app.store.saved_run import SavedRun
from app.store.store import Store
from ipcore.config import RunConfig
from ipcore.recordings.events.base import Event
from ipcore.recordings.files import begin
from ipcore.recordings.memory import newest_bytes
from ipcore.recordings.race import Recording
from ipcore.recordings.reading import Sent
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

HELD = 300_000_000
"""About how many bytes of runs stay in memory: of the runs that were shown last."""
RUN_BYTES = 100_000
"""Bytes that a run takes at most, beside what its events take."""


class Replay:
    """One saved run as a recording. Any thread may call :meth:`follow`.

    Attributes:
        recording: all events that were loaded so far; None if not even the settings could be loaded.
        damage: why no more events can be loaded, in words; empty if nothing is wrong.
        nbytes: about how many bytes it takes in memory.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self.recording: Recording | SweepRecording | None = None
        self.damage = ""
        self.nbytes = RUN_BYTES
        self._chunks = 0
        self._ended = False  # ended here, since its server did not end it

    def follow(self, run: SavedRun, store: Store) -> None:
        """Loads the events that were saved since the last call.

        Args:
            run: the run as it is in the store now.
            store: the store that the run is in.

        Raises:
            StoreError: if the store cannot be read; a later call reads the run from its start.
        """
        with self._lock:
            if self._ended and (run.chunks > self._chunks or not run.over):  # its server was only slow
                self._forget()
            if self.damage:
                return
            try:
                if self.recording is None:
                    self.recording = _empty(run)
                for saved in store.events(run.id, self._chunks, run.chunks):
                    self.nbytes += newest_bytes(self.recording, self.recording.add(saved))
                self._chunks = max(self._chunks, run.chunks)  # another viewer's row may be newer
            except (KeyError, ValueError) as error:
                self.damage = "it was removed" if isinstance(error, KeyError) else str(error)
            except BaseException:  # part of a chunk may have been added, so begin again
                self._forget()
                raise
            recording = self.recording
            if recording and not (recording.resumable or recording.over) and (run.over or self.damage):
                recording.end_as_stopped()
                self._ended = True


def _empty(run: SavedRun) -> Recording | SweepRecording:
    if run.kind == "sweep":
        return SweepRecording(Sweep.from_dict(run.config))
    return Recording(RunConfig.from_dict(run.config))


class Replays:
    """Saved runs as recordings. Those that were shown last stay in memory.

    Args:
        store: the store that the runs are in.
        held: about how many bytes of runs stay in memory. The run that was shown last stays in any case.
    """

    def __init__(self, store: Store, held: int = HELD) -> None:
        self._store, self._held = store, held
        self._replays: OrderedDict[str, Replay] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, run: SavedRun) -> Replay:
        """A run as far as it is saved.

        Raises:
            StoreError: if the store cannot be read.
        """
        with self._lock:
            replay = self._replays.setdefault(run.id, Replay())
            self._replays.move_to_end(run.id)
        try:
            replay.follow(run, self._store)
        finally:
            self._let_go()
        return replay

    def _let_go(self) -> None:
        with self._lock:
            while len(self._replays) > 1 and sum(each.nbytes for each in self._replays.values()) > self._held:
                self._replays.popitem(last=False)


def readable(events: Iterable[Sent]) -> Iterator[Event]:
    """The events of a saved run up to the first that is damaged or does not fit."""
    recording = None
    with suppress(KeyError, ValueError):
        for each in events:
            if recording is None:
                recording, event = begin(each)
            else:
                event = recording.add(each)
            yield event
