"""An event loop for tests of what a server's loop does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs it in an event loop of its own: one may be running in this thread, that of a browser test."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result(20)
