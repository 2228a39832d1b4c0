"""Chooses where a sweep is trained: on a Dask cluster if the environment names one, else on this machine."""

from __future__ import annotations

import os

from ipcore.executors.base import ADDRESS_VARIABLE, Executor
from ipcore.executors.local import LocalExecutor


def cluster_address() -> str:
    """The address of the scheduler of the cluster on which sweeps run; empty if they run on this machine."""
    return os.environ.get(ADDRESS_VARIABLE, "").strip()


def executor_for(owner: str = "", workers: int | None = None) -> Executor:
    """A new executor for one sweep: on the cluster that ``DASK_SCHEDULER_ADDRESS`` names, else on this machine.

    Args:
        owner: Whose sweep it is. On this machine the sweeps of different owners take turns.
        workers: The number of processes on this machine that train, for all its sweeps together. None does not change
            the number, which is at first ``IPCORE_SLOTS`` or one for each core.

    Raises:
        ExecutorUnavailable: If there is no such cluster, or Dask is not installed.
    """
    address = cluster_address()
    if not address:
        return LocalExecutor(owner, workers)
    from ipcore.executors.dask import DaskExecutor  # imported here, because Dask need not be installed

    return DaskExecutor(address)
