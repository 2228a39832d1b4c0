"""What the dashboard takes of a machine: the memory of its processes with one slot, and the disk of its packages.

Memory is what a process holds in all (resident), and the sum of that in which what several processes share counts once
(proportional); the highest of a look every fifth of a second.
"""

from __future__ import annotations

import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.browser import served
from benchmarks.visits import Visit, state

MEGABYTE = 1e6
IDLE = 5.0
"""Seconds for which nobody visits."""
WARM = 15.0
"""Seconds after the first visit until the worker is warm."""
RACE = 25.0
"""Seconds for a race with the settings of a first visit."""


@dataclass
class Memory:
    """The highest memory that was seen, in bytes: of the web process, the largest worker, all as they share it."""

    web: float = 0.0
    worker: float = 0.0
    together: float = 0.0

    def look(self, web: psutil.Process) -> None:
        """Looks once at a server and at its workers."""
        children = web.children(recursive=True)
        self.web = max(self.web, web.memory_info().rss)
        self.worker = max([self.worker, *(child.memory_info().rss for child in children)])
        self.together = max(self.together, sum(each.memory_full_info().pss for each in (web, *children)))


def watched(web: psutil.Process, seconds: float, act: Callable[[], object] = lambda: None) -> Memory:
    """Does something, and watches the memory from then on for some seconds."""
    seen, ends = Memory(), time.monotonic() + seconds
    act()
    while time.monotonic() < ends:
        seen.look(web)
        time.sleep(0.2)
    return seen


def press_start(visit: Visit) -> None:
    """Has a visitor open the front page and press Start."""
    shown = visit.run()
    button = next(each.button for each in shown.elements if each.HasField("button") and "Start" in each.button.label)
    visit.run(states=[state(button.id, trigger_value=True)])


def packages() -> dict[str, float]:
    """The bytes of the largest installed packages, and of all as "all"."""
    folder = Path(sysconfig.get_paths()["purelib"])
    sizes: dict[str, float] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).parts[0]
            sizes[name] = sizes.get(name, 0.0) + path.stat().st_size
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:6]
    return {"all": sum(sizes.values()), **{name: sizes[name] for name in largest}}


def main() -> None:
    """Prints the memory while nobody visits, during a visit and during a race, and what the packages take."""
    with tempfile.TemporaryDirectory() as folder:
        server = served(Path(folder), IPCORE_SLOTS="1")
        try:
            web = psutil.Process(server.pid)
            rows = {"nobody has come": watched(web, IDLE)}
            with Visit(server.url) as visit:
                rows["a visitor looks"] = watched(web, WARM, lambda: visit.run())
                rows["a race, from Start on"] = watched(web, RACE, lambda: press_start(visit))
        finally:
            server.stop()
    print("memory: MB                 web process   worker   all, as they share it")
    for name, each in rows.items():
        print(f"{name:<24}{each.web / MEGABYTE:>14.0f}{each.worker / MEGABYTE:>9.0f}{each.together / MEGABYTE:>15.0f}")
    print("disk: MB of installed packages: ", end="")
    print(", ".join(f"{name} {size / MEGABYTE:,.0f}" for name, size in packages().items()))
