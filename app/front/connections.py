"""Connections on which no request comes, or one without end, are closed.

uvicorn closes a connection some seconds after an answer if nothing more comes. It waits for ever for the rest of a
request that has begun to come, however much of it comes, and on a connection on which nothing has come yet. Whoever
opens many of these takes all descriptors of the server, or its memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

SILENCE = 20.0
"""Seconds within which the next request has to be there, up to the end of its headers."""
LARGEST = 64 * 1024
"""Bytes that the headers of a request may have, with its address."""
_UNDER_WAY = object()


def bound(silence: float = SILENCE) -> None:
    """Has uvicorn close connections on which no whole request comes in time. Safe to repeat.

    Args:
        silence: the time in seconds. It is exceeded by as much at most.
    """
    for protocol in _protocols():
        made, received = protocol.connection_made, protocol.data_received
        protocol.connection_made = _watched(getattr(made, "__wrapped__", made), silence)
        protocol.data_received = _counted(getattr(received, "__wrapped__", received))


def _protocols() -> list[Any]:
    """uvicorn's classes of connections: which of them it uses depends on what is installed."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    found: list[Any] = [H11Protocol]
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:  # its parser is not installed
        return found
    return [*found, HttpToolsProtocol]


def _watched(original: Callable[[Any, asyncio.Transport], None], silence: float) -> Callable[..., None]:
    @wraps(original)
    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        original(self, transport)
        asyncio.get_running_loop().call_later(silence, _look, self, transport, silence, None)

    return connection_made


def _counted(original: Callable[[Any, bytes], None]) -> Callable[..., None]:
    @wraps(original)
    def data_received(self: Any, data: bytes) -> None:
        last = _request(self)
        original(self, data)
        if last is not _UNDER_WAY and _request(self) is last:  # headers, and not yet their end
            self.unread = getattr(self, "unread", 0) + len(data)
            if self.unread > LARGEST:
                self.transport.close()
        else:
            self.unread = 0

    return data_received


def _request(connection: Any) -> object:
    """The last request that was answered, None before the first; or that one is under way.

    Args:
        connection: uvicorn's connection; its ``cycle`` is the newest request.
    """
    newest = connection.cycle
    return newest if newest is None or newest.response_complete else _UNDER_WAY


def _look(connection: Any, transport: asyncio.Transport, silence: float, last: object) -> None:
    """Closes a connection if no request has come since the last look, and looks again later otherwise.

    Args:
        connection: uvicorn's connection.
        transport: what it sends and receives with.
        silence: seconds until the next look.
        last: the :func:`_request` at the last look.
    """
    is_a_websocket = transport.get_protocol() is not connection  # by now
    if is_a_websocket or transport.is_closing():
        return
    newest = _request(connection)
    if newest is last and newest is not _UNDER_WAY:
        transport.close()
        return
    asyncio.get_running_loop().call_later(silence, _look, connection, transport, silence, newest)
