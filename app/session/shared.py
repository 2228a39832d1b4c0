"""What all visitors share is made once, at its first use. No Streamlit.

``st.cache_resource`` would do the same, but each question of it takes 0.1 ms of the processor, and what is said beside
the charts of sixty races asks some two hundred times a second. That cache also survives new code, which is of no use
here: the server does not watch its files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """A function without arguments that is called at most once. Any thread may call it; who comes meanwhile waits.

    Args:
        make: the function. If it raises, the next call calls it again.
        release: called with what it made when that is given up.
    """

    def __init__(self, make: Callable[[], T], release: Callable[[T], object] = lambda made: None) -> None:
        self.__doc__ = make.__doc__
        self._make, self._release = make, release
        self._lock = threading.RLock()
        self._made: list[T] = []

    def __call__(self) -> T:
        """What the function made."""
        made = self._made
        if made:
            return made[0]
        with self._lock:
            if not self._made:
                self._made = [self._make()]
            return self._made[0]

    def clear(self) -> None:
        """Gives up what was made, if anything was; the next call makes it anew."""
        with self._lock:
            made, self._made = self._made, []
        for each in made:
            self._release(each)


def shared(release: Callable[[Any], object]) -> Callable[[Callable[[], T]], Shared[T]]:
    """Makes a function one that is called once.

    Args:
        release: called with what it made when that is given up.
    """
    return lambda make: Shared(make, release)
