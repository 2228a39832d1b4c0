"""An executor whose stacks of the claims are done at once, and the size of a plan that suits it."""

from __future__ import annotations

import signal
import threading

from ipcore.claims.experiments import Size
from ipcore.data.sets import Data
from ipcore.executors.base import Executor, Submission
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Curve, Done
from ipcore.sweeps.stack_size import moments

SMALL = Size((15,), (0.01, 0.1), 40, (), (), 1, 3)
"""Few cells: for networks one depth and two rates."""


class MadeUp(Executor):
    """An executor whose stacks are done at once, with numbers that follow from their seeds and rates.

    Args:
        fails: part of the names of stacks that cannot be trained.
        interrupted: part of the names of stacks that are never done, while whose training Ctrl-C is pressed.
    """

    def __init__(self, fails: str = "never", interrupted: str = "never") -> None:
        super().__init__(threading.RLock())
        self.fails, self.interrupted, self.trained = fails, interrupted, []

    workers = 1

    def _place(self, submission: Submission) -> None:
        stack = submission.stack
        if self.fails in stack.id:
            self._fail(submission, "no memory")
            return
        if self.interrupted in stack.id:
            return
        self.trained.append(stack.id)
        for sequence, step in enumerate(moments(stack.config.steps)):
            numbers = [each.learning_rate for each in stack.replicas]
            self._receive(
                submission,
                Curve(
                    stack=stack.id, sequence=sequence, step=step, loss=numbers, accuracy=numbers,
                    first_layer_gradient=numbers,
                ),
            )  # fmt: skip
        accuracy = [0.5 + each.seed / 100 for each in stack.replicas]
        done = Done(
            stack=stack.id,
            sequence=sequence + 1,
            step=stack.config.steps,
            test_accuracy=accuracy,
            test_loss=accuracy,
            first_half_accuracy=accuracy,
            second_half_accuracy=accuracy,
            diverged=[None] * len(accuracy),
            seconds=1.0,
            information=[[0.5] * stack.config.depth] * len(accuracy),
        )
        self._receive(submission, done)

    def events(self, timeout: float) -> list[Event]:
        found = super().events(0.0)
        if not found and self._submissions:
            signal.raise_signal(signal.SIGINT)
        return found

    def _withdraw(self, submission: Submission) -> None:
        self._cancelled(submission)


class InProcess(MadeUp):
    """An executor that trains each stack as it is placed, in this process, on examples that the test gives."""

    def __init__(self, data: Data) -> None:
        super().__init__()
        self.data = data

    def _place(self, submission: Submission) -> None:
        from ipcore.networks.stacks import train_stack

        self.trained.append(submission.stack.id)
        for event in train_stack(submission.stack, self.data):
            if event is not None:
                self._receive(submission, event)
