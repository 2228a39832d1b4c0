"""Data sets: embedded, generated or downloaded, each as compact NumPy arrays in a fixed, class-mixed order.

Only NumPy is imported here; torch and torchvision are, in :mod:`ipcore.data.downloads`, when a data set needs them.
"""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ipcore.data import downloads
from ipcore.data.downloads import DataUnavailable, Progress, cache_folder
from ipcore.datasets import DATASETS, Dataset, parse_dataset

__all__ = ["Data", "DataUnavailable", "Progress", "cache_folder", "cached", "fetch", "load"]

EMBEDDED = Path(__file__).parent / "embedded" / "mnist-5k.bz2"

EXTENT = (-1.3, 1.3, -1.3, 1.3)
"""Part of the plane to show of the generated sets: x0, x1, y0, y1. Their points lie within."""

POINTS = 200
"""Points of a generated set that are drawn on its picture."""


@dataclass(frozen=True)
class Data:
    """A data set in memory; a network sees ``(inputs - offset) * scale``.

    Training and test examples are each in a fixed order that mixes the classes: every stretch holds them in
    proportion, so that the first n test examples are a fair sample.

    Args:
        name: a key of :data:`ipcore.datasets.DATASETS`.
        train_inputs: shape (examples, features); images as uint8 grey levels, points as float32.
        train_labels: shape (examples,), int64 from 0.
        test_inputs: like ``train_inputs``.
        test_labels: like ``train_labels``.
        offset: stored value that a network sees as 0.
        scale: what a network sees of one stored unit.
        extent: [x0, x1, y0, y1] of the plane worth showing, of two-dimensional data.
    """

    name: str
    train_inputs: np.ndarray
    train_labels: np.ndarray
    test_inputs: np.ndarray
    test_labels: np.ndarray
    offset: float = 0.0
    scale: float = 1.0
    extent: tuple[float, float, float, float] | None = None

    def points(self) -> list[list[float]]:
        """The first training examples as [x, y, class], for a picture; none unless data are two-dimensional."""
        if self.extent is None:
            return []
        return [
            [round(float(x), 3), round(float(y), 3), int(label)]
            for (x, y), label in zip(self.train_inputs[:POINTS], self.train_labels[:POINTS], strict=True)
        ]


def load(name: str, progress: Progress | None = None) -> Data:
    """A data set, downloaded first if it is of that kind and not in the cache.

    Args:
        name: a key of :data:`ipcore.datasets.DATASETS`.
        progress: called during a download with what is done (in words), bytes done, and bytes in all if known.
            What it raises breaks the download off, which leaves no trace.

    Raises:
        ValueError: if there is no such data set.
        DataUnavailable: if it is not in the cache and could not be downloaded.
    """
    known = DATASETS[parse_dataset(name)]
    if known.kind == "embedded":
        parts, offset, scale = _embedded(known), 0.0, 1 / 255
    elif known.kind == "generated":
        parts, offset, scale = _generated(name, known), 0.0, 1.0
    else:
        train, test = downloads.read(name, progress)
        parts = _mixed(*train, 0), _mixed(*test, 1)
        offset, scale = SCALING[name]
    (train_inputs, train_labels), (test_inputs, test_labels) = parts
    extent = EXTENT if known.kind == "generated" else None
    return Data(name, train_inputs, train_labels, test_inputs, test_labels, offset, scale, extent)


def fetch(name: str, progress: Progress | None = None) -> None:
    """Brings a data set into the cache, so that it loads offline; the others need no fetching.

    Raises:
        ValueError: if there is no such data set.
        DataUnavailable: if it is not in the cache and could not be downloaded.
    """
    if DATASETS[parse_dataset(name)].kind == "download":
        downloads.read(name, progress)


def cached(name: str) -> bool:
    """Whether a data set loads without the network."""
    return DATASETS[parse_dataset(name)].kind != "download" or downloads.folder(name).is_dir()


SCALING = {
    "mnist": (0.0, 1 / 255),
    "fashion-mnist": (0.0, 1 / 255),
    "cifar10": (120.7, 1 / 64.15),
}
"""Offset and scale of the images. Drawings on black have most pixels at 0 already: [0, 1] is the usual choice.
Photographs do not: their grey level is far from 0 on average, so that every neuron of the first layer would receive
the same large signal for any image. CIFAR-10 is shifted to mean 0 and scaled to variance 1, by the mean and the
standard deviation of all its training pixels. One pair for all three colours keeps their balance."""


def class_mixed(labels: np.ndarray, seed: int) -> np.ndarray:
    """An order of examples in which every stretch holds the classes in proportion.

    The k-th of the n examples of a class, in random order, goes to a random place in the k-th n-th of the whole.
    With c classes of equal size, each block of c holds one of each.

    Args:
        labels: shape (examples,).
        seed: of the order. NumPy keeps the stream of RandomState frozen, that of its newer generators not.

    Returns:
        Indices, shape (examples,).
    """
    random = np.random.RandomState(seed)
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + random.uniform(size=len(members))) / len(members)
    return np.argsort(place, kind="stable")


def _mixed(inputs: np.ndarray, labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    order = class_mixed(labels, seed)
    return inputs[order], labels[order].astype(np.int64)


Part = tuple[np.ndarray, np.ndarray]
"""Inputs and labels."""


def _embedded(known: Dataset) -> tuple[Part, Part]:
    """mnist-5k from its file (see ipcore/data/embedded/README.md): 400 of each digit to train on, 100 to test on."""
    packed = EMBEDDED.read_bytes()
    expected = EMBEDDED.with_suffix(".sha256").read_text().split()[0]
    found = hashlib.sha256(packed).hexdigest()
    if found != expected:
        raise RuntimeError(f"{EMBEDDED} is damaged: its SHA-256 is {found}, not {expected}; install ipcore again")
    values = np.frombuffer(bz2.decompress(packed), np.uint8)
    count = known.train + known.test
    inputs, labels = _mixed(values[count:].reshape(count, known.features), values[:count], seed=0)
    # The classes are of one size, so any cut at a multiple of ten leaves as many of each on either side.
    return (inputs[: known.train], labels[: known.train]), (inputs[known.train :], labels[known.train :])


def _generated(name: str, known: Dataset) -> tuple[Part, Part]:
    return _draw(SHAPES[name], known.train, 0), _draw(SHAPES[name], known.test, 1)


Shape = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, float]]
"""Where points lie; see :func:`spirals`."""


def _draw(shape: Shape, count: int, seed: int) -> Part:
    """Points on a shape with noise, the two classes in equal numbers and by turns at random."""
    random = np.random.RandomState(seed)
    labels = np.arange(count) % 2
    x, y, noise = shape(random.uniform(size=count), labels)
    points = np.stack([x, y], axis=1) + noise * random.standard_normal((count, 2))
    return _mixed(np.clip(points, EXTENT[0], EXTENT[1]).astype(np.float32), labels, seed)


def spirals(along: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two spirals of one and a quarter turns, one the other turned by 180 degrees.

    Args:
        along: where on the curve, from 0 to 1, shape (examples,).
        label: 0 or 1, shape (examples,).

    Returns:
        x and y without noise, shape (examples,), and the standard deviation of the noise.
    """
    radius = np.sqrt(0.01 + 0.99 * along)  # the root spaces points evenly along the curve
    angle = 2 * np.pi * 1.25 * radius + np.pi * label
    return radius * np.cos(angle), radius * np.sin(angle), 0.03


def moons(along: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two half circles that reach into each other, stretched to fill the square. As :func:`spirals`."""
    angle, side = np.pi * along, 1 - 2 * label
    return side * (2 * np.cos(angle) - 1) / 3, side * (4 * np.sin(angle) - 1) / 3, 0.07


def circles(along: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """A circle within a circle. As :func:`spirals`."""
    radius, angle = np.where(label == 1, 0.45, 0.9), 2 * np.pi * along
    return radius * np.cos(angle), radius * np.sin(angle), 0.08


SHAPES = {"spirals": spirals, "moons": moons, "circles": circles}
