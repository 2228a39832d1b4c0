"""Plain neurons: gain 1, and a bias that backprop learns, ``y = tanh(x + bias)``."""

from ipcore.methods.record import Method
from ipcore.methods.registry import register

PLAIN = register(
    Method(
        name="plain",
        label="plain",
        description="Gain 1, and a bias that the network learns from its error.",
        needs=frozenset(),
        backprop=("bias",),
        formula=(r"\mathrm{gain}=1",),
        remarks="Without a network there is no error, so the bias of one neuron stays 0.",
        color=("#b55b0d", "#e49d22"),
        dash="3px,3px",
        symbol="circle",
        place=0,
    )
)
