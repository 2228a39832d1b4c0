"""Sweeps on a Dask cluster, whose scheduler and workers somebody else has started. It needs no torch.

Three properties of Dask determine how this module works:

* Cancelling a future leaves its task running. So a task checks by itself whether it is still needed
  (:mod:`ipcore.executors.task`).
* If a worker dies, the scheduler starts its task again without notice, up to ``allowed-failures`` times. So if a task
  begins a second time, its worker has died.
* A client that has lost its scheduler may connect again, but then its subscriptions are gone. So a new client is made
  instead.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import secrets
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any

from ipcore.executors import task
from ipcore.executors.base import ADDRESS_VARIABLE, STOP_SECONDS, Executor, ExecutorUnavailable, Submission
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Begun, Cancelled, Curve, Done, Failed
from ipcore.recordings.reading import STREAMS

try:
    from distributed import Client, KilledWorker
except ImportError as error:
    raise ExecutorUnavailable(
        f"{ADDRESS_VARIABLE} is set, but Dask is not installed: pip install -r requirements-cluster.txt"
    ) from error

CONNECT = 10.0
"""Seconds within which a scheduler must answer."""
RETRIES = 10
"""How often the worker of a stack that has not begun may die without this being counted as a loss."""
CONNECTION_LOST = "the connection to the cluster's scheduler is lost"
NOT_INSTALLED = "the cluster cannot load this program ({error}); install it on its scheduler and on every worker"
FAULT = "the cluster could not run a stack; details are in the server's log"

log = logging.getLogger(__name__)


class LoopThread:
    """A thread that runs one event loop for all clients.

    A client could start a loop of its own. But if it failed to connect, its thread would stay, and the garbage
    collector would close the client later. For that it needs a lock which the next client may hold at that moment, so
    that both would wait forever.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="clusters", daemon=True).start()

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> concurrent.futures.Future[Any]:
        """Runs a coroutine on the thread of the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)


class Cluster:
    """The connection of this process to one scheduler, shared by all its sweeps.

    Args:
        address: The address of the scheduler.
        loop: The thread that runs the connection.

    Raises:
        ExecutorUnavailable: If no scheduler answers at the address.
    """

    def __init__(self, address: str, loop: LoopThread) -> None:
        self.address = address
        self.executors: dict[str, DaskExecutor] = {}
        self.start = loop.start
        try:
            self.client = self.start(self._connect()).result()
        except (
            OSError,
            ValueError,
            ImportError,
            RuntimeError,
        ) as error:  # for example no answer, a wrong address, or other versions
            log.warning("no cluster at %s: %s", address, error)
            # The message does not contain the address, because visitors must not learn it.
            raise ExecutorUnavailable("the cluster's scheduler does not answer") from error
        self._stream = self.client.scheduler_comm

    async def _connect(self) -> Client:
        client = Client(self.address, timeout=CONNECT, asynchronous=True, set_as_default=False)
        try:
            await client
        except BaseException:
            await client.close()
            raise
        client.subscribe_topic(task.TOPIC, self._on_event)
        return client

    @property
    def connected(self) -> bool:
        """Whether the connection has never been lost since it was made."""
        return self.client.status == "running" and self.client.scheduler_comm is self._stream

    def workers(self) -> int:
        """The number of threads that all workers have together now.

        Raises:
            OSError: If the scheduler does not answer in time.
        """
        return self.start(self.client.scheduler.identity(n_workers=0)).result(STOP_SECONDS)["total_threads"]

    def close(self) -> None:
        """Closes the connection. The cluster then ends all tasks that were submitted through it."""
        self.start(_close(self.client)).result()

    def _on_event(self, stamped: tuple[float, dict[str, Any]]) -> None:
        """Receives a report of a task, possibly of one that another process has submitted."""
        _time, report = stamped
        executor = self.executors.get(report["to"])
        if executor:
            executor._on_event(report["key"], report["run"], STREAMS["sweep"].decode(report["event"]))


async def _close(client: Client) -> None:
    await client.close(timeout=STOP_SECONDS)


_loop: LoopThread | None = None
_clusters: dict[str, Cluster] = {}
_lock = threading.Lock()


def cluster(address: str) -> Cluster:
    """The connection of this process to a scheduler. A new one is made if there is none, or if it was lost.

    Raises:
        ExecutorUnavailable: If no scheduler answers at the address.
    """
    global _loop
    with _lock:
        _loop = _loop or LoopThread()
        known = _clusters.get(address)
        if known and not known.connected:
            known.close()
            known = None
        if not known:
            known = _clusters[address] = Cluster(address, _loop)
        return known


class _Attempt:
    """One attempt to train a stack: a task of the cluster.

    Attributes:
        submission: The stack, as it was submitted.
        future: The future of the task.
        cancelling: The coroutine that cancels the task, if any.
        run: The name of the current run of the task; empty until it begins.
        stopped: Set when that run reports that it has stopped, after it was told to.
        finished: Whether the future has a result or an error, or was cancelled.
    """

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.future: Any = None
        self.cancelling: Any = None  # kept here, because the event loop keeps only a weak reference to it
        self.run = ""
        self.stopped, self.finished = asyncio.Event(), False


class DaskExecutor(Executor):
    """Runs stacks on a Dask cluster.

    Args:
        address: The address of its scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        ExecutorUnavailable: If no scheduler answers at the address.
    """

    def __init__(self, address: str) -> None:
        super().__init__(threading.RLock())
        self._cluster = cluster(address)
        self._token = secrets.token_hex(8)
        self._cluster.executors[self._token] = self
        self._attempts: dict[str, _Attempt] = {}  # by the key of the task; used on the thread of the loop only
        self._workers = 0

    @property
    def workers(self) -> int:
        """The number of threads that the workers have together now, or had when the scheduler last answered."""
        if self._cluster.connected:
            try:
                self._workers = self._cluster.workers()
            except Exception as error:  # a failing connection may raise anything, and must not end a sweep here
                log.warning("the scheduler does not say how many workers there are: %s", error)
        return self._workers

    def close(self) -> None:
        """Cancels all stacks and waits until they have ended. The connection stays open for other executors."""
        super().close()
        self._cluster.executors.pop(self._token, None)

    def _place(self, submission: Submission) -> None:
        if self._cluster.connected:
            self._cluster.start(self._follow(submission))
        else:
            self._fail(submission, CONNECTION_LOST)

    def _withdraw(self, submission: Submission) -> None:
        self._cluster.start(self._stop(submission))

    # The following methods are called on the thread of the event loop.

    async def _follow(self, submission: Submission, retries: int = RETRIES) -> None:
        """Makes one attempt to train a stack, and waits for its end.

        Args:
            submission: The stack.
            retries: How often a new attempt may be made if a worker dies before it has begun the stack.
        """
        if submission.cancelled:
            return
        client, attempt = self._cluster.client, _Attempt(submission)
        key = f"ipcore-{self._token}-{submission.stack.id}-{secrets.token_hex(4)}"
        work = {"to": self._token, "stack": submission.stack.to_dict(), "versions": task.versions()}
        self._attempts[key] = attempt
        outcome, error = None, None
        try:
            attempt.future = client.submit(task.run, work, key=key, pure=False, retries=0)
            outcome = await client.gather(attempt.future)
        except (Exception, asyncio.CancelledError) as problem:
            error = problem
        attempt.finished = True
        if submission.cancelled:
            return  # _stop reports the end of the stack
        del self._attempts[key]
        for event in outcome or ():
            self._pass_on(submission, event)
        if isinstance(error, KilledWorker) and not attempt.run and retries:
            # If a worker dies, Dask blames all tasks that were assigned to it, even those that had not begun.
            await self._follow(submission, retries - 1)
        elif not submission.ended:
            self._explain(submission, error)

    def _explain(self, submission: Submission, error: BaseException | None) -> None:
        """Reports why an attempt has ended without a result, or starts the stack again."""
        if not self._cluster.connected:
            self._fail(submission, CONNECTION_LOST)
        elif error is None or isinstance(error, (KilledWorker, CancelledError, asyncio.CancelledError)):
            if self._lose(submission):  # the worker died or was closed, or the cluster was restarted
                self._place(submission)
        elif missing := next((each for each in (error, error.__cause__) if isinstance(each, ImportError)), None):
            self._fail(submission, NOT_INSTALLED.format(error=missing))
        else:
            log.error("the cluster could not run stack %s", submission.stack.id, exc_info=error)
            self._fail(submission, FAULT)

    async def _stop(self, submission: Submission) -> None:
        """Stops the task of a stack, and waits until the task reports that it has stopped."""
        for key, attempt in [(key, each) for key, each in self._attempts.items() if each.submission is submission]:
            training = bool(attempt.run) and not attempt.finished
            await self._cluster.client.cancel(attempt.future)
            if training and self._cluster.connected:
                try:
                    await asyncio.wait_for(attempt.stopped.wait(), STOP_SECONDS)
                except TimeoutError:
                    log.warning("the cluster did not say that stack %s has ended", submission.stack.id)
            del self._attempts[key]
        self._cancelled(submission)

    def _on_event(self, key: str, run: str, event: Event) -> None:
        """Receives a report of a task. The scheduler sends the reports of one worker in order."""
        attempt = self._attempts.get(key)
        if attempt is None:
            return
        submission = attempt.submission
        if isinstance(event, Begun):
            restarted, attempt.run = bool(attempt.run), run
            self._begin(submission)
            if restarted and not self._lose(submission):
                attempt.cancelling = asyncio.ensure_future(self._cluster.client.cancel(attempt.future))
        elif isinstance(event, Cancelled):
            attempt.stopped.set()
        else:
            self._pass_on(submission, event)

    def _pass_on(self, submission: Submission, event: Event) -> None:
        if isinstance(event, Failed):
            self._fail(submission, event.message)
        elif isinstance(event, (Curve, Done)):
            self._receive(submission, event)
