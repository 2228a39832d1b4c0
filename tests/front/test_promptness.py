"""Answers leave at once, on connections that uvicorn accepts on a socket of Streamlit's."""

from __future__ import annotations

import socket

from app.front.promptness import send_at_once


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
