"""What is made once: by one thread, again after a failure, and anew once it was given up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.session.shared import Shared, shared


def test_threads_that_come_together_get_the_same():
    gate, made = threading.Barrier(8), []

    @Shared
    def made_once() -> object:
        made.append(object())
        return made[-1]

    def ask(_):
        gate.wait(10)
        return made_once()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == set(made) and len(made) == 1


def test_a_failure_is_tried_again():
    attempts = []

    @Shared
    def made_once() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("not yet")
        return 5

    with pytest.raises(RuntimeError):
        made_once()
    assert (made_once(), made_once(), len(attempts)) == (5, 5, 2)


def test_what_is_given_up_is_released_and_made_anew():
    released = []

    @shared(released.append)
    def made_once() -> object:
        """Says what it is."""
        return object()

    made_once.clear()
    first = made_once()
    made_once.clear()
    assert released == [first] and made_once() is not first and made_once.__doc__ == "Says what it is."
