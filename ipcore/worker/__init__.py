"""``python -m ipcore.worker``, a process that trains, and the pool that starts such processes."""
