"""Connections on which nobody asks for anything are closed.

uvicorn closes a connection some seconds after an answer if nothing more comes. It waits for ever for the rest of a
request that has begun to come, and on a connection on which nothing has come yet. Whoever opens many of these takes all
descriptors of the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

SILENCE = 20.0
"""Seconds within which the next request has to be there as a whole, from its headers' first byte to the last."""
_UNDER_WAY = object()


def close_silent_connections(silence: float = SILENCE) -> None:
    """Has uvicorn close connections on which no whole request comes for so long. Safe to repeat.

    Args:
        silence: the time in seconds. It is exceeded by as much at most.
    """
    for protocol in _protocols():
        original = getattr(protocol.connection_made, "__wrapped__", protocol.connection_made)
        protocol.connection_made = _watched(original, silence)


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


def _look(connection: Any, transport: asyncio.Transport, silence: float, last: object) -> None:
    """Closes a connection if no request has come since the last look, and looks again later otherwise.

    Args:
        connection: uvicorn's connection; its ``cycle`` is the newest request, None before the first.
        transport: what it sends and receives with.
        silence: seconds until the next look.
        last: the request that had been answered at the last look, None before the first.
    """
    is_a_websocket = transport.get_protocol() is not connection  # by now
    if is_a_websocket or transport.is_closing():
        return
    newest = connection.cycle
    if newest is not None and not newest.response_complete:
        newest = _UNDER_WAY
    elif newest is last:
        transport.close()
        return
    asyncio.get_running_loop().call_later(silence, _look, connection, transport, silence, newest)
