"""Which executor trains a sweep: a cluster, if the environment names one, or this machine. No torch."""

from __future__ import annotations

import os

from ipcore.executors.base import ADDRESS_VARIABLE, Executor
from ipcore.executors.local import LocalExecutor


def cluster_address() -> str:
    """The address of the scheduler on whose cluster sweeps run; empty if they run on this machine."""
    return os.environ.get(ADDRESS_VARIABLE, "").strip()


def executor_for(owner: str = "", workers: int | None = None) -> Executor:
    """A new executor for one sweep: on the cluster that ``DASK_SCHEDULER_ADDRESS`` names, else on this machine.

    Args:
        owner: Whose sweep it is; on this machine owners take turns.
        workers: How many processes on this machine train, for all its sweeps together; None leaves the number as it
            is, at first ``IPCORE_SLOTS`` or one per core.

    Raises:
        ExecutorUnavailable: If there is no such cluster, or Dask is not installed.
    """
    address = cluster_address()
    if not address:
        return LocalExecutor(owner, workers)
    from ipcore.executors.dask import DaskExecutor  # imported here, because Dask need not be installed

    return DaskExecutor(address)
