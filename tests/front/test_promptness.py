"""Answers and pages leave at once: what is set on connections, and how seldom the loop that sends pages yields."""

from __future__ import annotations

import asyncio
import socket

import pytest
from event_loop import run
from streamlit.runtime import runtime

from app.front import promptness
from app.front.promptness import SeldomYielding, send_at_once, send_pages_whole


def test_connections_inherit_it_and_nothing_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as other:
        send_at_once()
        with socket.create_connection(server.getsockname()) as browser:
            accepted, _ = server.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                accepted.sendall(b"still open")
                assert browser.recv(20) == b"still open"
        assert other.fileno() > 0


@pytest.mark.parametrize(("messages", "least", "most"), [(49, 1, 1), (500, 10, 60)])
def test_a_page_of_many_messages_is_sent_in_few_turns_of_the_loop(messages: int, least: int, most: int) -> None:
    """Others have their turns meanwhile, though not after each message."""

    async def work() -> int:
        seldom, turns, done = SeldomYielding(), 0, asyncio.Event()

        async def others() -> None:
            nonlocal turns
            while not done.is_set():
                await asyncio.sleep(0)
                turns += 1

        task = asyncio.create_task(others())
        for _ in range(messages):
            await seldom.sleep(0)
        done.set()
        await task
        return turns

    assert least <= run(work()) <= most


def test_a_wait_of_some_time_is_a_wait() -> None:
    async def work() -> float:
        began = asyncio.get_running_loop().time()
        await SeldomYielding().sleep(0.05)
        return asyncio.get_running_loop().time() - began

    assert run(work()) >= 0.04


def test_all_else_is_of_asyncio_and_a_version_that_works_in_another_way_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtime, "asyncio", asyncio)
    send_pages_whole()
    send_pages_whole()  # a second start in one process
    assert isinstance(runtime.asyncio, SeldomYielding) and runtime.asyncio.Event is asyncio.Event  # type: ignore[attr-defined]
    assert not caplog.records
    monkeypatch.delattr(runtime, "asyncio")
    send_pages_whole()
    assert "another way" in caplog.text
    assert promptness.SeldomYielding.AT_A_TIME * 5 < 500, "Streamlit ends a connection for which so many wait"
