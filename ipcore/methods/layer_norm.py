"""Layer norm: every example is normalised by itself, over the units of a layer.

``y_n = tanh(gamma_n (x_n - mean) / sqrt(variance + epsilon) + beta_n)``, where mean and (biased) variance are those of
the pre-activations of one example over all units n of the layer. Backprop goes through them and learns gamma and beta.
Nothing depends on the minibatch, so its size may be 1, and evaluation computes what training does.

A neuron has no gain of its own: it differs from example to example. What charts show as its gain and bias are means
over the minibatch.

Source:
    Ba, Kiros & Hinton (2016), as in torch.nn.LayerNorm.
"""

from __future__ import annotations

from ipcore.methods.record import Method
from ipcore.methods.registry import register

LAYER_NORM_EPSILON = 1e-5
"""Added to the variance before its square root is taken, as in torch.nn.LayerNorm."""

LAYER_NORM = register(
    Method(
        name="layer-norm",
        label="layer norm",
        description="Both from the mean and the variance over the units of a layer, for each example by itself, times "
        "a $\\gamma$ and plus a $\\beta$ that the network learns from its error.",
        needs=frozenset(),
        backprop=("gamma", "beta"),
        rest=None,
        spread=1.0,
        over_units=True,
        single_neuron_reason="it normalises over the units of a layer, and one neuron by itself is no layer",
        control=True,
        formula=(
            r"\mathrm{gain}=\gamma/\sqrt{\mathrm{var}_\mathrm{units}+10^{-5}}",
            r"\mathrm{bias}=\beta-\mathrm{gain}\cdot\mathrm{mean}_\mathrm{units}",
        ),
        remarks="Layer norm computes the same in training and in evaluation. Its gain and bias differ from example to "
        "example; charts show their means over the minibatch.",
        source="Ba, Kiros & Hinton 2016",
        color=("#003000", "#c3fc00"),
        dash="1px,4px",
        symbol="star-diamond",
        place=7,
    )
)
