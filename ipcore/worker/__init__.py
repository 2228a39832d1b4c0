"""``python -m ipcore.worker``, a process that trains, and the scheduler that starts such processes and gives them work."""
