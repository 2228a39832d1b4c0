"""The same networks in JAX: one step of gradient descent, ``vmap`` over replicas, ``jit`` of the whole step.

Written as JAX recommends: pure functions of a tree of parameters, whose buffers are given back to be overwritten
(``donate_argnums``). The data set lies on the device, and minibatches are gathered within the compiled step.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.timing import seconds_per_call
from ipcore.data.sets import Data

BATCH, RATE, CLASSES = 100, 0.01, 10
EPSILON, MOMENTUM = 1e-5, 0.1


def initial(depth: int, width: int, features: int, normalise: bool, generator: np.random.Generator) -> dict[str, Any]:
    """What one network learns: weights and biases, and for batch norm gamma and beta instead of hidden biases."""
    sizes = [features, *[width] * depth, CLASSES]
    layers = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        bound = fan_in**-0.5
        weight = generator.uniform(-bound, bound, (fan_in, fan_out)).astype(np.float32)
        layers.append({"weight": weight, "bias": np.zeros(fan_out, np.float32)})
        if normalise and fan_out == width:
            layers[-1]["gain"] = np.ones(fan_out, np.float32)
    return {"hidden": layers[:-1], "read_out": layers[-1]}


def loss_and_statistics(learned: Any, running: Any, inputs: Any, labels: Any) -> tuple[Any, Any]:
    """The mean cross-entropy of one network, and the running statistics of batch norm after the minibatch."""
    y, after = inputs, []
    for layer, statistics in zip(learned["hidden"], running, strict=True):
        x = y @ layer["weight"]
        if "gain" in layer:
            mean, variance = x.mean(0), x.var(0)
            seen = {"mean": mean, "variance": variance * (len(inputs) / (len(inputs) - 1))}
            after.append(jax.tree.map(lambda old, new: (1 - MOMENTUM) * old + MOMENTUM * new, statistics, seen))
            x = layer["gain"] * (x - mean) * jax.lax.rsqrt(variance + EPSILON)
        else:
            after.append(statistics)
        y = jnp.tanh(x + layer["bias"])
    logits = y @ learned["read_out"]["weight"] + learned["read_out"]["bias"]
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
    return -chosen.mean(), after


def step(learned: Any, running: Any, inputs: Any, labels: Any, chosen: Any) -> tuple[Any, Any, Any]:
    """One step of gradient descent of one network, on the examples with the indices ``chosen``."""
    (loss, running), gradients = jax.value_and_grad(loss_and_statistics, has_aux=True)(
        learned, running, inputs[chosen], labels[chosen]
    )
    return jax.tree.map(lambda value, slope: value - RATE * slope, learned, gradients), running, loss


def jax_loop(depth: int, width: int, replicas: int, normalise: bool, data: Data) -> Callable[[], float]:
    """A function that measures the processor seconds per network and step."""
    inputs = jnp.asarray(data.train_inputs, jnp.float32) / 255
    labels = jnp.asarray(data.train_labels, jnp.int32)
    generator = np.random.default_rng(0)
    networks = [initial(depth, width, inputs.shape[1], normalise, generator) for _ in range(replicas)]
    statistics = {"mean": jnp.zeros((replicas, width)), "variance": jnp.ones((replicas, width))} if normalise else {}
    stacked = jax.tree.map(lambda *each: jnp.stack(each), *networks)
    state = {
        "learned": stacked,
        "running": [jax.tree.map(jnp.copy, statistics) for _ in range(depth)],
        "order": np.empty((replicas, 0), np.int32),
    }
    compiled = jax.jit(jax.vmap(step, in_axes=(0, 0, None, None, 0)), donate_argnums=(0, 1))

    def advance() -> None:
        if state["order"].shape[1] < BATCH:
            state["order"] = np.stack([generator.permutation(len(labels)) for _ in range(replicas)]).astype(np.int32)
        chosen, state["order"] = np.split(state["order"], [BATCH], 1)
        state["learned"], state["running"], loss = compiled(state["learned"], state["running"], inputs, labels, chosen)
        loss.block_until_ready()

    return lambda: seconds_per_call(advance, clock=time.process_time) / replicas
