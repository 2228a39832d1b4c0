"""Sweeps on a cluster: Dask's scheduler and workers, which somebody else has started. No torch.

What is known of Dask, and heeded here: a cancelled future leaves its task running, so tasks look out for it themselves
(:mod:`ipcore.executors.dask_task`). A task whose worker died is started again by the scheduler up to ``allowed-failures`` times
without a word, so a task that begins a second time tells that a worker was lost. A client that lost its scheduler may
come back, but its subscriptions do not: it is given up.
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

from ipcore.executors import dask_task
from ipcore.executors.base import ADDRESS_VARIABLE, OBEY, Executor, ExecutorUnavailable, Submission
from ipcore.jsonlines import decode

try:
    from distributed import Client, KilledWorker
except ImportError as error:
    raise ExecutorUnavailable(
        f"{ADDRESS_VARIABLE} is set, but Dask is not installed: pip install -r requirements-cluster.txt"
    ) from error

CONNECT = 10.0
"""Seconds within which a scheduler must answer."""
PATIENCE = 10
"""Times that a stack which had not begun may lose its worker before it counts."""
GONE = "the connection to the cluster's scheduler is lost"
NOT_INSTALLED = "the cluster cannot load this program ({error}); install it on its scheduler and on every worker"
FAULT = "the cluster could not run a stack; details are in the server's log"

log = logging.getLogger(__name__)


class Loop:
    """An event loop in a thread of its own.

    Clients live in it, rather than each in a loop that it starts: one that fails to connect then leaves a thread, and
    is closed by the garbage collector, under a lock that the next client may hold just then, for ever.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="clusters", daemon=True).start()

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> concurrent.futures.Future[Any]:
        """Runs a coroutine on its thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)


class Cluster:
    """The connection of this process to one scheduler, for all its sweeps.

    Raises:
        ExecutorUnavailable: if no scheduler answers there.
    """

    def __init__(self, address: str, loop: Loop) -> None:
        self.address = address
        self.executors: dict[str, DaskExecutor] = {}
        self.start = loop.start
        try:
            self.client = self.start(self._connect()).result()
        except (OSError, ValueError, ImportError, RuntimeError) as error:  # nobody there; no address; other versions
            log.warning("no cluster at %s: %s", address, error)
            raise ExecutorUnavailable("the cluster's scheduler does not answer") from error  # its address is private
        self._stream = self.client.scheduler_comm

    async def _connect(self) -> Client:
        client = Client(self.address, timeout=CONNECT, asynchronous=True, set_as_default=False)
        try:
            await client
        except BaseException:
            await client.close()
            raise
        client.subscribe_topic(dask_task.TOPIC, self._on_event)
        return client

    @property
    def connected(self) -> bool:
        """Whether this is still the connection it was."""
        return self.client.status == "running" and self.client.scheduler_comm is self._stream

    def workers(self) -> int:
        """Threads of all workers that there are now.

        Raises:
            OSError: if the scheduler does not say, in time.
        """
        return self.start(self.client.scheduler.identity(n_workers=0)).result(OBEY)["total_threads"]

    def close(self) -> None:
        """Ends the connection, and so whatever the cluster does for it."""
        self.start(_close(self.client)).result()

    def _on_event(self, stamped: tuple[float, dict[str, Any]]) -> None:
        """Something that a task tells, perhaps to another process."""
        told = stamped[1]
        executor = self.executors.get(told["to"])
        if executor:
            executor._on_event(told["key"], told["run"], decode(told["event"]))


async def _close(client: Client) -> None:
    await client.close(timeout=OBEY)


_loop: Loop | None = None
_clusters: dict[str, Cluster] = {}
_lock = threading.Lock()


def cluster(address: str) -> Cluster:
    """The connection of this process to a scheduler, made if there is none that holds.

    Raises:
        ExecutorUnavailable: if no scheduler answers there.
    """
    global _loop
    with _lock:
        _loop = _loop or Loop()
        known = _clusters.get(address)
        if known and not known.connected:
            known.close()
            known = None
        if not known:
            known = _clusters[address] = Cluster(address, _loop)
        return known


class _Attempt:
    """One try at a stack: a task of the cluster.

    Attributes:
        submission: of the stack.
        future: of the task.
        run: names the present run of the task, once it began.
        ended: set once that run, told to stop, says that it has.
        over: whether the future is.
    """

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.future: Any = None
        self.run = ""
        self.ended, self.over = asyncio.Event(), False


class DaskExecutor(Executor):
    """Runs stacks on a Dask cluster.

    Args:
        address: of its scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        ExecutorUnavailable: if no scheduler answers there.
    """

    def __init__(self, address: str) -> None:
        super().__init__(threading.RLock())
        self._cluster = cluster(address)
        self._token = secrets.token_hex(8)
        self._cluster.executors[self._token] = self
        self._attempts: dict[str, _Attempt] = {}  # by the key of the task; for the thread of the loop alone
        self._workers = 0

    @property
    def workers(self) -> int:
        """Threads of all workers that the cluster has now, or had when it last said."""
        if self._cluster.connected:
            try:
                self._workers = self._cluster.workers()
            except Exception as error:  # whatever a connection does that is lost just now: a count ends no sweep
                log.warning("the scheduler does not say how many workers there are: %s", error)
        return self._workers

    def close(self) -> None:
        """As every executor; the connection stays, for others."""
        super().close()
        self._cluster.executors.pop(self._token, None)

    def _place(self, submission: Submission) -> None:
        if self._cluster.connected:
            self._cluster.start(self._follow(submission))
        else:
            self._fail(submission, GONE)

    def _withdraw(self, submission: Submission) -> None:
        self._cluster.start(self._stop(submission))

    # What follows runs on the thread of the loop.

    async def _follow(self, submission: Submission, patience: int = PATIENCE) -> None:
        """One attempt, from its submission to its end."""
        if submission.cancelled:
            return
        client, attempt = self._cluster.client, _Attempt(submission)
        key = f"ipcore-{self._token}-{submission.stack.id}-{secrets.token_hex(4)}"
        work = {"to": self._token, "stack": submission.stack.to_dict(), "versions": dask_task.versions()}
        self._attempts[key] = attempt
        outcome, error = None, None
        try:
            attempt.future = client.submit(dask_task.run, work, key=key, pure=False, retries=0)
            outcome = await client.gather(attempt.future)
        except (Exception, asyncio.CancelledError) as problem:
            error = problem
        attempt.over = True
        if submission.cancelled:
            return  # _stop says the rest
        del self._attempts[key]
        for event in outcome or ():
            self._take(submission, event)
        if isinstance(error, KilledWorker) and not attempt.run and patience:
            # Dask blames a death on all tasks that the worker had been given. One that had not begun is not to blame.
            await self._follow(submission, patience - 1)
        elif not submission.over:
            self._explain(submission, error)

    def _explain(self, submission: Submission, error: BaseException | None) -> None:
        """Why an attempt ended without a result."""
        if not self._cluster.connected:
            self._fail(submission, GONE)
        elif error is None or isinstance(error, (KilledWorker, CancelledError, asyncio.CancelledError)):
            if self._lose(submission):  # or its worker was closed, or somebody restarted the cluster
                self._place(submission)
        elif missing := next((each for each in (error, error.__cause__) if isinstance(each, ImportError)), None):
            self._fail(submission, NOT_INSTALLED.format(error=missing))
        else:
            log.error("the cluster could not run stack %s", submission.stack.id, exc_info=error)
            self._fail(submission, FAULT)

    async def _stop(self, submission: Submission) -> None:
        """Ends a task, and waits for its word that it has ended."""
        for key, attempt in [(key, each) for key, each in self._attempts.items() if each.submission is submission]:
            training = bool(attempt.run) and not attempt.over
            await self._cluster.client.cancel(attempt.future)
            if training and self._cluster.connected:
                try:
                    await asyncio.wait_for(attempt.ended.wait(), OBEY)
                except TimeoutError:
                    log.warning("the cluster did not say that stack %s has ended", submission.stack.id)
            del self._attempts[key]
        self._cancelled(submission)

    def _on_event(self, key: str, run: str, event: dict[str, Any]) -> None:
        """Something that a task tells. The scheduler tells in order what one worker told."""
        attempt = self._attempts.get(key)
        if attempt is None:
            return
        submission = attempt.submission
        if event["event"] == "begun":
            restarted, attempt.run = bool(attempt.run), run
            self._begin(submission)
            if restarted and not self._lose(submission):
                asyncio.ensure_future(self._cluster.client.cancel(attempt.future))
        elif event["event"] == "stopped":
            attempt.ended.set()
        else:
            self._take(submission, event)

    def _take(self, submission: Submission, event: dict[str, Any]) -> None:
        if event["event"] == "failed":
            self._fail(submission, event["message"])
        else:
            self._receive(submission, event)
