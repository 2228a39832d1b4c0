"""Minibatches of training examples, in a random order of its own for each seed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ipcore.data.sets import Data
from ipcore.networks.compiling import load_compiled, use_compiled
from ipcore.networks.device import on_device

HELD_AS_FLOATS = 256 * 2**20
"""If scaled training inputs take no more bytes than this, all are scaled at once, and not minibatch by minibatch."""


class Minibatches:
    """Draws minibatches of training examples in random order. Each seed has an order of its own.

    In one epoch no example is used twice; those that do not fill a minibatch at its end are left out.

    Args:
        data: the data set.
        batch: number of examples in a minibatch.
        seeds: one seed for each replica.
    """

    def __init__(self, data: Data, batch: int, seeds: list[int]) -> None:
        self._inputs = on_device(torch.from_numpy(data.train_inputs))
        self._labels = on_device(torch.from_numpy(data.train_labels))
        self._data = data
        # Not the generators of the weights, so that the order does not depend on the size of the network.
        self._generators = [torch.Generator().manual_seed(2**32 + seed) for seed in seeds]
        self._batch, self._position = batch, math.inf
        self._order = torch.empty(0)
        self._prepare(len(seeds))

    @property
    def examples(self) -> tuple[Data, Tensor, Tensor]:
        """The data set with its training inputs and labels as tensors, none of which ever changes."""
        return self._data, self._inputs, self._labels

    def next(self) -> tuple[Tensor, Tensor]:
        """The next minibatch of each seed: inputs, shape (R, B, features), and labels, shape (R, B).

        The inputs stay as they are only until the minibatch after it is drawn.
        """
        count = len(self._labels)
        if self._position + self._batch > count:
            orders = [torch.randperm(count, generator=each, device="cpu") for each in self._generators]
            self._order = on_device(torch.stack(orders))
            self._position = 0
        chosen = self._order[:, self._position : self._position + self._batch]
        self._position += self._batch
        return self._take(chosen)

    def _prepare(self, replicas: int) -> None:
        """Makes ready what :meth:`_take` needs."""
        self._raw = 4 * self._inputs.numel() > HELD_AS_FLOATS
        if not self._raw:
            self._inputs = scaled_inputs(self._inputs, self._data)
        self._chosen = torch.empty(replicas, self._batch, self._inputs.shape[1], dtype=self._inputs.dtype)

    def _take(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and labels of some examples, given by their numbers, shape (R, B)."""
        flat = chosen.reshape(-1)
        torch.index_select(self._inputs, 0, flat, out=self._chosen.view(len(flat), -1))
        inputs = scaled_inputs(self._chosen, self._data) if self._raw else self._chosen
        return inputs, self._labels.index_select(0, flat).view_as(chosen)


def scaled_inputs(stored: Tensor, data: Data) -> Tensor:
    """Inputs as the networks receive them: ``(stored - offset) * scale``, as float32.

    Args:
        stored: inputs as the data set stores them, any shape.
        data: the data set, for its offset and scale.
    """
    return stored.to(torch.float32, copy=True).sub_(data.offset).mul_(data.scale)


def minibatches(data: Data, batch: int, seeds: list[int]) -> Minibatches:
    """Draws minibatches, by compiled loops where they are used; see :class:`Minibatches`."""
    return (load_compiled("examples").CompiledMinibatches if use_compiled() else Minibatches)(data, batch, seeds)  # type: ignore[no-any-return]
