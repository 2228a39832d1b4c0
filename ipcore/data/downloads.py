"""Data sets of torchvision that are downloaded on first use. The cache folder never holds an incomplete one.

torchvision knows the address and the MD5 sums of each data set, and reads its files. Only the transfer is done here,
because it reports progress and has time-outs: it puts each archive where torchvision looks for it before it would
download it itself, and torchvision then verifies and unpacks it. All this happens in a temporary folder, which is
renamed to its final name after the whole data set has been read from it.
"""

from __future__ import annotations

import http.client
import os
import queue
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.data.torchvision_import import datasets
from ipcore.datasets import DATASETS

if TYPE_CHECKING:
    from http.client import HTTPResponse

FOLDER_VARIABLE = "IPCORE_DATA_DIR"
"""Folder for downloaded data sets. Default: the platform's folder for caches, on Linux ``~/.cache/ipcore``."""

CLASSES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}
"""Our name of each data set -> its class in torchvision.datasets."""

ANSWER_SECONDS = 4.0
"""Seconds within which a server must begin to answer. If none does, this machine is taken to be offline."""
STALL_SECONDS = 15.0
"""Seconds without any data after which a download fails."""
CHUNK = 1 << 16
"""Number of bytes that are read at a time."""
REPORT_SECONDS = 0.1
"""Least time between two reports of progress, in seconds."""

Progress = Callable[[str, int, int | None], None]
"""A function that is called with the current action in words, the bytes done, and the bytes in all (None: unknown)."""

Arrays = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Training examples and test examples, each as inputs, uint8 of shape (examples, features), and labels."""


class DataUnavailable(RuntimeError):
    """A data set is not in the cache and could not be downloaded. A visitor sees the message."""


def cache_folder() -> Path:
    """The folder that holds downloaded data sets: ``IPCORE_DATA_DIR``, or the platform's folder for caches."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("ipcore", appauthor=False)


def folder(name: str) -> Path:
    """The folder of a data set. If it exists, the data set in it is complete."""
    return cache_folder() / name


def read(name: str, progress: Progress | None = None) -> Arrays:
    """A data set from the cache, after a download if it is not there or is damaged.

    Args:
        name: a key of :data:`CLASSES`.
        progress: see :data:`Progress`.

    Raises:
        DataUnavailable: if it is not in the cache and could not be downloaded.
    """
    report = progress or (lambda what, done, total: None)
    if arrays := _cached(name):
        return arrays
    try:
        folder(name).parent.mkdir(parents=True, exist_ok=True)
        with _alone(name, report):
            # Another process may have downloaded it while this one waited.
            return _cached(name) or _download(name, report)
    except (OSError, http.client.HTTPException, _Unusable) as error:
        lacking = "is damaged in the cache" if folder(name).exists() else "is not in the cache"
        raise DataUnavailable(
            f"{name} {lacking} ({folder(name)}) and could not be downloaded: {error}. "
            f"Run `python -m ipcore data fetch {name}` while online, or pick mnist-5k, which needs no download."
        ) from error


class _Unusable(Exception):
    """The downloaded files are not the data set, or no server could be reached."""


@contextmanager
def _alone(name: str, report: Progress) -> Iterator[None]:
    """Keeps other processes from downloading the same data set. If this process dies, the system releases the lock."""
    from filelock import FileLock, Timeout

    lock = FileLock(cache_folder() / f".{name}.lock")
    while True:
        try:
            lock.acquire(timeout=0.2, poll_interval=0.05)
            break
        except Timeout:
            report(f"Waiting for another download of {DATASETS[name].label}", 0, None)
    try:
        yield
    finally:
        lock.release()


def _download(name: str, report: Progress) -> Arrays:
    """Downloads a data set into the cache, while no other process does. If this fails, the cache is not changed."""
    part = cache_folder() / f".{name}.part"
    shutil.rmtree(part, ignore_errors=True)  # left behind by a download that was killed
    try:
        part.mkdir()
        archives = _archives(name)
        label = DATASETS[name].label
        for number, (path, urls, md5) in enumerate(archives, 1):
            of = f", file {number} of {len(archives)}" if len(archives) > 1 else ""
            archive = part / path
            archive.parent.mkdir(parents=True, exist_ok=True)
            _retrieve_any(urls, archive, md5, partial(report, f"Downloading {label}{of}"))
        report(f"Unpacking {label}", 0, None)
        try:
            arrays = _parse(part, name, unpack=True)
        except (ValueError, RuntimeError) as error:
            raise _Unusable(f"what came could not be read: {error}") from error
        for path, _, _ in archives:
            (part / path).unlink()  # it has been unpacked and is not needed any more
        target = folder(name)
        shutil.rmtree(target, ignore_errors=True)  # if it exists it is damaged, or nothing would have been downloaded
        os.replace(part, target)
        return arrays
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _archives(name: str) -> list[tuple[Path, list[str], str]]:
    """The files of a data set, each as its path below torchvision's root, its addresses and its MD5 sum."""
    source: Any = getattr(datasets(), CLASSES[name])
    if name == "cifar10":
        return [(Path(source.filename), [source.url], source.tgz_md5)]
    return [
        (Path(source.__name__, "raw", file), [mirror + file for mirror in source.mirrors], md5)
        for file, md5 in source.resources
    ]


def _cached(name: str) -> Arrays | None:
    """A data set from the cache, or None if it is not there or is damaged."""
    if not folder(name).is_dir():
        return None
    try:
        return _parse(folder(name), name)
    except MemoryError:
        raise
    except Exception:  # torchvision raises many kinds of errors for damaged files
        return None


def _parse(root: Path, name: str, unpack: bool = False) -> Arrays:
    """Reads a data set with torchvision.

    Args:
        root: the folder of the data set.
        name: its name.
        unpack: whether to verify and unpack its archives first.

    Raises:
        ValueError: if it does not have the expected examples.
        Exception: whatever torchvision raises for damaged files.
    """
    source: Any = getattr(datasets(), CLASSES[name])
    known, parts = DATASETS[name], []
    for train, count in ((True, known.train), (False, known.test)):
        stored = source(root, train=train, download=unpack)
        images, labels = np.asarray(stored.data), np.asarray(stored.targets)
        if images.ndim == 4:
            images = images.transpose(0, 3, 1, 2)  # one plane for each colour, as in the file, so nothing is copied
        if images.size != count * known.features or labels.shape != (count,):
            raise ValueError(f"{images.shape} numbers with {labels.shape} labels are not {count} examples")
        if labels.min() < 0 or labels.max() >= known.classes:
            raise ValueError(f"labels from {labels.min()} to {labels.max()} are not those of {known.classes} classes")
        parts.append((images.reshape(count, known.features), labels))
    return parts[0], parts[1]


def _retrieve_any(urls: list[str], path: Path, md5: str, report: Callable[[int, int | None], None]) -> None:
    """Downloads a file from the first of several addresses that provides it.

    Raises:
        _Unusable: if none does.
    """
    from torchvision.datasets.utils import check_integrity

    failures = []
    for url in urls:
        try:
            _retrieve(url, path, report)
            if check_integrity(path, md5):
                return
            failures.append(f"{url}: the file is not the one expected (its MD5 sum differs)")
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{url}: {error or type(error).__name__}")
    raise _Unusable("; ".join(failures))


def _retrieve(url: str, path: Path, report: Callable[[int, int | None], None]) -> None:
    """Downloads a file.

    Raises:
        OSError, HTTPException: if that fails.
    """
    with _open(url) as response, open(path, "wb") as file:
        total, done, reported = response.length, 0, -REPORT_SECONDS
        while chunk := response.read1(CHUNK):
            file.write(chunk)
            done += len(chunk)
            if time.monotonic() - reported >= REPORT_SECONDS or done == total:
                reported = time.monotonic()
                report(done, total)
        if total is not None and done != total:
            raise ConnectionError(f"the connection closed after {done:,} of {total:,} bytes")


def _open(url: str) -> HTTPResponse:
    """Requests a file and returns the response.

    The request is made in a thread, so that this can stop waiting after ANSWER_SECONDS. A time-out of the socket would
    not do: it does not apply to looking up the name of the host, and it begins again for each address of the host.

    Raises:
        TimeoutError: if the server does not begin to answer within ANSWER_SECONDS.
        OSError, HTTPException: if the request fails.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    request = urllib.request.Request(url, headers={"User-Agent": "ipcore"})

    def ask() -> None:
        try:
            answers.put(urllib.request.urlopen(request, timeout=STALL_SECONDS))
        except BaseException as error:
            answers.put(error)

    threading.Thread(target=ask, name="download", daemon=True).start()
    try:
        answer = answers.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        raise TimeoutError(f"no answer within {ANSWER_SECONDS:g} s") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer
