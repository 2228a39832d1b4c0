"""How the hidden neurons of a network get gain and bias: by backprop, statistics of a minibatch, or a local rule.

In every method a pre-activation ``x`` (weights times the outputs of the layer below) becomes a potential
``u = gain * x + bias`` and an output ``y = tanh(u)``. Methods differ only in who sets gain and bias. One class,
:class:`LocalRule`, serves every local rule of :mod:`ipcore.methods`; a method whose gain or bias backprop trains has a
class of its own. Backward passes are written by hand, and the tests check them against autograd.
"""

from __future__ import annotations

from ipcore.methods import registry
from ipcore.networks.compiling import load_compiled, use_compiled
from ipcore.networks.neurons.base import Neurons
from ipcore.networks.neurons.batch_norm import BatchNorm, ConstantBatchNorm, RunningBatchNorm
from ipcore.networks.neurons.gain_and_bias import LocalRule, Plain
from ipcore.networks.neurons.layer_norm import LayerNorm

__all__ = [
    "TRAINED",
    "BatchNorm",
    "ConstantBatchNorm",
    "LayerNorm",
    "LocalRule",
    "Neurons",
    "Plain",
    "RunningBatchNorm",
    "hidden_neurons",
]

TRAINED: dict[str, type[Neurons]] = {
    "plain": Plain,
    "batch-norm": BatchNorm,
    "running-batch-norm": RunningBatchNorm,
    "constant-batch-norm": ConstantBatchNorm,
    "layer-norm": LayerNorm,
}
"""The classes for methods whose gain or bias backprop trains, by the name of the method."""


def hidden_neurons(method: str, layers: int, replicas: int, units: int, batch: int) -> Neurons:
    """The hidden neurons of a stack of networks of one method.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        layers: number of hidden layers.
        replicas: number of networks in the stack.
        units: number of neurons in each layer.
        batch: number of examples in a minibatch.

    Raises:
        ValueError: if there is no such method, or if backprop trains its gain or bias and no class here does that.
    """
    found = registry.get(method)
    if found.local:
        rule = LocalRule if not use_compiled() else load_compiled("neurons").CompiledLocalRule
        return rule(found, layers, replicas, units, batch)
    if method not in TRAINED:
        raise ValueError(f"backprop trains {' and '.join(found.backprop)} of {method!r}, and no neurons say how")
    trained = TRAINED if not use_compiled() else load_compiled("neurons").COMPILED
    return trained[method](layers, replicas, units, batch)
