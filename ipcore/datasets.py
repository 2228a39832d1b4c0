"""The catalogue of data sets: what is known about each before it is loaded. :mod:`ipcore.data` loads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipcore.messages import shorten


@dataclass(frozen=True)
class Dataset:
    """What is known about a data set before it is loaded.

    Args:
        label: its name in words.
        features: number of inputs per example.
        classes: number of classes.
        train: number of training examples.
        test: number of test examples.
        kind: where it comes from: ``"embedded"`` (it ships with the program), ``"generated"`` (two-dimensional points,
            computed when needed) or ``"download"`` (on first use).
        second_moment: mean square of the inputs as a network receives them, accurate to about 2 %. The theory of depth
            uses it for the first layer.
        noun: what its examples are called, in the plural.
    """

    label: str
    features: int
    classes: int
    train: int
    test: int
    kind: str
    second_moment: float
    noun: str = "examples"

    @property
    def chance(self) -> float:
        """The expected accuracy of guessing, if classes are equally frequent."""
        return 1 / self.classes


DATASETS: dict[str, Dataset] = {
    "mnist-5k": Dataset("MNIST, 5,000 digits", 784, 10, 4_000, 1_000, "embedded", 0.113, "digits"),
    "spirals": Dataset("Two spirals", 2, 2, 2_000, 500, "generated", 0.255, "points"),
    "moons": Dataset("Two moons", 2, 2, 2_000, 500, "generated", 0.386, "points"),
    "circles": Dataset("Two circles", 2, 2, 2_000, 500, "generated", 0.26, "points"),
    "mnist": Dataset("MNIST, all 70,000", 784, 10, 60_000, 10_000, "download", 0.112, "digits"),
    "fashion-mnist": Dataset("Fashion-MNIST", 784, 10, 60_000, 10_000, "download", 0.206, "images"),
    "cifar10": Dataset("CIFAR-10", 3_072, 10, 50_000, 10_000, "download", 1.0, "images"),
}


def parse_dataset(value: Any) -> str:
    """Validates the name of a data set and returns it.

    Raises:
        ValueError: if there is no such data set; the message lists those that there are.
    """
    if not isinstance(value, str) or value not in DATASETS:
        raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, not {shorten(value)}")
    return value
