"""The loop that a sweep is timed against: it trains the same networks one by one, with torch.nn and torch.optim.

    python -m benchmarks.plain_loop THREADS

reads jobs from standard input, a list of settings on each line, and answers each with a list of results. A network is
tested only at the end. Minibatches and initial weights are those of the sweep, so that results can be compared.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import torch
from torch import Tensor, nn

from ipcore.config import RunConfig
from ipcore.data.sets import Data, load
from ipcore.executors.local import NICENESS
from ipcore.methods.ip import update
from ipcore.networks.starts import initial_weights


class IntrinsicPlasticity(nn.Module):
    """A layer of neurons, ``tanh(gain * x + bias)``, whose gain and bias follow the IP rule after each step."""

    def __init__(self, width: int, rate: float) -> None:
        super().__init__()
        self.gain, self.bias, self.rate = torch.ones(width), torch.zeros(width), rate

    def forward(self, x: Tensor) -> Tensor:
        u = torch.addcmul(self.bias, self.gain, x)
        y = u.tanh()
        self.seen = u.detach(), y.detach()
        return y

    def follow_rule(self) -> None:
        u, y = self.seen
        after = update(None, u, y, {"gain": self.gain, "bias": self.bias}, self.rate)
        self.gain, self.bias = after["gain"], after["bias"]


def build(config: RunConfig) -> nn.Sequential:
    """One network of a method, with the first weights of its seed."""
    method, width = config.methods[0], config.width
    inward, between, read_out = initial_weights(config, [config.first_seed])
    layers: list[nn.Module] = []
    for weight in [*inward[:, 0], *between[:, 0]]:
        linear = nn.Linear(weight.shape[1], width, bias=method == "plain")
        linear.weight.data = weight.clone()
        if method == "plain":
            nn.init.zeros_(linear.bias)
            layers += [linear, nn.Tanh()]
        elif method == "batch-norm":
            layers += [linear, nn.BatchNorm1d(width), nn.Tanh()]
        else:
            layers += [linear, IntrinsicPlasticity(width, config.intrinsic_rate)]
    last = nn.Linear(width, config.data.classes)
    last.weight.data = read_out[0, 0].clone()
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)


def train(config: RunConfig, data: Data) -> tuple[float, float]:
    """Trains one network of plain, batch norm or IP; its accuracy and mean loss on all test examples."""
    inputs, labels = torch.from_numpy(data.train_inputs).float() * data.scale, torch.from_numpy(data.train_labels)
    network = build(config)
    intrinsic = [module for module in network if isinstance(module, IntrinsicPlasticity)]
    optimiser = torch.optim.SGD(network.parameters(), lr=config.learning_rate)
    generator, place = torch.Generator().manual_seed(2**32 + config.first_seed), len(labels)
    for _ in range(config.steps):
        if place + config.batch_size > len(labels):
            order, place = torch.randperm(len(labels), generator=generator), 0
        chosen = order[place : place + config.batch_size]
        place += config.batch_size
        loss = nn.functional.cross_entropy(network(inputs[chosen]), labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        for neurons in intrinsic:
            neurons.follow_rule()
    network.eval()
    with torch.no_grad():
        logits = network(torch.from_numpy(data.test_inputs).float() * data.scale)
    wanted = torch.from_numpy(data.test_labels)
    return (logits.argmax(1) == wanted).double().mean().item(), nn.functional.cross_entropy(logits, wanted).item()


def main() -> None:
    """Answers jobs, each a list of settings, until the input ends."""
    torch.set_num_threads(int(sys.argv[1]))
    if hasattr(os, "nice"):
        os.nice(NICENESS)  # as the workers of sweeps: what else the machine does slows both alike
    data = load("mnist-5k")
    for line in sys.stdin:
        job: list[dict[str, Any]] = json.loads(line)
        print(json.dumps([train(RunConfig.from_dict(settings), data) for settings in job]), flush=True)


if __name__ == "__main__":
    main()
