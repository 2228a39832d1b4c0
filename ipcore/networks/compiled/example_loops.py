"""Loops over the examples of a minibatch in single precision, compiled by Numba: what is taken, and the loss.

Loops are compiled once for a machine and then read from a file.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from ipcore.networks.compiled.neuron_loops import FUSE, ONE, ROUNDING, expm1_half, single

LOG2_E = single(1 / np.log(2))
LN_2_HIGH = single(0.693359375)
"""ln(2) to few digits, so that a whole number of them is exact; what is missing follows."""
LN_2_LOW = single(np.log(2) - 0.693359375)
SMALLEST = single(-87)
"""The exponential of anything smaller counts as 0: it is less than 2e-38."""
HALF, TWO, ZERO = single(0.5), single(2), single(0)


@numba.njit(inline="always", error_model="numpy", fastmath=FUSE)
def exp(x: Any) -> Any:
    """The exponential of a number that is not positive, with a relative error of at most 2e-7.

    With ``x = k ln(2) + 2 r`` and a whole k it is ``2^k (1 + expm1(2 r))``.
    """
    shifted = max(x, SMALLEST) * LOG2_E + ROUNDING  # k, in the lowest bits of the number
    k = shifted - ROUNDING
    r = HALF * ((x - k * LN_2_HIGH) - k * LN_2_LOW)
    bits = (single(shifted).view(np.int32) + np.int32(127)) << np.int32(23)  # 2^k as it is stored
    found = np.int32(bits).view(np.float32) * (ONE + TWO * expm1_half(r))
    return found if x >= SMALLEST else ZERO


@numba.njit(
    numba.void(numba.float32[:, :, ::1], numba.int64[:, ::1], numba.float32[::1], numba.float32[:, :, ::1]),
    cache=True, error_model="numpy", fastmath=FUSE,
)  # fmt: skip
def cross_entropy(logits: Any, labels: Any, loss: Any, error: Any) -> None:
    """``loss <- mean_b (log sum_c exp(l_c) - l_label)``, ``error <- (softmax(l) - one_hot(label)) / B``.

    The loss of a replica is NaN if one of its logits is not finite.
    """
    replicas, classes, batch = logits.shape
    largest, total = np.empty(batch, np.float32), np.empty(batch, np.float32)
    for replica in range(replicas):
        largest[:] = logits[replica, 0]
        for each in range(1, classes):
            for b in range(batch):
                largest[b] = max(largest[b], logits[replica, each, b])
        total[:] = ZERO
        for each in range(classes):
            for b in range(batch):
                below = logits[replica, each, b] - largest[b]
                part = exp(below) + (below - below)  # NaN where it is infinite or NaN
                error[replica, each, b] = part
                total[b] += part
        losses = 0.0
        for b in range(batch):
            losses += np.log(total[b]) - (logits[replica, labels[replica, b], b] - largest[b])
            total[b] = ONE / (total[b] * single(batch))
        loss[replica] = losses / batch
        for each in range(classes):
            for b in range(batch):
                error[replica, each, b] *= total[b]
        for b in range(batch):
            error[replica, labels[replica, b], b] -= ONE / single(batch)


def _take(stored: Any, labels: Any, chosen: Any, offset: Any, scale: Any, inputs: Any, wanted: Any) -> None:
    replicas, batch, features = inputs.shape
    for replica in range(replicas):
        for b in range(batch):
            example = chosen[replica, b]
            wanted[replica, b] = labels[example]
            for feature in range(features):
                inputs[replica, b, feature] = (single(stored[example, feature]) - offset) * scale


take = numba.njit(
    [
        numba.void(
            kind[:, ::1], numba.int64[::1], numba.int64[:, :], numba.float32, numba.float32, numba.float32[:, :, ::1],
            numba.int64[:, ::1],
        )
        for kind in (numba.uint8, numba.float32)
    ],
    cache=True, error_model="numpy",
)(_take)  # fmt: skip
"""``inputs <- (stored[chosen] - offset) scale``, ``wanted <- labels[chosen]``, rounded as PyTorch rounds."""
