"""The loss of a classification, and its gradient."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ipcore.networks.compiling import load_compiled, use_compiled

Loss = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Gives loss and gradient of logits and labels, as :func:`cross_entropy` does."""


def loss_function() -> Loss:
    """:func:`cross_entropy`, as a compiled loop where such loops are used."""
    return load_compiled("examples").cross_entropy if use_compiled() else cross_entropy  # type: ignore[no-any-return]


def cross_entropy(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The mean cross-entropy of each replica, and its gradient with respect to the logits.

    ``dL/dlogits = (softmax(logits) - one_hot(labels)) / B``

    Args:
        logits: shape (R, classes, B).
        labels: classes, shape (R, B).

    Returns:
        Loss, shape (R,), and gradient, shape (R, classes, B).
    """
    log_share = torch.log_softmax(logits, 1)
    wanted = labels.unsqueeze(1)
    loss = -log_share.gather(1, wanted).mean((1, 2))
    error = log_share.exp_()
    error.scatter_(1, wanted, -1.0, reduce="add")
    return loss, error.div_(labels.shape[-1])
