"""Batch norm whose mean and variance are constants to backprop: ``y = tanh(gamma (x - mean) / sd + beta)``.

Forward it is batch norm, and its running statistics and its evaluation are those of batch norm. Backward, the gradient
passes the normalisation as if mean and variance did not depend on the weights:
``dL/dx = gamma / sqrt(variance + epsilon) * dL/du``. It shows what the gradient through the statistics of the minibatch
is for.

Source:
    This project's own control; otherwise as batch norm.
"""

from __future__ import annotations

from ipcore.methods.batch_norm import STANDARDISED, update
from ipcore.methods.record import Method
from ipcore.methods.registry import register

CONSTANT_BATCH_NORM = register(
    Method(
        name="constant-batch-norm",
        label="constant batch norm",
        description="As batch norm, but the mean and the variance of the minibatch are constants to backprop.",
        update=update,
        needs=frozenset({"x"}),
        backprop=("gamma", "beta"),
        least_batch=2,
        least_batch_reason="one example has no variance to normalise by",
        rest=STANDARDISED,
        spread=1.0,
        control=True,
        formula=(
            r"\mathrm{gain}=\gamma/\sqrt{\mathrm{var}+10^{-5}}",
            r"\mathrm{bias}=\beta-\mathrm{gain}\cdot\mathrm{mean}",
        ),
        remarks="Constant batch norm computes what batch norm computes; only the gradient through mean and variance is "
        "left out. One neuron by itself has no error, so there the two are the same.",
        source="a control of this project; Ioffe & Szegedy 2015",
        color=("#0000e4", "#b4fffc"),
        dash="16px,6px",
        symbol="hourglass",
        place=6,
    )
)
