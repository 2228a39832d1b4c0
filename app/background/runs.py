"""All races and measurements of the server, and what is fair between visitors. No Streamlit, no torch.

They run in worker processes, as jobs of a :class:`ipcore.worker.scheduler.Scheduler`:

* A race is its settings: whoever starts a race that is being trained, or was, with the same settings gets that one
  (:mod:`app.background.training`), until they steer it.
* Small races are trained at once, by turns: each worker has many (:func:`app.background.sizes.is_small`). Large ones
  have a worker of their own, and wait in a queue.
* Each visitor has one live race and one measurement: a new one replaces it, unless asked otherwise. All tabs of one
  browser together have at most ``PER_KEEPER`` races, and one network address has at most half of all.
* In a queue visitors take turns: the tenth run of one visitor waits behind the first run of every other. While others
  wait, a run may stand still for ``PAUSE_LIMIT`` and train for ``RUN_LIMIT``; then it is stopped, and its recording
  stays.
* A visitor who has left and is not back within the grace loses their live runs, and some minutes later their finished
  ones.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any

from app.background.absences import GRACE, Absences
from app.background.run import Kind, R, Run
from app.background.sizes import is_small
from app.background.training import Training
from ipcore.config import RunConfig
from ipcore.recordings.events.base import Event
from ipcore.recordings.measurement import Measurement
from ipcore.recordings.race import Recording
from ipcore.worker.process import COMMAND, Command
from ipcore.worker.scheduler import Deadlines, Scheduler
from ipcore.worker.slots import slot_count

SPARES = 2
"""How many free workers are kept ahead, as far as the slots allow. Each takes some 270 MB of memory."""
SHARE = 64
"""How many races a worker trains by turns, at most."""
PER_KEEPER = 2
"""How many live races all tabs of one browser have together, at most."""
QUEUE = 100
"""How many runs wait in a queue, at most."""
RECENT = 32
"""How many finished races are kept for visitors who ask for the same settings."""
IDLE = 180.0
"""Seconds without a large race after which the workers for them are ended."""
OBEY = 2.0
"""Seconds a worker has to end a run when told to, before it is killed."""
PAUSE_LIMIT = 120.0
"""Seconds a run may stay paused while others wait."""
RUN_LIMIT = 900.0
"""Seconds a run may train while others wait."""
FORGET = 600.0
"""Seconds after which the finished runs of a visitor who left are forgotten."""
KEPT = 10
"""How many finished runs of each kind are kept of one visitor: the newest."""
TICK = 0.2
"""Seconds between two checks of who has left and who is paused."""

AWAY = "stopped because you were away"
PAUSED_TOO_LONG = "stopped because it was paused for long while others waited"
TOO_LONG = "stopped because it had trained for long while others waited"
SHUT_DOWN = "the server was shut down"


class Refused(RuntimeError):
    """A run cannot be started now, for the reason in the message, which is a sentence for the visitor."""


class Runs:
    """All runs of the server. Every method may be called from any thread, and only :meth:`close` waits.

    Args:
        slots: How many workers train small races; None for :func:`ipcore.worker.slots.slot_count`. Large races have
            half as many more, at least one.
        share: How many small races a worker trains by turns.
        command: The program that speaks the worker's protocol, and its arguments; None for the worker itself.
        grace: How many seconds a visitor may be away before their runs are stopped.
        on_event: Called with a run and each event that its recording took in, from any thread; must not wait.
        on_end: Called once with each run that is over, after its last event, with the lock held; must not wait.

    Raises:
        ValueError: If there is not at least one slot.
    """

    def __init__(
        self,
        slots: int | None = None,
        share: int | None = None,
        command: Sequence[str] | None = None,
        grace: float = GRACE,
        on_event: Callable[[Run[Any], Event], None] = lambda run, event: None,
        on_end: Callable[[Run[Any]], None] = lambda run: None,
    ) -> None:
        if slots is not None and slots < 1:
            raise ValueError(f"slots must be at least 1, not {slots!r}")
        self.slots, self.share = slots or slot_count(), share or SHARE
        program, deadlines = tuple(command or COMMAND), Deadlines(obey=OBEY)
        self.scheduler = Scheduler(self.slots, program, share=self.share, spares=SPARES, deadlines=deadlines)
        self._lock = self.scheduler.lock
        self.apart = Scheduler(max(1, self.slots // 2), program, idle=IDLE, deadlines=deadlines, lock=self._lock)
        self._on_event, self._on_end = on_event, on_end
        self._runs: dict[str, Run[Any]] = {}  # in the order of their starts
        self._recent: deque[Training[Any]] = deque(maxlen=RECENT)  # finished races that nobody has steered
        self._absences = Absences(grace)
        self._closed = threading.Event()
        threading.Thread(target=self._look_after, name="runs", daemon=True).start()
        atexit.register(self.close)

    def warm_up(self) -> None:
        """Starts workers ahead of the first run."""
        self.scheduler.warm_up()

    def start(
        self,
        config: RunConfig,
        owner: str,
        *,
        keeper: str | None = None,
        address: str = "",
        paused: bool = False,
        replace: bool = True,
    ) -> Run[Recording]:
        """Starts a race, or joins one with the same settings that is being trained, or was.

        Args:
            config: Its settings.
            owner: The visitor it belongs to.
            keeper: Who keeps it once it is saved; None if that is the owner.
            address: The network address of the visitor; empty if it is not known.
            paused: Whether it waits at step 0; it is then not shared.
            replace: Whether it replaces the visitor's live races, which are then stopped.

        Raises:
            Refused: If this browser or address has as many races as it may have, or too many runs wait.
            RuntimeError: After :meth:`close`.
        """
        with self._lock:
            self._check_open()
            replaced = [run for run in self._live(owner) if run.kind == "race"] if replace else []
            training = None if paused else self._twin(config, owner)
            if training is None or not training.over:
                self._admit(keeper or owner, address, replaced)
            for run in replaced:
                run.stop()
            if training is not None:
                return self._watch(training, owner, keeper, address)
            scheduler = self.scheduler if is_small(config) else self.apart
            training = self._training(
                scheduler, keeper or owner, Recording(config), {"command": "start", "paused": paused}
            )
            run = self._watch(training, owner, keeper, address)
            scheduler.add(training)
            return run

    def measure(self, config: RunConfig, owner: str) -> Run[Measurement]:
        """Starts a measurement. It replaces the visitor's live measurement, if there is one.

        Args:
            config: Its settings, see :func:`ipcore.networks.measuring.measure`.
            owner: The visitor it belongs to.

        Raises:
            Refused: If too many runs wait.
            RuntimeError: After :meth:`close`.
            ValueError: If a method cannot be measured.
        """
        measurement = Measurement(config)
        with self._lock:
            self._check_open()
            scheduler = self.scheduler if is_small(config) else self.apart
            self._check_queue(scheduler)
            for other in self._live(owner):
                if other.kind == "measurement":
                    other.stop()
            training = self._training(scheduler, owner, measurement, {"command": "measure"})
            run = self._watch(training, owner, None, "")
            scheduler.add(training)
            return run

    def finished_like(self, config: RunConfig) -> Recording | None:
        """The recording of a finished race of any visitor with these settings; None if there is none."""
        with self._lock:
            return next((each.recording for each in reversed(self._recent) if each.config == config), None)

    def seconds_to_wait(self, run: Run[Any]) -> float | None:
        """About how many seconds a run waits in the queue, as the others' speeds tell; None if that is unknown."""
        place = run.position
        if not place:
            return None
        with self._lock:
            ahead = [each for each in self._trainings() if each.scheduler is run.training.scheduler and not each.over]
            left = sorted(filter(None, (each.seconds_left for each in ahead if each.state != "queued")))
            return left[place - 1] if place <= len(left) else None

    def get(self, run_id: str) -> Run[Any] | None:
        """The run with that id, if it is still known."""
        return self._runs.get(run_id)

    def of(self, owner: str, kind: Kind = "race") -> list[Run[Any]]:
        """A visitor's runs of a kind, oldest first."""
        with self._lock:
            return [run for run in self._runs.values() if run.owner == owner and run.kind == kind]

    def present(self, owner: str) -> None:
        """The visitor is here, or has come back."""
        self._absences.present(owner)

    def left(self, owner: str) -> None:
        """The visitor's connection has ended. This only notes the time, because an event loop calls it."""
        self._absences.left(owner)

    def states(self) -> Counter[str]:
        """How many runs of the server are in which state."""
        with self._lock:
            return Counter(run.state for run in self._runs.values())

    def close(self) -> None:
        """Ends every run and every worker. Safe to repeat; called at exit."""
        with self._lock:
            self._closed.set()
            for run in self._live():
                run.interrupt(SHUT_DOWN)
        self.scheduler.close()
        self.apart.close()
        atexit.unregister(self.close)

    # What follows is called with the lock held, except where it says otherwise.

    def _live(self, owner: str | None = None) -> list[Run[Any]]:
        return [run for run in self._runs.values() if not run.over and owner in (None, run.owner)]

    def _trainings(self) -> list[Training[Any]]:
        """What is trained or waits, each once."""
        return list({id(run.training): run.training for run in self._live()}.values())

    def _twin(self, config: RunConfig, owner: str) -> Training[Recording] | None:
        """A race with these settings that nobody has steered, and that this visitor does not watch or has not seen."""
        seen = [run.training for run in self._runs.values() if run.owner == owner]
        for training in (*self._trainings(), *reversed(self._recent)):
            if training.config == config and not (training.steered or training.ending or training in seen):
                return training
        return None

    def _training(self, scheduler: Scheduler, owner: str, recording: R, beginning: Command) -> Training[R]:
        return Training(scheduler, self.apart, owner, recording, beginning)

    def _watch(self, training: Training[R], owner: str, keeper: str | None, address: str) -> Run[R]:
        run = Run(training, owner, keeper or owner, address, self._on_event, self._ended)
        self._runs[run.id] = run
        run.join()
        return run

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise RuntimeError(SHUT_DOWN)

    def _admit(self, keeper: str, address: str, replaced: Sequence[Run[Any]]) -> None:
        """Checks that a browser and an address may have one race more."""
        others = [run for run in self._live() if run.kind == "race" and run not in replaced]
        if sum(run.keeper == keeper for run in others) >= PER_KEEPER:
            raise Refused(
                f"{PER_KEEPER} races of this browser are under way already, in other tabs. "
                "Close one of them, or wait until it is finished."
            )
        of_address = sum(bool(address) and run.address == address for run in others)
        if of_address >= max(PER_KEEPER, self.slots * self.share // 2):
            raise Refused("Too many races from your network are under way. Please try again in a minute.")
        self._check_queue(self.scheduler)
        self._check_queue(self.apart)

    def _check_queue(self, scheduler: Scheduler) -> None:
        if scheduler.waiting >= QUEUE:
            raise Refused("Too many runs wait on this server already. Please try again in a few minutes.")

    def _ended(self, run: Run[Any]) -> None:
        """Forgets the oldest finished runs of a visitor when there are more than are kept."""
        for old in [other for other in self.of(run.owner, run.kind) if other.over][:-KEPT]:
            del self._runs[old.id]
        training = run.training
        if training.state == "finished" and not training.steered and training not in self._recent:
            self._recent.append(training)
        self._on_end(run)

    def _look_after(self) -> None:
        """A thread of its own, without the lock: ends the runs of those who left, and pauses that last too long."""
        while not self._closed.wait(TICK):
            with self._lock:
                self._end_runs_of_absent()
                for scheduler in (self.scheduler, self.apart):
                    self._end_for_those_who_wait(scheduler, time.monotonic())

    def _end_runs_of_absent(self) -> None:
        """Stops, and later forgets, the runs of visitors who left."""
        for owner, seconds in self._absences.beyond_grace():
            for run in self._live(owner):
                run.stop(AWAY)
            if seconds >= FORGET:
                for run in list(self._runs.values()):
                    if run.owner == owner and run.over:
                        del self._runs[run.id]
                self._absences.forget(owner)

    def _end_for_those_who_wait(self, scheduler: Scheduler, now: float) -> None:
        """Stops runs that have stood still or trained for long, but no more than others wait."""
        here = [training for training in self._trainings() if training.scheduler is scheduler]
        wanted = scheduler.waiting - sum(training.ending for training in here)
        going = [each for each in here if not each.ending and each.state != "queued"]
        paused = [(each.paused_at, PAUSED_TOO_LONG, each) for each in going if now - each.paused_at > PAUSE_LIMIT]
        long = [(each.began_at, TOO_LONG, each) for each in going if now - each.began_at > RUN_LIMIT]
        for _, why, training in sorted(paused + long, key=lambda found: found[0])[: max(0, wanted)]:
            training.stop(why)
