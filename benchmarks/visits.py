"""A visit to a dashboard over Streamlit's protocol, without a browser: for servers of one's own, on 127.0.0.1 only."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass
class Shown:
    """What a run of the page's script sent.

    Args:
        ended: how the script ended; ``FINISHED_SUCCESSFULLY`` if it ran to its end.
        elements: what it drew: elements of Streamlit's protocol, newest last.
        session: what the server said at its beginning: settings, pages and the id of the session.
        links: the query strings that the page put into the address bar.
        fragments: the ids of the parts of the page that the browser is to have run again at intervals.
    """

    ended: str = ""
    elements: list[Any] = field(default_factory=list)
    session: Any = None
    links: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)

    def exceptions(self) -> list[str]:
        """The errors that the page shows instead of itself, each with its type."""
        return [
            f"{each.exception.type}: {each.exception.message}" for each in self.elements if each.HasField("exception")
        ]


class Visit:
    """A browser tab, as the server sees it.

    Args:
        url: the server, such as ``http://127.0.0.1:8501``.
        session: the id of a session whose connection was lost, to come back to it.
        patience: seconds to wait for the end of a script.

    Raises:
        ValueError: if the server is not on this machine.
    """

    def __init__(self, url: str, session: str = "", patience: float = 60) -> None:
        address = urlsplit(url)
        if address.hostname not in LOCAL:
            raise ValueError("visits are paid to servers on this machine only")
        protocols = [Subprotocol(each) for each in ("streamlit", "none", session) if each]
        self.patience = patience
        self.page = ""
        self._open = contextlib.ExitStack()
        self._connection: ClientConnection = self._open.enter_context(
            connect(
                f"ws://{address.netloc}/_stcore/stream", subprotocols=protocols, max_size=None, open_timeout=patience
            )
        )

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the tab."""
        self._open.close()

    def run(self, query: str = "", page: str = "", states: Iterable[WidgetState] = (), fragment: str = "") -> Shown:
        """Has the server run a page, and waits for all that it draws.

        Args:
            query: the part of the address behind the question mark.
            page: the name of the page in its address; empty for the first.
            states: values of widgets.
            fragment: the id of a fragment, to run it alone.
        """
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.widget_states.widgets.extend(states)
        self._connection.send(message.SerializeToString())
        return self.shown()

    def shown(self) -> Shown:
        """Waits for the end of the script that runs, and returns what it drew; if it is begun anew, then at last.

        Raises:
            TimeoutError: if it does not end in time.
        """
        found, deadline = Shown(), time.monotonic() + self.patience
        while not found.ended:
            message = ForwardMsg()
            message.ParseFromString(self._connection.recv(timeout=deadline - time.monotonic()))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                found.session = message.new_session
            elif kind == "delta" and message.delta.HasField("new_element"):
                found.elements.append(message.delta.new_element)
            elif kind == "page_info_changed":
                found.links.append(message.page_info_changed.query_string)
            elif kind == "auto_rerun":
                found.fragments.append(message.auto_rerun.fragment_id)
            elif kind == "script_finished":
                found.ended = ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
                if found.ended == "FINISHED_EARLY_FOR_RERUN":  # the page is drawn anew at once
                    found = Shown()
        return found


def state(id: str, **value: Any) -> WidgetState:
    """The value of a widget.

    Args:
        id: the widget's id in Streamlit's protocol.
        value: one field of its protocol, such as ``string_value="a"``.
    """
    return WidgetState(id=id, **value)


def ids(shown: Shown) -> Mapping[str, str]:
    """The ids of the widgets that a page drew, each with the kind of widget."""
    found = {}
    for element in shown.elements:
        kind = element.WhichOneof("type")
        if id := getattr(getattr(element, kind), "id", ""):
            found[id] = kind
    return found
