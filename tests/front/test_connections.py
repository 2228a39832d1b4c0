"""Connections on which no request comes, or one without end, are closed, and all others stay open."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import uvicorn
from event_loop import run
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.front import connections

SOON = 0.2
WHOLE, PART = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\nHos"


async def _answers_late(scope, receive, send) -> None:
    await asyncio.sleep(4 * SOON)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module", params=["h11", "httptools"])
def address(request) -> Iterator[tuple[str, int]]:
    """A server that watches its connections closely."""
    connections.bound(SOON)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        usual = {"lifespan": "off", "log_level": "critical", "timeout_keep_alive": 60}
        made = uvicorn.Config(_answers_late, http=request.param, **usual)
        server = uvicorn.Server(made)
        thread = threading.Thread(target=lambda: run(server.serve([listening])), daemon=True)
        thread.start()
        yield listening.getsockname()
        server.should_exit = True
        thread.join(30)
    connections.bound()


@contextmanager
def _connected(address: tuple[str, int], *said: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=30) as browser:
        for each in said:
            browser.sendall(each)
        yield browser


@pytest.mark.parametrize("said", [b"", PART], ids=["nothing", "a part of a request"])
def test_a_connection_without_a_request_is_closed(address, said) -> None:
    with _connected(address, said) as browser:
        assert browser.recv(100) == b""


def test_a_request_is_answered_however_long_that_takes_and_what_comes_after_it_must_be_whole(address) -> None:
    with _connected(address, WHOLE) as browser:
        for more in (WHOLE, PART):
            answer = b""
            while not answer.endswith(b"ok"):
                part = browser.recv(1000)
                assert part, "it was closed while it waited for its answer"
                answer += part
            assert answer.startswith(b"HTTP/1.1 200")
            browser.sendall(more)
        assert browser.recv(100) == b""


def test_headers_without_an_end_are_refused(address) -> None:
    def send_on(browser: socket.socket) -> None:
        sent = 0
        while sent < 8 * connections.LARGEST:
            sent += browser.send(b"X: " + b"y" * 1000 + b"\r\n")
            time.sleep(0.001)

    with _connected(address, WHOLE[:-2]) as browser, pytest.raises(OSError):
        send_on(browser)


def test_it_is_said_once_whatever_is_started_in_one_process() -> None:
    before = H11Protocol.connection_made.__wrapped__
    connections.bound()
    connections.bound()
    assert H11Protocol.connection_made.__wrapped__ is before
