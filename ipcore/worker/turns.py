"""A queue in which visitors take turns."""

from __future__ import annotations

import bisect
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Turns(Generic[Item]):
    """A queue that serves everybody's first item before anybody's second.

    An item's turn is one after that of its owner's last in the queue, or after the turn that was served last. So nobody
    waits behind a crowd of another's, and nobody for ever: whoever comes later gets no earlier turn than is served now.
    """

    def __init__(self) -> None:
        self._served = 0  # the turn
        self._waiting: list[tuple[int, str, Item]] = []  # turn, owner, item; by turn, then in order of coming

    def __len__(self) -> int:
        return len(self._waiting)

    def items(self) -> list[Item]:
        """Those who wait, next first."""
        return [item for _, _, item in self._waiting]

    def add(self, item: Item, owner: str) -> None:
        """Takes an item in."""
        turn = 1 + max((turn for turn, other, _ in self._waiting if other == owner), default=self._served)
        bisect.insort(self._waiting, (turn, owner, item), key=lambda entry: entry[0])

    def take(self) -> Item:
        """Removes the next. There must be one."""
        self._served, _, item = self._waiting.pop(0)
        return item

    def remove(self, item: Item) -> None:
        """Removes an item wherever it stands, if it is there at all."""
        self._waiting = [entry for entry in self._waiting if entry[2] != item]

    def position(self, item: Item) -> int:
        """Its place, 1 being next; 0 if it does not wait."""
        return next((place for place, entry in enumerate(self._waiting, 1) if entry[2] == item), 0)
