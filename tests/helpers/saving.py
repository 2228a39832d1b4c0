"""A store with its saver, and the patience of tests that wait for them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from store_rows import PLACE

from app.store.saver import Saver
from app.store.schema import BUSY
from app.store.store import Store
from ipcore.config import RunConfig
from ipcore.jsonlines import encode

PATIENCE = 60  # s; a bound on failure, not a time that anything takes
CONFIG = RunConfig(dataset="moons", methods=("plain", "ip"), depth=3, width=4, seeds=2, steps=400)


class Forgetless(Saver):
    """A saver beside which all events of runs are kept, as those who train them keep them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.told: dict[str, list[bytes]] = {}
        super().__init__(*arguments, **options)

    def begin(
        self, id: str, owner: str, kind: str, name: str, config: Mapping[str, Any], all_lines: Any = None
    ) -> None:
        told = self.told.setdefault(id, [])
        super().begin(id, owner, kind, name, config, all_lines or (lambda: iter(tuple(told))))

    def add(self, id: str, event: Any, step: int | None = None, accuracy: Any = None) -> None:
        with suppress(TypeError, ValueError, KeyError):
            self.told[id].append(encode(event).encode())
        super().add(id, event, step, accuracy)


class Case:
    """A store and a saver that tries again at once."""

    def __init__(self, place: PLACE, wait: float = BUSY, **arguments) -> None:
        self.store = Store(place, wait=wait)
        self.saver = Forgetless(self.store, **{"patience": 0.01, "retry": 0.01} | arguments)

    def begin(self, number: int = 0) -> str:
        id = f"run-{number:020d}"
        self.saver.begin(id, "ada", "race", f"Run {number}", CONFIG.to_dict())
        return id

    def kept(self, id: str) -> list[dict]:
        return list(self.store.events(id))

    def trouble(self, why: str = "", id: str | None = None) -> None:
        """Waits until the saver says that it has this trouble."""
        deadline = time.monotonic() + PATIENCE
        while self.saver.trouble(id) != why:
            assert time.monotonic() < deadline, self.saver.trouble(id)
            time.sleep(0.005)

    def close(self) -> None:
        self.saver.close()
        self.store.close()
