"""An executor that trains nothing: the test says what happens, or it says so itself, at once."""

from __future__ import annotations

import threading
from typing import Any

from plain import plain

from ipcore.executors.base import Executor, Submission
from ipcore.recordings.reading import STREAMS
from ipcore.sweeps.plan import Stack, Sweep
from ipcore.sweeps.stack_size import moments


class StubExecutor(Executor):
    """Keeps what it is told to run until the test lets it happen.

    Args:
        workers: how many stacks it says run at a time, to begin with.
        deaf: whether it leaves cancellations unanswered.
    """

    def __init__(self, workers: int = 2, deaf: bool = False) -> None:
        super().__init__(threading.RLock())
        self.count, self._deaf = workers, deaf
        self.placed: dict[str, Submission] = {}  # those under way, in the order in which they came
        self.ever: list[str] = []
        self.closed = False

    @property
    def workers(self) -> int:
        return self.count

    def _place(self, submission: Submission) -> None:
        self.placed[submission.stack.id] = submission
        self.ever.append(submission.stack.id)

    def _withdraw(self, submission: Submission) -> None:
        if not self._deaf:
            self._cancelled(submission)

    def _end(self, submission: Submission) -> None:
        super()._end(submission)
        self.placed.pop(submission.stack.id, None)

    def close(self) -> None:
        self.closed = True
        if not self._deaf:
            super().close()

    def finish(self, count: int = 1) -> None:
        """Trains so many of the stacks under way to their end, the first ones."""
        for submission in list(self.placed.values())[:count]:
            for event in events(submission.stack):
                self._receive(submission, STREAMS["sweep"].convert(event))

    def fail(self, message: str = "the data are not there") -> None:
        """The first stack under way cannot be trained."""
        self._fail(next(iter(self.placed.values())), message)

    def lose(self) -> None:
        """The worker of the first stack under way dies."""
        self._lose(next(iter(self.placed.values())))


def events(stack: Stack) -> list[dict[str, Any]]:
    """What training a stack says, made up: the accuracy of a network peaks at a learning rate of 0.05."""
    count, steps = len(stack.replicas), moments(stack.config.steps)
    final = [accuracy(stack.method, each.learning_rate, each.seed) for each in stack.replicas]
    told = [
        {
            "event": "curve", "stack": stack.id, "sequence": number, "step": step,
            "loss": [2.3 * (1 - step / steps[-1]) + 0.1] * count,
            "accuracy": [0.1 + (end - 0.1) * step / steps[-1] for end in final],
        }
        for number, step in enumerate(steps)
    ]  # fmt: skip
    results = {"test_accuracy": final, "test_loss": [0.3] * count, "diverged": [None] * count}
    end = {"event": "done", "stack": stack.id, "sequence": len(steps), "step": steps[-1], **results, "seconds": 0.1}
    return [*told, end]


def accuracy(method: str, learning_rate: float, seed: int) -> float:
    """Of a made-up network."""
    best = {"plain": 0.2, "batch-norm": 0.9, "infomax": 0.8, "ip": 0.85}.get(method, 0.7)
    return best / (1 + abs(learning_rate - 0.05)) - 0.01 * (seed % 3)


def recorded(sweep: Sweep, stacks: int | None = None) -> list[dict[str, Any]]:
    """The events of a made-up sweep.

    Args:
        sweep: what is swept.
        stacks: of them done so far; None for all, and the end.
    """
    from ipcore.recordings.sweep import start_event

    told = [plain(start_event(sweep))]
    for stack in sweep.stacks()[:stacks]:
        told += [{"event": "begun", "stack": stack.id}, *events(stack)]
    return told if stacks is not None else [*told, {"event": "end", "state": "finished", "elapsed": 12.5}]
