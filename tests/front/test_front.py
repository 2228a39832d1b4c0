"""What stands before Streamlit's server, asked as a server asks it: without a network and without Streamlit."""

from __future__ import annotations

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit import file_util

from app.front import opening
from app.front.delivery import FOR_GOOD, Delivery, takes_gzip
from app.front.opening import WIDGETS, Opening
from app.front.streamlit_parts import scripts
from app.ui import served
from app.ui.headings import HEADINGS

SCRIPT = b"export const a = 1;\n" * 100
PAGE = (
    b'<html><head><script type="module" src="./static/js/index.js"></script></head>'
    b'<body><div id="root"></div></body></html>'
)
OURS = f"/app/static/{served.PREFIX}0123456789ab/race/all.js"


class Files:
    """An application with some files, which counts how often it is asked."""

    def __init__(self, kind: str = "text/javascript; charset=utf-8", body: bytes = SCRIPT, status: int = 200) -> None:
        self.headers = [(b"content-type", kind.encode()), (b"etag", b'"1"'), (b"cache-control", b"no-cache")]
        self.body, self.status = body, status
        self.asked: list[dict[bytes, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        half = len(self.body) // 2
        await send({"type": "http.response.body", "body": self.body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[half:]})


def ask(app: Any, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    answered = app({"type": "http", "method": method, "path": path, "headers": pairs}, receive, send)
    with ThreadPoolExecutor(1) as threads:  # an event loop may be running in this one: that of a browser test
        threads.submit(asyncio.run, answered).result()
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    "path", [OURS, f"/base{OURS}", "/static/js/index.DormvYxC.js", "/static/css/index.C1JORDN2.css"]
)
def test_a_file_with_a_hash_is_compressed_once_and_kept_for_good(path: str) -> None:
    files = Files()
    app = Delivery(files)
    for _ in range(2):
        status, headers, body = ask(app, path, accept_encoding="br, gzip", range="bytes=0-9", if_none_match='"1"')
        assert status == 200 and gzip.decompress(body) == SCRIPT
        assert headers["cache-control"] == FOR_GOOD and headers["vary"] == "Accept-Encoding"
        assert headers["content-encoding"] == "gzip" and headers["content-length"] == str(len(body))
        assert "etag" not in headers
    assert files.asked == [{}], "asked once, for the whole of it"


@pytest.mark.parametrize(
    ("files", "path", "asks"),
    [
        (Files(), OURS, {}),
        (Files(), OURS, {"accept_encoding": "gzip;q=0, br"}),
        (Files(), "/app/static/fonts/inter-latin.woff2", {"accept_encoding": "gzip"}),
        (Files(), "/media/0123.csv", {"accept_encoding": "gzip"}),
        (Files("text/html; charset=utf-8", PAGE), "/static/js/gone.js", {"accept_encoding": "gzip"}),
        (Files(status=404), OURS, {"accept_encoding": "gzip"}),
    ],
)
def test_what_cannot_be_kept_is_passed_on_each_time(files: Files, path: str, asks: dict[str, str]) -> None:
    app = Delivery(files)
    for number in (1, 2):
        status, headers, body = ask(app, path, **asks)
        assert (status, body, headers["cache-control"]) == (files.status, files.body, "no-cache")
        assert len(files.asked) == number


def test_gzip_is_sent_to_those_alone_who_take_it() -> None:
    def asks(value: str) -> Scope:
        return {"type": "http", "headers": [(b"accept-encoding", value.encode())]}

    assert takes_gzip(asks("gzip")) and takes_gzip(asks("deflate, gzip;q=0.5, br"))
    assert not takes_gzip(asks("")) and not takes_gzip(asks("gzip;q=0")) and not takes_gzip(asks("xgzip"))


def test_the_front_page_begins_with_the_recording_and_other_pages_with_their_titles() -> None:
    app = Opening(Files("text/html; charset=utf-8", PAGE))
    folder = served.folder()
    frame = opening.first_frame()
    titles = {name: heading.title for name, heading in HEADINGS.items()}
    for path, room, opens in (("/", "race", True), ("/neuron", "neuron", False), ("/guide", None, False)):
        _, headers, body = ask(app, path)
        html = body.decode()
        assert headers["content-length"] == str(len(body)) and headers["cache-control"] == "no-cache"
        assert html.count('<script type="module" src="./static/js/index.js">') == (0 if opens else 1)
        assert html.count('id="opening"') == 1 and (frame.name in html) is opens
        assert opens or f'<p class="opening-title">{titles[path[1:]]}</p>' in html
        assert (f'href="./app/static/{folder}/{room}/all.js"' in html) is (room is not None)
        assert "None" not in html.split("<style>")[2].split("</style>")[0]
        if opens:
            assert html.index('/race/all.js");') < html.index('await import("./static/js/index.js");')
            assert '<link rel="modulepreload" crossorigin href="./static/js/index.js">' in html


def test_a_server_that_is_not_set_up_correctly_sends_the_page_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise ValueError("IPCORE_LIMITS cannot be read")

    monkeypatch.setattr(opening, "first_frame", refused)
    assert ask(Opening(Files("text/html; charset=utf-8", PAGE)), "/")[2] == PAGE


def test_the_frame_of_the_opening_is_kept_under_a_name_of_its_own() -> None:
    app = Opening(Files("text/plain", b"none", 404))
    frame = opening.first_frame()
    status, headers, body = ask(app, f"/app/static/v-0/{frame.name}", accept_encoding="gzip")
    assert status == 200 and gzip.decompress(body) == frame.answer.body and headers["cache-control"] == FOR_GOOD
    assert ask(app, f"/app/static/v-0/{frame.name}")[2] == frame.answer.body
    assert ask(app, "/app/static/v-0/opening-000000000000.frame")[0] == 404


@pytest.mark.parametrize(
    ("files", "path"),
    [
        (Files("application/json", b"{}"), "/_stcore/host-config"),
        (Files("text/html; charset=utf-8", b"<p>something else</p>"), "/"),
        (Files("text/html; charset=utf-8", PAGE, 500), "/"),
        (Files("text/html; charset=utf-8", PAGE), "/static/js/gone.js"),
    ],
)
def test_what_is_no_page_of_streamlit_is_left_as_it_is(files: Files, path: str) -> None:
    status, _, body = ask(Opening(files), path)
    assert (status, body) == (files.status, files.body)


def test_a_page_names_the_scripts_of_its_widgets_and_all_that_these_import() -> None:
    folder = Path(file_util.get_static_dir())
    html = (folder / "index.html").read_text("utf-8")
    found = scripts(WIDGETS, html)
    assert all((folder / "static/js" / name).is_file() and name not in html for name in found)
    assert {name.partition(".")[0] for name in found} >= set(WIDGETS), "this Streamlit calls its scripts otherwise"
    assert len(set(found)) == len(found) < 60
    alone = scripts(("BidiComponent",), html)
    assert 1 < len(alone) < len(found) and set(alone) < set(found)
    assert scripts(("NoSuchWidget",), html) == ()
