"""A queue in which owners take turns."""

from __future__ import annotations

import bisect
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Turns(Generic[Item]):
    """A queue that serves the first item of every owner before the second item of any.

    Each item has a turn, a number; lower turns are served first, and within a turn whoever came first. The turn of a
    new item is one more than that of its owner's last item in the queue or, if the owner has none there, one more
    than the turn that was served last. So nobody waits behind a long list of another owner's items. And nobody waits
    for ever, because an item that comes later never gets an earlier turn than the one being served.
    """

    def __init__(self) -> None:
        self._served = 0
        self._waiting: list[tuple[int, str, Item]] = []  # (turn, owner, item) in the order in which they are served

    def __len__(self) -> int:
        return len(self._waiting)

    def items(self) -> list[Item]:
        """All items that wait, the next one first."""
        return [item for _, _, item in self._waiting]

    def add(self, item: Item, owner: str) -> None:
        """Puts an item of an owner into the queue."""
        turn = 1 + max((turn for turn, other, _ in self._waiting if other == owner), default=self._served)
        bisect.insort(self._waiting, (turn, owner, item), key=lambda entry: entry[0])

    def take(self) -> Item:
        """Removes the next item and returns it. The queue must not be empty."""
        self._served, _, item = self._waiting.pop(0)
        return item

    def remove(self, item: Item) -> bool:
        """Removes an item wherever it stands. Returns whether it was in the queue."""
        before = len(self._waiting)
        self._waiting = [entry for entry in self._waiting if entry[2] != item]
        return len(self._waiting) < before

    def position(self, item: Item) -> int:
        """The place of an item in the queue: 1 for the next one, 0 if it is not in the queue."""
        return next((place for place, entry in enumerate(self._waiting, 1) if entry[2] == item), 0)
