"""The written-out networks against PyTorch's own: torch.nn layers, autograd and torch.optim.

In double precision, where two ways to the same number agree to ten digits and a wrong term cannot hide in rounding.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ipcore.config import METHODS, RunConfig
from ipcore.methods import get
from ipcore.networks.network import Network
from ipcore.networks.neurons import BatchNorm, hidden_neurons
from ipcore.networks.race import cross_entropy
from ipcore.networks.starts import initial_weights

BATCH, SEEDS, RATE, INTRINSIC = 32, (5, 6, 7), 0.1, 0.05
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
CONFIG = RunConfig(dataset="spirals", depth=4, width=9, batch_size=BATCH, learning_rate=RATE, intrinsic_rate=INTRINSIC)


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class GainAndBias(nn.Module):
    """tanh(gain * x + bias) with a bias that is learned, or constants that a local rule moves after the step."""

    def __init__(self, width: int, method: str) -> None:
        super().__init__()
        self.method = method
        self.bias = nn.Parameter(torch.zeros(width), requires_grad=method == "plain")
        self.gain = torch.ones(width)

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        x.retain_grad()
        self.u = self.gain * x + self.bias
        self.y = self.u.tanh()
        return self.y

    @torch.no_grad()
    def follow_rule(self) -> None:
        after = get(self.method).step(self.x, self.u, self.y, {"gain": self.gain, "bias": self.bias.data}, INTRINSIC)
        if self.method != "plain":
            self.gain, self.bias.data = after["gain"], after["bias"]


class Normalised(nn.BatchNorm1d):
    """torch.nn.BatchNorm1d and tanh, with the pre-activation's gradient kept."""

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        x.retain_grad()
        return super().forward(x).tanh()


class Reference:
    """One network of torch.nn layers, trained by autograd and torch.optim.SGD."""

    def __init__(self, method: str, seed: int) -> None:
        inward, between, outward = initial_weights(CONFIG, [seed])
        self.neurons = [Normalised(9) if method == "batch-norm" else GainAndBias(9, method) for _ in range(4)]
        self.linear = []
        modules: list[nn.Module] = []
        for weight, neurons in zip([*inward, *between], self.neurons, strict=True):
            layer = nn.Linear(weight.shape[2], weight.shape[1], bias=False)
            layer.weight.data = weight[0].clone()
            self.linear.append(layer)
            modules += [layer, neurons]
        read_out = nn.Linear(9, 2)
        read_out.weight.data, read_out.bias.data = outward[0, 0].clone(), torch.zeros(2)
        self.net = nn.Sequential(*modules, read_out)
        self.optimiser = torch.optim.SGD([p for p in self.net.parameters() if p.requires_grad], lr=RATE)

    def step(self, inputs: Tensor, labels: Tensor) -> float:
        loss = nn.functional.cross_entropy(self.net(inputs), labels)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        for neurons in self.neurons:
            if isinstance(neurons, GainAndBias):
                neurons.follow_rule()
        return loss.item()


def minibatches(steps: int) -> tuple[Tensor, Tensor]:
    """Inputs (steps, R, B, 2) and labels (steps, R, B)."""
    generator = torch.Generator().manual_seed(1)
    shape = (steps, len(SEEDS), BATCH)
    return torch.randn(*shape, 2, generator=generator), torch.randint(0, 2, shape, generator=generator)


def rates(replicas: int) -> tuple[Tensor, Tensor]:
    return torch.full((replicas, 1, 1), RATE), torch.full((replicas, 1, 1), INTRINSIC)


@torch.no_grad()
def step(network: Network, inputs: Tensor, labels: Tensor) -> Tensor:
    loss, error = cross_entropy(network.forward(inputs), labels)
    network.backward(inputs, error)
    network.update(*rates(len(loss)))
    return loss


@pytest.mark.parametrize("method", METHODS)
def test_stacked_replicas_equal_single_networks_of_torch_nn(method):
    """Loss, every gradient, every weight and every effective gain and bias, over 20 steps."""
    references = [Reference(method, seed) for seed in SEEDS]
    network = Network(CONFIG, method, initial_weights(CONFIG, SEEDS))
    for inputs, labels in zip(*minibatches(20), strict=True):
        expected = torch.tensor([ref.step(x, y) for ref, x, y in zip(references, inputs, labels, strict=True)])
        torch.testing.assert_close(step(network, inputs, labels), expected, **CLOSE)
        inward, between, outward = network.weight_gradients
        for replica, reference in enumerate(references):
            ours = [inward[0, replica], *between[:, replica]]
            for layer, (gradient, linear) in enumerate(zip(ours, reference.linear, strict=True)):
                torch.testing.assert_close(gradient, linear.weight.grad, **CLOSE)
                dx = network.neurons.dx[layer, replica].T
                torch.testing.assert_close(dx, reference.neurons[layer].x.grad, **CLOSE)
            torch.testing.assert_close(outward[0, replica], reference.net[-1].weight.grad, **CLOSE)
    for replica, reference in enumerate(references):
        for layer, linear in enumerate(reference.linear):
            weights = network.weights[0][0] if layer == 0 else network.weights[1][layer - 1]
            torch.testing.assert_close(weights[replica], linear.weight.data, **CLOSE)
        reference.net.eval()
        inputs = minibatches(1)[0][0, 0]
        torch.testing.assert_close(
            network.evaluate(inputs)[replica].T, reference.net(inputs.requires_grad_()).detach(), **CLOSE
        )


@pytest.mark.parametrize("method", METHODS)
def test_a_replica_does_not_depend_on_its_neighbours(method):
    """The same numbers, to float tolerance, alone and in a stack."""
    together = Network(CONFIG, method, initial_weights(CONFIG, SEEDS))
    alone = Network(CONFIG, method, initial_weights(CONFIG, SEEDS[1:2]))
    for inputs, labels in zip(*minibatches(20), strict=True):
        loss = step(together, inputs, labels)[1:2]
        torch.testing.assert_close(loss, step(alone, inputs[1:2], labels[1:2]), **CLOSE)
    for stacked, single in zip(together.state(), alone.state(), strict=True):
        torch.testing.assert_close(stacked[:, 1:2], single, **CLOSE)


def test_batch_norm_is_that_of_torch():
    """Forward, backward, running statistics and evaluation of one layer."""
    torch.manual_seed(0)
    ours, theirs = BatchNorm(1, 2, 5, BATCH), [nn.BatchNorm1d(5) for _ in range(2)]
    ours.gain.copy_(torch.rand_like(ours.gain) + 0.5)
    ours.bias.copy_(torch.randn_like(ours.bias))
    for replica, norm in enumerate(theirs):
        norm.weight.data, norm.bias.data = ours.gain[0, replica, :, 0].clone(), ours.bias[0, replica, :, 0].clone()
    for _ in range(3):
        x, dy = torch.randn(2, 5, BATCH) * 3 + 1, torch.randn(2, 5, BATCH)
        ours.x[0].copy_(x)
        y, dx = ours.forward(0).clone(), ours.backward(0, dy)
        gain, bias = ours.effective()
        torch.testing.assert_close((gain[0] * x + bias[0]).tanh(), y, **CLOSE)
        for replica, norm in enumerate(theirs):
            given = x[replica].T.clone().requires_grad_()
            expected = norm(given).tanh()
            expected.backward(dy[replica].T)
            torch.testing.assert_close(y[replica].T, expected)
            torch.testing.assert_close(dx[replica].T, given.grad, **CLOSE)
            torch.testing.assert_close(ours.mean[0, replica, :, 0], norm.running_mean)
            torch.testing.assert_close(ours.variance[0, replica, :, 0], norm.running_var)
    gain, bias = ours.evaluation(0)
    for replica, norm in enumerate(theirs):
        torch.testing.assert_close((gain * x + bias)[replica].T, norm.eval()(x[replica].T), **CLOSE)


@pytest.mark.parametrize("method", METHODS)
def test_the_response_is_the_mean_slope_of_the_output_by_the_pre_activation(method):
    """By autograd through tanh(gain * x + bias), with gain and bias held."""
    torch.manual_seed(2)
    neurons = hidden_neurons(method, 2, 3, 5, BATCH)
    if not get(method).constant_gain:
        neurons.gain.copy_(torch.rand_like(neurons.gain) + 0.5)
    neurons.bias.copy_(torch.randn_like(neurons.bias))
    inputs = torch.randn(2, 3, 5, BATCH) * 3 + 1
    for layer, x in enumerate(inputs):
        neurons.x[layer].copy_(x)
        neurons.forward(layer)
    given = inputs.requires_grad_()
    gain, bias = neurons.effective()
    (gain * given + bias).tanh().sum().backward()
    assert neurons.response().shape == (2, 3)
    torch.testing.assert_close(neurons.response(), given.grad.mean((2, 3)), **CLOSE)


def test_ip_settles_on_the_equilibrium_of_a_normal_input():
    """Gain 0.8744 / sigma and bias -gain mu (science of the equilibrium), in a layer, over ten replicas."""
    generator = torch.Generator().manual_seed(0)
    neurons = hidden_neurons("ip", 1, 10, 20, 200)
    rate = torch.full((10, 1, 1), 0.02)
    gains, biases = [], []
    for number in range(1500):
        neurons.x[0].copy_(torch.randn(10, 20, 200, generator=generator) * 0.5 + 1.5)
        neurons.forward(0)
        neurons.adapt(rate)
        if number >= 500:
            gains.append(neurons.gain.mean().item())
            biases.append(neurons.bias.mean().item())
    assert sum(gains) / 1000 == pytest.approx(0.8744003697 / 0.5, rel=0.01)
    assert sum(biases) / 1000 == pytest.approx(-3 * 0.8744003697, rel=0.01)


def test_initial_weights_are_the_same_whatever_the_stack():
    one, many = initial_weights(CONFIG, [6]), initial_weights(CONFIG, SEEDS)
    for single, stack in zip(one, many, strict=True):
        assert torch.equal(single[:, 0], stack[:, 1])


def test_initial_weights_have_pytorchs_range_times_the_scale():
    inward, between, outward = initial_weights(CONFIG.replace(width=200, weight_scale=3), [0])
    for weights, bound in ((inward, 3 / 2**0.5), (between, 3 / 200**0.5), (outward, 1 / 200**0.5)):
        assert 0.95 * bound < weights.abs().max() <= bound
        assert weights.var().item() == pytest.approx(bound**2 / 3, rel=0.15)


@pytest.mark.parametrize("method", METHODS)
def test_a_frozen_replica_goes_back_one_update_and_stays(method):
    network = Network(CONFIG, method, initial_weights(CONFIG, SEEDS))
    free = Network(CONFIG, method, initial_weights(CONFIG, SEEDS))
    for inputs, labels in zip(*minibatches(5), strict=True):
        before = [tensor.clone() for tensor in (*network.weights, network.neurons.gain, network.neurons.bias)]
        step(network, inputs, labels)
        step(free, inputs, labels)
    network.freeze(0)
    for held, now in zip(before, (*network.weights, network.neurons.gain, network.neurons.bias), strict=True):
        assert torch.equal(held[:, 0], now[:, 0])
    frozen = [tensor.clone() for tensor in network.state()]
    poisoned, labels = minibatches(1)[0][0], minibatches(1)[1][0]
    poisoned[0] = torch.nan
    for _ in range(2):
        step(network, poisoned, labels)
        step(free, poisoned, labels)
    for held, now, other in zip(frozen, network.state(), free.state(), strict=True):
        assert torch.equal(held[:, 0], now[:, 0])
        assert torch.equal(now[:, 1:], other[:, 1:])
