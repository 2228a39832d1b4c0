"""Whether the server is well, for the platform that runs it: ``/health``.

It answers 503 if races cannot be trained, which a new start may mend, and else 200: what a store that cannot be used
has not taken yet is kept in memory, and would be lost by a new start.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.session import server

PATH = "/health"


def health() -> tuple[int, dict[str, str]]:
    """The status of HTTP, and the state of the server as a whole, of its store and of its workers."""
    runs, saver = server.prepared.runs, server.prepared.saver
    places = (runs.scheduler, runs.apart) if runs else ()
    workers = "none" if any(place.waiting and not place.pids for place in places) else "ok"
    store = "ok" if saver is None or not saver.trouble() else "not saving"
    status = "ok" if workers == store == "ok" else "degraded" if workers == "ok" else "failing"
    return (503 if workers != "ok" else 200), {"status": status, "store": store, "workers": workers}


def _answer(_: Request) -> JSONResponse:
    code, found = health()
    return JSONResponse(found, code, {"cache-control": "no-store"})


route = Route(PATH, _answer, methods=["GET"])
"""The address of a server. A plain function: it runs in a thread of its own, as it may wait for a lock."""
