"""``python -m ipcore.worker``, a process that trains, and the scheduler of such processes."""
