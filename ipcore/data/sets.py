"""Loads embedded, generated and downloaded data sets as NumPy arrays, in a fixed order that mixes the classes.

Only NumPy is imported here. :mod:`ipcore.data.downloads` imports torch and torchvision when a data set needs them.
"""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ipcore.data import downloads
from ipcore.data.downloads import DataUnavailable, Progress, cache_folder
from ipcore.datasets import DATASETS, Dataset, parse_dataset

__all__ = ["Data", "DataUnavailable", "Progress", "cache_folder", "cached", "fetch", "load"]

EMBEDDED = Path(__file__).parent / "embedded" / "mnist-5k.bz2"

EXTENT = (-1.3, 1.3, -1.3, 1.3)
"""The part of the plane that holds all points of the generated sets: x0, x1, y0, y1. Charts show this part."""

POINTS = 200
"""Number of points of a generated set that charts show."""


@dataclass(frozen=True)
class Data:
    """A data set in memory. Networks receive ``(inputs - offset) * scale``.

    Training examples and test examples are each in a fixed order that mixes the classes: any consecutive examples
    contain the classes in proportion, so that the first n test examples are a representative sample.

    Args:
        name: a key of :data:`ipcore.datasets.DATASETS`.
        train_inputs: shape (examples, features); images as uint8 grey levels, points as float32.
        train_labels: classes from 0, shape (examples,), int64.
        test_inputs: like ``train_inputs``.
        test_labels: like ``train_labels``.
        offset: the stored value that networks receive as 0.
        scale: the factor by which networks receive stored values, after the offset is subtracted.
        extent: the part of the plane that charts show, [x0, x1, y0, y1]; None unless data are two-dimensional.
    """

    name: str
    train_inputs: np.ndarray
    train_labels: np.ndarray
    test_inputs: np.ndarray
    test_labels: np.ndarray
    offset: float = 0.0
    scale: float = 1.0
    extent: tuple[float, float, float, float] | None = None

    def first(self, count: int) -> Data:
        """These data with only the first training examples, which contain the classes in proportion.

        Args:
            count: the number of training examples; 0, or as many as there are, for all.
        """
        if not 0 < count < len(self.train_labels):
            return self
        return replace(self, train_inputs=self.train_inputs[:count], train_labels=self.train_labels[:count])

    def points(self) -> list[list[float]]:
        """The first training examples as [x, y, class], for charts; empty unless data are two-dimensional."""
        if self.extent is None:
            return []
        return [
            [round(float(x), 3), round(float(y), 3), int(label)]
            for (x, y), label in zip(self.train_inputs[:POINTS], self.train_labels[:POINTS], strict=True)
        ]


def load(name: str, progress: Progress | None = None, train_examples: int = 0) -> Data:
    """Loads a data set. If it must be downloaded and is not in the cache, it is downloaded first.

    Args:
        name: a key of :data:`ipcore.datasets.DATASETS`.
        progress: called during a download with the current action in words, the bytes done, and the bytes in all if
            known. If it raises an error, the download ends and leaves nothing behind.
        train_examples: the number of training examples, the first ones; 0 for all. No memory is held for the others.

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
        parts = _mixed(*train, 0, train_examples or None), _mixed(*test, 1)
        offset, scale = SCALING[name]
    (train_inputs, train_labels), (test_inputs, test_labels) = parts
    extent = EXTENT if known.kind == "generated" else None
    data = Data(name, train_inputs, train_labels, test_inputs, test_labels, offset, scale, extent)
    return data.first(train_examples)


def fetch(name: str, progress: Progress | None = None) -> None:
    """Downloads a data set into the cache, so that it can be loaded offline. The other kinds need no download.

    Raises:
        ValueError: if there is no such data set.
        DataUnavailable: if it is not in the cache and could not be downloaded.
    """
    if DATASETS[parse_dataset(name)].kind == "download":
        downloads.read(name, progress)


def cached(name: str) -> bool:
    """Whether a data set can be loaded without a network."""
    return DATASETS[parse_dataset(name)].kind != "download" or downloads.folder(name).is_dir()


SCALING = {
    "mnist": (0.0, 1 / 255),
    "fashion-mnist": (0.0, 1 / 255),
    "cifar10": (120.7, 1 / 64.15),
}
"""Offset and scale of the images. Most pixels of drawings on a black background are 0, so they are scaled to [0, 1] as
usual. The mean grey level of photographs is far from 0, so that every neuron of the first layer would receive the same
large signal for any image. Therefore CIFAR-10 is shifted to mean 0 and scaled to variance 1, by the mean and the
standard deviation of all its training pixels. All three colours have the same offset and scale, which keeps their
balance."""


def class_mixed(labels: np.ndarray, seed: int) -> np.ndarray:
    """An order of examples in which any consecutive examples contain the classes in proportion.

    For a class of n examples the whole is divided into n equal parts, and each part gets one of them at a random place.
    So with c classes of equal size, each block of c examples has one example of each class.

    Args:
        labels: classes, shape (examples,).
        seed: seed of the order. It is used by RandomState, because NumPy guarantees its stream for all versions, which
            it does not for its newer generators.

    Returns:
        The indices of the examples in their new order, shape (examples,).
    """
    random = np.random.RandomState(seed)
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + random.uniform(size=len(members))) / len(members)
    return np.argsort(place, kind="stable")


def _mixed(
    inputs: np.ndarray, labels: np.ndarray, seed: int, count: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The first ``count`` examples in the order of :func:`class_mixed`, or all, as copies."""
    order = class_mixed(labels, seed)[:count]
    return inputs[order], labels[order].astype(np.int64)


Part = tuple[np.ndarray, np.ndarray]
"""Inputs and labels of the training examples or of the test examples."""


def _embedded(known: Dataset) -> tuple[Part, Part]:
    """Reads mnist-5k from its file (see ipcore/data/embedded/README.md): 400 training and 100 test examples a digit."""
    packed = EMBEDDED.read_bytes()
    expected = EMBEDDED.with_suffix(".sha256").read_text().split()[0]
    found = hashlib.sha256(packed).hexdigest()
    if found != expected:
        raise RuntimeError(f"{EMBEDDED} is damaged: its SHA-256 is {found}, not {expected}; install ipcore again")
    values = np.frombuffer(bz2.decompress(packed), np.uint8)
    count = known.train + known.test
    inputs, labels = _mixed(values[count:].reshape(count, known.features), values[:count], seed=0)
    # All ten classes have the same size, so both parts have them in equal numbers if the cut is at a multiple of ten.
    return (inputs[: known.train], labels[: known.train]), (inputs[known.train :], labels[known.train :])


def _generated(name: str, known: Dataset) -> tuple[Part, Part]:
    return _draw(SHAPES[name], known.train, 0), _draw(SHAPES[name], known.test, 1)


Shape = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, float]]
"""A function that places points of the two classes in the plane; see :func:`spirals`."""


def _draw(shape: Shape, count: int, seed: int) -> Part:
    """Draws points on a shape with noise, equally many of both classes, in an order that mixes the classes."""
    random = np.random.RandomState(seed)
    labels = np.arange(count) % 2
    x, y, noise = shape(random.uniform(size=count), labels)
    points = np.stack([x, y], axis=1) + noise * random.standard_normal((count, 2))
    return _mixed(np.clip(points, EXTENT[0], EXTENT[1]).astype(np.float32), labels, seed)


def spirals(along: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two spirals of one and a quarter turns. The second is the first, rotated by 180 degrees.

    Args:
        along: positions along the curve, from 0 to 1, shape (examples,).
        label: classes, 0 or 1, shape (examples,).

    Returns:
        x and y without noise, each of shape (examples,), and the standard deviation of the noise.
    """
    radius = np.sqrt(0.01 + 0.99 * along)  # the root spaces points evenly along the curve
    angle = 2 * np.pi * 1.25 * radius + np.pi * label
    return radius * np.cos(angle), radius * np.sin(angle), 0.03


def moons(along: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two interlocking half circles, stretched to fill the square; arguments and result as of :func:`spirals`."""
    angle, side = np.pi * along, 1 - 2 * label
    return side * (2 * np.cos(angle) - 1) / 3, side * (4 * np.sin(angle) - 1) / 3, 0.07


def circles(along: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """A circle within a circle; arguments and result as of :func:`spirals`."""
    radius, angle = np.where(label == 1, 0.45, 0.9), 2 * np.pi * along
    return radius * np.cos(angle), radius * np.sin(angle), 0.08


SHAPES = {"spirals": spirals, "moons": moons, "circles": circles}
