"""Uploaded files: so many for a visit, so many for the server, and none that nobody reads."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from test_front import ask

from app.front import uploads
from app.front.uploads import Uploads

LARGEST = 1_000
ENDPOINT = "/_stcore/upload_file"


@pytest.fixture(autouse=True)
def small_files(monkeypatch):
    monkeypatch.setattr(uploads, "largest", lambda: LARGEST)
    monkeypatch.setattr(uploads, "OVERHEAD", 0)


class Keeper:
    """Stands for Streamlit: keeps what is uploaded, as large as the request announces it."""

    def __init__(self) -> None:
        self.files = MemoryUploadedFileManager(ENDPOINT)
        self.inside: Any = None
        self.slow = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "PUT":
            session, file = scope["path"].split("/")[-2:]
            if self.inside:
                self.inside()
            await asyncio.sleep(self.slow)
            size = int(dict(scope["headers"]).get(b"content-length", LARGEST))
            self.files.add_file(session, UploadedFileRec(file, "x", "", bytes(size)))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def app(keeper: Keeper) -> Uploads:
    return Uploads(keeper, lambda: keeper.files)


def put(app: Uploads, session: str, file: str, size: int | None = None) -> int:
    announced = {} if size is None else {"content_length": str(size)}
    return ask(app, f"/base{ENDPOINT}/{session}/{file}", "PUT", **announced)[0]


def held(keeper: Keeper) -> int:
    return sum(len(file.data) for files in keeper.files.file_storage.values() for file in files.values())


def test_a_visit_has_room_for_one_file_of_the_largest_size(app, keeper):
    assert put(app, "ada", "a", 600) == 204 and put(app, "ada", "b", 600) == 429 and put(app, "ada", "c", 400) == 204
    assert [put(app, "ada", f"more-{number}", 600) for number in range(20)] == [429] * 20 and held(keeper) == 1_000
    keeper.files.remove_file("ada", "a")  # it was read, or its visitor took it away
    assert put(app, "ada", "b", 600) == 204 and put(app, "bob", "a2", 600) == 204
    keeper.files.remove_session_files("ada")
    assert put(app, "ada", "d", 1_000) == 204


def test_the_server_has_room_for_some_files_of_all_visits(app, keeper):
    taken = [put(app, f"visit-{number}", f"file-{number}", 900) for number in range(50)]
    assert taken == [204] * 4 + [429] * 46 and held(keeper) <= uploads.SERVER * LARGEST
    status, headers, body = ask(app, f"{ENDPOINT}/late/file", "PUT", content_length="900")
    assert (status, headers["retry-after"]) == (429, "60") and b"Try again in a minute" in body


def test_a_file_that_comes_counts_as_much_as_it_may_have(app, keeper):
    """While it comes, and if its size is not said or is nonsense: as much as the largest."""
    seen = []
    keeper.inside = lambda: seen.append((put_inside("ada", "b", 1), put_inside("bob", "c", 1)))

    def put_inside(*arguments: Any) -> int:
        keeper.inside = None
        return put(app, *arguments)

    assert put(app, "ada", "a") == 204 and seen == [(429, 204)]
    for nonsense in ("-1", "1e99", "²", "9" * 100):
        assert uploads._announced({"headers": [(b"content-length", nonsense.encode("latin-1"))]}) == LARGEST


def test_a_file_that_nobody_reads_is_freed(app, keeper, monkeypatch):
    assert put(app, "ada", "a", 1_000) == 204 and held(keeper) == 1_000
    monkeypatch.setattr(uploads, "SECONDS", 0.0)
    app.free_unread()
    assert held(keeper) == 0


def test_an_upload_that_never_ends_is_ended(app, keeper, monkeypatch):
    monkeypatch.setattr(uploads, "SECONDS", 0.05)
    keeper.slow = 30.0
    assert put(app, "ada", "a", 1_000) == 408 and not app._uploads


def test_what_is_no_upload_is_passed_on(app, keeper):
    for method, path in (("GET", "/"), ("DELETE", f"{ENDPOINT}/ada/a"), ("OPTIONS", f"{ENDPOINT}/ada/a")):
        assert ask(app, path, method)[0] == 204
    assert not app._uploads
