"""The written-out networks against PyTorch's own: torch.nn layers, autograd and torch.optim.

In double precision, where two ways to the same number agree to ten digits and a wrong term cannot hide in rounding.
"""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from ipcore.config import METHODS, RunConfig
from ipcore.methods import get
from ipcore.networks.loss import cross_entropy
from ipcore.networks.network import Network
from ipcore.networks.neurons import BatchNorm, hidden_neurons
from ipcore.networks.starts import initial_biases, initial_weights

BATCH, SEEDS, RATE, INTRINSIC = 32, (5, 6, 7), 0.1, 0.05
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
CONFIG = RunConfig(dataset="spirals", depth=4, width=9, batch_size=BATCH, learning_rate=RATE, intrinsic_rate=INTRINSIC)
STARTS = (
    {},
    {"initialization": "xavier", "biases": "drawn", "optimizer": "momentum"},
    {"initialization": "orthogonal", "biases": "drawn", "optimizer": "adam"},
)
OPTIMISERS = {
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "adam": torch.optim.Adam,
}


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


class Constants(Normalised):
    """The same, but autograd sees mean and variance of the minibatch as constants."""

    def forward(self, x: Tensor) -> Tensor:
        super().forward(x)  # for the running statistics, and x
        mean, variance = (x.mean(0), x.var(0, correction=0)) if self.training else (self.running_mean, self.running_var)
        scale = (variance + self.eps).sqrt()
        return (self.weight * (x - mean.detach()) / scale.detach() + self.bias).tanh()


class Running(nn.BatchNorm1d):
    """Normalised by the mean and the variance of all examples so far, weighted by their age."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.seen, self.weights = torch.stack([torch.ones(width), -torch.ones(width)]), torch.full((2,), 0.5)

    def moments(self) -> tuple[Tensor, Tensor]:
        mean = self.weights @ self.seen
        return mean, self.weights @ (self.seen - mean) ** 2

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        x.retain_grad()
        mean, variance = self.moments()
        return (self.weight * (x - mean) / (variance + self.eps).sqrt() + self.bias).tanh()

    def follow_rule(self) -> None:
        alpha, count = 2 * INTRINSIC, len(self.x)
        self.weights = torch.cat([(1 - alpha) * self.weights, torch.full((count,), alpha / count)])
        self.seen = torch.cat([self.seen, self.x.detach()])


class Layer(nn.LayerNorm):
    """torch.nn.LayerNorm and tanh, with the pre-activation's gradient kept."""

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        x.retain_grad()
        return super().forward(x).tanh()


NORMALISING = {
    "batch-norm": Normalised,
    "constant-batch-norm": Constants,
    "running-batch-norm": Running,
    "layer-norm": Layer,
}


class Reference:
    """One network of torch.nn layers, trained by autograd and torch.optim."""

    def __init__(self, method: str, seed: int, config: RunConfig) -> None:
        inward, between, outward = initial_weights(config, [seed])
        make = NORMALISING.get(method) or (lambda width: GainAndBias(width, method))
        self.neurons = [make(9) for _ in range(4)]
        self.linear = []
        modules: list[nn.Module] = []
        for weight, neurons in zip([*inward, *between], self.neurons, strict=True):
            layer = nn.Linear(weight.shape[2], weight.shape[1], bias=False)
            layer.weight.data = weight[0].clone()
            self.linear.append(layer)
            modules += [layer, neurons]
        read_out = nn.Linear(9, 2)
        read_out.weight.data, read_out.bias.data = outward[0, 0].clone(), torch.zeros(2)
        if biases := initial_biases(config, [seed]):
            read_out.bias.data = biases.read_out[0, 0, :, 0].clone()
            for neurons, bias in zip(self.neurons, biases.hidden[:, 0, :, 0], strict=True):
                if isinstance(neurons, GainAndBias):  # the others add theirs after a normalisation
                    neurons.bias.data = bias.clone()
        self.net = nn.Sequential(*modules, read_out)
        self.optimiser = OPTIMISERS[config.optimizer]([p for p in self.net.parameters() if p.requires_grad], lr=RATE)

    def step(self, inputs: Tensor, labels: Tensor) -> float:
        loss = nn.functional.cross_entropy(self.net(inputs), labels)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        for neurons in self.neurons:
            if isinstance(neurons, GainAndBias | Running):
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


@pytest.mark.parametrize("changes", STARTS)
@pytest.mark.parametrize("method", METHODS)
def test_stacked_replicas_equal_single_networks_of_torch_nn(method, changes):
    """Loss, every gradient, every weight and every effective gain and bias, over 20 steps."""
    config = CONFIG.replace(**changes)
    references = [Reference(method, seed, config) for seed in SEEDS]
    network = Network(config, method, initial_weights(config, SEEDS), initial_biases(config, SEEDS))
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
    """By autograd through tanh(gain * x + bias), with gain and bias, or the statistics of an example, held."""
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
    if get(method).over_units:
        scale = 1 / (given.var(2, correction=0, keepdim=True) + 1e-5).sqrt().detach()
        mean = given.mean(2, keepdim=True).detach()
        torch.testing.assert_close(gain, neurons.gain * scale.mean(-1, keepdim=True), **CLOSE)
        torch.testing.assert_close(bias, neurons.bias - (neurons.gain * scale * mean).mean(-1, keepdim=True), **CLOSE)
        gain, bias = neurons.gain * scale, neurons.bias - neurons.gain * scale * mean
    (gain * given + bias).tanh().sum().backward()
    assert neurons.response().shape == (2, 3)
    torch.testing.assert_close(neurons.response(), given.grad.mean((2, 3)), **CLOSE)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("method", METHODS)
def test_a_small_minibatch_trains_or_the_method_says_why_not(method, size):
    if size < get(method).least_batch:
        with pytest.raises(ValueError, match=f"batch_size must be at least 2 with {method}, not 1: one example has no"):
            RunConfig(methods=method, batch_size=size)
        return
    config = CONFIG.replace(methods=method, batch_size=size, learning_rate=0.01, intrinsic_rate=0.0005 * size)
    network = Network(config, method, initial_weights(config, SEEDS))
    before = [tensor.clone() for tensor in network.state()]
    for inputs, labels in zip(*minibatches(3), strict=True):
        loss, error = cross_entropy(network.forward(inputs[:, :size]), labels[:, :size])
        network.backward(inputs[:, :size], error)
        network.update(*(torch.full((3, 1, 1), rate) for rate in (config.learning_rate, config.intrinsic_rate)))
        assert loss.isfinite().all()
    assert all(now.isfinite().all() for now in network.state())
    assert any(not torch.equal(then, now) for then, now in zip(before, network.state(), strict=True))


def test_layer_norm_is_that_of_torch_in_training_and_in_evaluation():
    torch.manual_seed(0)
    ours, theirs = hidden_neurons("layer-norm", 1, 2, 5, 3), [nn.LayerNorm(5) for _ in range(2)]
    ours.gain.copy_(torch.rand_like(ours.gain) + 0.5)
    ours.bias.copy_(torch.randn_like(ours.bias))
    x, dy = torch.randn(2, 5, 3) * 3 + 1, torch.randn(2, 5, 3)
    ours.x[0].copy_(x)
    y, dx = ours.forward(0).clone(), ours.backward(0, dy)
    gradients = [gradient for _, gradient in ours.trained()]
    for replica, norm in enumerate(theirs):
        norm.weight.data, norm.bias.data = ours.gain[0, replica, :, 0].clone(), ours.bias[0, replica, :, 0].clone()
        given = x[replica].T.clone().requires_grad_()
        expected = norm(given).tanh()
        expected.backward(dy[replica].T)
        torch.testing.assert_close(y[replica].T, expected, **CLOSE)
        torch.testing.assert_close(dx[replica].T, given.grad, **CLOSE)
        for gradient, parameter in zip(gradients, (norm.weight, norm.bias), strict=True):
            torch.testing.assert_close(gradient[0, replica, :, 0], parameter.grad, **CLOSE)
    torch.testing.assert_close(ours.evaluate(0, x.clone()), y, **CLOSE)
    torch.testing.assert_close(ours.evaluate(0, x[:1].clone()), y[:1], **CLOSE)
    with pytest.raises(ValueError, match="width must be at least 2 with layer-norm, not 1"):
        hidden_neurons("layer-norm", 1, 1, 1, 4)


def test_constants_to_backprop_change_the_backward_pass_of_batch_norm_only():
    torch.manual_seed(0)
    both = [hidden_neurons(name, 1, 2, 5, BATCH) for name in ("batch-norm", "constant-batch-norm")]
    x, dy = torch.randn(2, 5, BATCH) * 3 + 1, torch.randn(2, 5, BATCH)
    for neurons in both:
        neurons.x[0].copy_(x)
    (y, same), (through, past) = zip(*((each.forward(0), each.backward(0, dy)) for each in both), strict=True)
    torch.testing.assert_close(y, same, **CLOSE)
    torch.testing.assert_close(both[0].evaluate(0, x.clone()), both[1].evaluate(0, x.clone()), **CLOSE)
    for (_, ours), (_, theirs) in zip(*(each.trained() for each in both), strict=True):
        torch.testing.assert_close(ours, theirs, **CLOSE)
    # What goes through the statistics is the part of the gradient along 1 and along the normalised x.
    z = (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
    along = past.mean(-1, keepdim=True) + z * (past * z).mean(-1, keepdim=True)
    torch.testing.assert_close(through, past - along, **CLOSE)


def test_ip_settles_on_the_equilibrium_of_a_normal_input():
    """Gain 0.8744 / sigma and bias -gain mu (science of the equilibrium), in a layer, over ten replicas."""
    generator = torch.Generator().manual_seed(0)
    neurons = hidden_neurons("ip", 1, 10, 2, 200)
    rate = torch.full((10, 1, 1), 0.02)
    gains, biases = [], []
    for number in range(800):
        neurons.x[0].copy_(torch.randn(10, 2, 200, generator=generator) * 0.5 + 1.5)
        neurons.forward(0)
        neurons.adapt(rate)
        if number >= 300:
            gains.append(neurons.gain.mean().item())
            biases.append(neurons.bias.mean().item())
    assert sum(gains) / 500 == pytest.approx(0.8744003697 / 0.5, rel=0.005)
    assert sum(biases) / 500 == pytest.approx(-3 * 0.8744003697, rel=0.005)


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
