"""What only a cluster can do to a sweep: be away, go away, be another version, outlive whoever asked."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from clusters import PATIENCE, Cluster, eventually
from plain import all_plain
from serving import ROOT, free_port
from sweep_stacks import all_over, stacks, under_way

from ipcore.executors import task
from ipcore.executors.base import ADDRESS_VARIABLE, ExecutorUnavailable
from ipcore.executors.choice import executor_for


@pytest.fixture
def dask(cluster, monkeypatch):
    """The address of the cluster, set as a user does."""
    monkeypatch.setenv(ADDRESS_VARIABLE, cluster.address)
    return cluster.address


def test_dask_that_is_not_installed_is_asked_for(monkeypatch):
    monkeypatch.setenv(ADDRESS_VARIABLE, "tcp://127.0.0.1:8786")
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "ipcore.executors.dask", raising=False)
    with pytest.raises(ExecutorUnavailable, match=r"pip install -r requirements-cluster\.txt"):
        executor_for()


@pytest.mark.cluster
@pytest.mark.parametrize(
    "address", [f"tcp://127.0.0.1:{free_port()}", "nonsense://x", "tcp://"], ids=["silent", "strange", "empty"]
)
def test_a_scheduler_that_is_not_there_is_named_in_the_log(monkeypatch, caplog, address):
    module = pytest.importorskip("ipcore.executors.dask", exc_type=ExecutorUnavailable)
    monkeypatch.setattr(module, "CONNECT", 0.2)
    monkeypatch.setenv(ADDRESS_VARIABLE, address)
    with pytest.raises(ExecutorUnavailable, match=r"^the cluster's scheduler does not answer$"):
        executor_for()
    assert f"no cluster at {address}" in caplog.text, "the log alone has the address"


def test_a_scheduler_that_goes_away_fails_what_is_under_way(cluster, tmp_path, monkeypatch):
    mortal = Cluster(tmp_path, workers=0)
    monkeypatch.setenv(ADDRESS_VARIABLE, mortal.address)
    executor = executor_for()
    assert executor.workers == 0  # none yet, but there will be
    executor.submit(under_way())
    assert all_plain(executor.events(0.05)) == []  # waits for workers
    mortal.kill_scheduler()
    (failed,) = all_over(executor, 1)
    assert (failed["event"], failed["message"]) == ("failed", "the connection to the cluster's scheduler is lost")
    executor.submit(under_way("another"))
    assert all_plain(executor.events(0))[0]["event"] == "failed"  # at once
    executor.close()
    executor._cluster.close()
    mortal.stop()


def test_a_scheduler_that_does_not_say_how_many_workers_there_are_ends_nothing(dask, monkeypatch, caplog):
    executor = executor_for()
    eventually(lambda: executor.workers == 2)  # the second of them may still be starting

    def closed():
        raise RuntimeError("the connection is closed")

    monkeypatch.setattr(executor._cluster, "workers", closed)
    assert executor.workers == 2 and "does not say how many workers" in caplog.text
    executor.close()


@pytest.mark.parametrize("name", ["torch", "ipcore", "IPCORE_METHODS"])
def test_other_versions_are_refused(dask, monkeypatch, name):
    there = task.versions()
    monkeypatch.setattr(task, "versions", lambda: there | {name: "0.1"})
    executor = executor_for()
    executor.submit(stacks()[0])
    failed = all_over(executor, 1)[-1]
    executor.close()
    assert failed["event"] == "failed"
    assert f"has {name} {there[name]} where the sweep was started with 0.1; install" in failed["message"]


PROGRAM = """
import sys
from plain import all_plain
from sweep_stacks import under_way
from ipcore.executors.choice import executor_for
executor, begun = executor_for(), set()
for name in "12":
    executor.submit(under_way(name))
while len(begun) < 2:
    begun |= {event["stack"] for event in all_plain(executor.events(60))}
print("under way,", "with" if "torch" in sys.modules else "without", "torch", flush=True)
input()
"""


def test_training_ends_when_whoever_wanted_it_is_killed(dask):
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "helpers", ROOT / "tests" / "executors"))),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    assert process.stdout.readline() == "under way, without torch\n"
    executor = executor_for()
    executor.submit(stacks()[0])
    process.kill()
    assert all_over(executor, 1)[-1]["event"] == "done"  # it would wait for minutes if training went on
    executor.close()
    watchdog.cancel()
    process.communicate()


def test_what_was_killed_before_it_began_is_not_blamed(dask, monkeypatch):
    """Dask blames a death on all tasks that the worker had been given."""
    from distributed import KilledWorker

    executor = executor_for()
    client, real = executor._cluster.client, executor._cluster.client.gather
    deaths = [KilledWorker("a task", None, 0)] * 3

    async def gather(future):
        if deaths:
            raise deaths.pop()
        return await real(future)

    monkeypatch.setattr(client, "gather", gather)
    executor.submit(stacks()[0])
    assert not {"lost", "failed"} & {event["event"] for event in all_over(executor, 1)}
    assert deaths == []
    executor.close()
