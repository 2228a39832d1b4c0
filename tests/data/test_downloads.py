"""The download code, with torchvision's own classes, against a server on this machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import socket
import struct
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from serving import ROOT

from ipcore.data import downloads
from ipcore.data import sets as data
from ipcore.data.torchvision_import import datasets
from ipcore.datasets import DATASETS


class Site:
    """A web server on this machine that gives files, or fails in a chosen way."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, str] = {}
        self.asked: list[str] = []
        self.halfway, self.go_on = threading.Event(), threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        folder, _, name = request.path.rpartition("/")
        body, fault = self.files[name], "missing" if folder else self.faults.get(name)
        if fault == "missing":
            return request.send_error(404)
        if fault == "silent":
            self.go_on.wait(30)
        if fault == "wrong bytes":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "truncated":
            body = body[: len(body) // 2]
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if fault in ("dropped", "stalled", "paused"):
            request.wfile.write(body[: len(body) // 2])
            self.halfway.set()
            if fault == "dropped":
                return None
            self.go_on.wait(30)
            body = body[len(body) // 2 :]
        with suppress(ConnectionError):  # the other side has given up, as some tests want
            request.wfile.write(body)
        return None

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in the format of MNIST's files, compressed."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), 1)


def images(count: int, features: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    return random.randint(0, 256, (count, features), np.uint8), np.arange(count) % 10


TRAIN, TEST = images(300, 784, 1), images(100, 784, 2)
COLOUR_TRAIN, COLOUR_TEST = images(50, 3_072, 3), images(20, 3_072, 4)


def mnist_files() -> dict[str, bytes]:
    return {
        f"{part}-{what}-ubyte.gz": idx(array)
        for part, (pixels, labels) in (("train", TRAIN), ("t10k", TEST))
        for what, array in (("images-idx3", pixels.reshape(-1, 28, 28)), ("labels-idx1", labels.astype(np.uint8)))
    }


def cifar_batches() -> dict[str, bytes]:
    parts = {f"data_batch_{n + 1}": tuple(a[10 * n : 10 * n + 10] for a in COLOUR_TRAIN) for n in range(5)}
    batches = {
        name: pickle.dumps({"data": pixels, "labels": labels.tolist()})
        for name, (pixels, labels) in {**parts, "test_batch": COLOUR_TEST}.items()
    }
    return {**batches, "batches.meta": pickle.dumps({"label_names": [str(n) for n in range(10)]})}


def tar(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder that does not exist yet."""
    monkeypatch.setenv("IPCORE_DATA_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture
def site(cache, monkeypatch):
    """A server with small data sets in the real formats, which torchvision's classes take for their own."""
    site, source = Site(), datasets()
    site.files = mnist_files()
    batches = cifar_batches()
    site.files["cifar-10-python.tar.gz"] = tar(batches)
    sums = [(name, md5(site.files[name])) for name, _ in source.MNIST.resources]
    for kind in (source.MNIST, source.FashionMNIST):
        monkeypatch.setattr(kind, "mirrors", [site.url])
        monkeypatch.setattr(kind, "resources", sums)
    monkeypatch.setattr(source.CIFAR10, "url", f"{site.url}cifar-10-python.tar.gz")
    monkeypatch.setattr(source.CIFAR10, "tgz_md5", md5(site.files["cifar-10-python.tar.gz"]))
    for part in ("train_list", "test_list"):
        named = [[name, md5(batches[name])] for name, _ in getattr(source.CIFAR10, part)]
        monkeypatch.setattr(source.CIFAR10, part, named)
    monkeypatch.setattr(source.CIFAR10, "meta", {**source.CIFAR10.meta, "md5": md5(batches["batches.meta"])})
    for name, sizes in (("mnist", (300, 100)), ("fashion-mnist", (300, 100)), ("cifar10", (50, 20))):
        monkeypatch.setitem(DATASETS, name, replace(DATASETS[name], train=sizes[0], test=sizes[1]))
    monkeypatch.setattr(downloads, "REPORT_SECONDS", 0)
    yield site
    site.close()


def left(cache: Path) -> list[str]:
    """What a cache holds beside its locks."""
    return sorted(file.name for file in cache.iterdir() if file.suffix != ".lock")


FIRST_FILE = {"mnist": "train-images-idx3-ubyte.gz", "cifar10": "cifar-10-python.tar.gz"}


@pytest.mark.parametrize(
    ("name", "train", "test", "files"),
    [("mnist", TRAIN, TEST, 4), ("fashion-mnist", TRAIN, TEST, 4), ("cifar10", COLOUR_TRAIN, COLOUR_TEST, 1)],
)
def test_a_download_reports_progress_and_is_then_at_hand_offline(site, cache, name, train, test, files):
    reports = []
    assert not data.cached(name)
    loaded = data.load(name, lambda *report: reports.append(report))
    assert data.cached(name) and left(cache) == [name] and len(site.asked) == files
    assert not list((cache / name).rglob("*.gz"))  # unpacked

    courses: dict[str, list[tuple[int, int]]] = {}
    for what, done, total in reports:
        if what.startswith("Downloading "):
            courses.setdefault(what, []).append((done, total))
    assert len(courses) == files
    for course, path in zip(courses.values(), site.asked, strict=True):
        size = len(site.files[path.strip("/")])
        assert {total for _, total in course} == {size} and course[-1][0] == size
        assert [done for done, _ in course] == sorted({done for done, _ in course})
    assert len(max(courses.values(), key=len)) > 2

    for seed, (pixels, labels), got, got_labels in (
        (0, train, loaded.train_inputs, loaded.train_labels),
        (1, test, loaded.test_inputs, loaded.test_labels),
    ):
        order = data.class_mixed(labels, seed)
        assert got.dtype == np.uint8 and np.array_equal(got, pixels[order])
        assert got_labels.dtype == np.int64 and np.array_equal(got_labels, labels[order])

    site.close()
    reports.clear()
    again = data.load(name, lambda *report: reports.append(report))
    data.fetch(name)
    assert np.array_equal(again.train_inputs, loaded.train_inputs) and not reports


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10"])
def test_a_subset_has_all_classes_and_memory_for_no_other_examples(site, name):
    whole, subset = data.load(name), data.load(name, train_examples=20)
    assert np.array_equal(subset.train_inputs, whole.train_inputs[:20])
    assert np.bincount(subset.train_labels).tolist() == [2] * 10
    assert np.array_equal(subset.test_inputs, whole.test_inputs)
    assert subset.train_inputs.base is None, "no part of a larger array, which it would keep in memory"


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
@pytest.mark.parametrize(
    ("fault", "reason", "patience"),
    [
        ("truncated", "not the one expected", {}),
        ("wrong bytes", "not the one expected", {}),
        ("missing", "HTTP Error 404", {}),
        ("dropped", r"closed after [\d,]+ of [\d,]+ bytes", {}),
        ("stalled", "timed out", {"STALL_SECONDS": 0.3}),
        ("silent", "no answer within 0.3 s", {"ANSWER_SECONDS": 0.3}),
    ],
)
def test_a_failed_download_leaves_nothing_and_the_next_one_succeeds(
    site, cache, monkeypatch, name, fault, reason, patience
):
    site.faults[FIRST_FILE[name]] = fault
    with monkeypatch.context() as impatient:
        for setting, seconds in patience.items():
            impatient.setattr(downloads, setting, seconds)
        with pytest.raises(data.DataUnavailable, match=reason) as failure:
            data.load(name)
    message = str(failure.value)
    assert message.startswith(f"{name} is not in the cache ({cache / name}) and could not be downloaded: ")
    assert f"`python -m ipcore data fetch {name}`" in message and "mnist-5k" in message
    assert left(cache) == [] and not data.cached(name)

    site.faults.clear()
    assert data.load(name).name == name and left(cache) == [name]


def test_a_fault_in_the_last_file_leaves_nothing_of_the_first_ones(site, cache):
    site.faults["t10k-labels-idx1-ubyte.gz"] = "missing"
    with pytest.raises(data.DataUnavailable):
        data.load("mnist")
    assert len(site.asked) == 4 and left(cache) == []


def test_verified_files_without_the_right_examples_are_not_kept(site, cache, monkeypatch):
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], train=299))
    with pytest.raises(data.DataUnavailable, match=r"what came could not be read: .* are not 299 examples"):
        data.load("mnist")
    assert left(cache) == []


def test_offline_says_what_is_missing_and_what_to_do(site, cache, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nothing listens there: connections are refused
        monkeypatch.setattr(datasets().CIFAR10, "url", f"http://127.0.0.1:{unused.getsockname()[1]}/x.tar.gz")
        with pytest.raises(data.DataUnavailable, match=r"not in the cache .* refused.* data fetch cifar10"):
            data.fetch("cifar10")
    assert left(cache) == []


def test_another_mirror_is_asked_when_one_fails(site, monkeypatch):
    monkeypatch.setattr(datasets().MNIST, "mirrors", [f"{site.url}gone/", site.url])
    assert data.load("mnist").train_inputs.shape == (300, 784)
    assert len(site.asked) == 8


def test_a_cache_that_cannot_be_made_is_told(site, cache):
    cache.write_text("a file where the folder should be")
    with pytest.raises(data.DataUnavailable, match=r"could not be downloaded: .*exists"):
        data.load("mnist")


def test_what_a_callback_raises_breaks_the_download_off(site, cache):
    def stop(what: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data.load("cifar10", stop)
    assert left(cache) == []


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_damaged_cache_is_fetched_anew_or_told_of(site, cache, name):
    whole = data.load(name)
    stored = max((file for file in (cache / name).rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    content = stored.read_bytes()

    stored.write_bytes(content[:-100])
    site.faults[FIRST_FILE[name]] = "missing"
    with pytest.raises(data.DataUnavailable, match=f"{name} is damaged in the cache .* data fetch {name}"):
        data.load(name)

    site.faults.clear()
    assert np.array_equal(data.load(name).train_inputs, whole.train_inputs)
    assert stored.read_bytes() == content and left(cache) == [name]


def test_two_at_once_download_once(site, cache):
    site.faults["cifar-10-python.tar.gz"] = "paused"
    waiting = threading.Event()

    def second(what: str, done: int, total: int | None) -> None:
        if what.startswith("Waiting for another download"):
            waiting.set()

    with ThreadPoolExecutor() as threads:
        first = threads.submit(data.load, "cifar10")
        assert site.halfway.wait(10)
        other = threads.submit(data.load, "cifar10", second)
        assert waiting.wait(10)
        site.go_on.set()
        assert np.array_equal(first.result(10).train_inputs, other.result(10).train_inputs)
    assert len(site.asked) == 1 and left(cache) == ["cifar10"]


def test_a_killed_download_is_cleaned_up_by_the_next(site, cache):
    site.faults["cifar-10-python.tar.gz"] = "paused"
    code = (
        "from ipcore import data; from ipcore.data.torchvision_import import datasets; "
        f"datasets().CIFAR10.url = {datasets().CIFAR10.url!r}; data.fetch('cifar10', print)"
    )
    with subprocess.Popen([sys.executable, "-uc", code], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert site.halfway.wait(60)
        assert process.stdout.readline().startswith(b"Downloading CIFAR-10")
        process.kill()
    assert left(cache) == [".cifar10.part"] and not data.cached("cifar10")
    site.faults.clear()
    data.load("cifar10")
    assert left(cache) == ["cifar10"]


def test_the_cache_is_where_the_platform_or_the_variable_says(cache, monkeypatch):
    assert data.cache_folder() == cache
    monkeypatch.delenv("IPCORE_DATA_DIR")
    assert data.cache_folder().is_absolute() and "ipcore" in data.cache_folder().parts
