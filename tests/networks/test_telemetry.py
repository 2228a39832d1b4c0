"""What is read off networks, against the same quantities by plain NumPy; and that reading changes nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from msgspec import to_builtins

from ipcore.config import INFORMATION_EXAMPLES, METHODS, RunConfig
from ipcore.methods import get
from ipcore.networks import telemetry
from ipcore.networks.network import Network
from ipcore.networks.neurons import LayerNorm
from ipcore.networks.starts import initial_weights
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, trim
from ipcore.recordings.race import PER_LAYER

BATCH = 50
CONFIG = RunConfig(dataset="moons", depth=4, width=6, batch_size=BATCH, weight_scale=3)
SEEDS = (3, 4, 5)
RATE, INTRINSIC = (torch.full((len(SEEDS), 1, 1), value) for value in (0.1, 0.05))
RANDOM = np.random.default_rng(0)


def layers(network: Network, alive: list[int]) -> dict[str, Any]:
    """What a snapshot says of a method, as plain values."""
    return to_builtins(telemetry.layers(network, alive))


def information(network: Network, alive: list[int], inputs: torch.Tensor) -> dict[str, Any]:
    """What a test says of the layers of a method, as plain values."""
    labels = torch.zeros(len(inputs), dtype=torch.int64)
    return to_builtins(telemetry.observe(network, inputs, labels, alive)[1])


@pytest.fixture(autouse=True, scope="module")
def no_autograd():
    with torch.no_grad():
        yield


@pytest.fixture(autouse=True)
def same_numbers():
    """Each test draws the same numbers, whichever others run."""
    RANDOM.bit_generator.state = np.random.default_rng(0).bit_generator.state


def examples(count: int = BATCH) -> tuple[torch.Tensor, torch.Tensor]:
    """Points in the plane and classes that they follow."""
    points = torch.from_numpy(RANDOM.normal(size=(count, 2)).astype(np.float32))
    return points, (points.sum(1) > 0).long()


def network(method: str, steps: int = 20, config: RunConfig = CONFIG) -> Network:
    """A stack of networks after some steps on their way."""
    made = Network(config, method, initial_weights(config, SEEDS))
    for _ in range(steps):
        inputs, labels = examples(config.batch_size)
        inputs = inputs.expand(len(SEEDS), -1, -1)
        logits = made.forward(inputs)
        wanted = torch.nn.functional.one_hot(labels, 2).T
        made.backward(inputs, (logits.softmax(1) - wanted) / config.batch_size)
        made.update(RATE, INTRINSIC)
    return made


def plain_entropy(values: np.ndarray) -> float:
    """Entropy of a sample on 30 bins over [-1, 1], over ln 30."""
    share = np.histogram(values, ACTIVITY_BINS, (-1, 1))[0] / len(values)
    return -sum(p * math.log(p) for p in share if p > 0) / math.log(ACTIVITY_BINS)


# Entropy


def levels(neurons: int = 1) -> torch.Tensor:
    """The middle of every bin, once: shape (1, neurons, 30)."""
    return ((torch.arange(ACTIVITY_BINS) + 0.5) / (ACTIVITY_BINS / 2) - 1).expand(1, neurons, -1)


def test_entropy_is_that_of_a_histogram():
    y = np.tanh(RANDOM.normal(size=(3, 5, 200)) * RANDOM.uniform(0.1, 3, (3, 5, 1))).astype(np.float32)
    entropy, share = telemetry.entropy(torch.from_numpy(y))
    expected = [np.mean([plain_entropy(neuron) for neuron in layer]) for layer in y]
    np.testing.assert_allclose(entropy, expected, rtol=1e-5)
    counts = np.stack([np.histogram(layer, ACTIVITY_BINS, (-1, 1))[0] for layer in y])
    np.testing.assert_allclose(share, counts / (5 * 200), rtol=1e-5)


def test_entropy_is_1_when_every_level_is_used_equally_and_0_when_one_is():
    assert telemetry.entropy(levels())[0].item() == pytest.approx(1, abs=1e-6)
    assert telemetry.entropy(levels(7).repeat(1, 1, 4))[0].item() == pytest.approx(1, abs=1e-6)
    for constant in (-1.0, -0.3, 0.0, 1.0):
        assert telemetry.entropy(torch.full((2, 3, 40), constant))[0].tolist() == pytest.approx([0, 0], abs=1e-6)
    halves = torch.tensor([-0.9, 0.9]).repeat(10).view(1, 1, 20)
    assert telemetry.entropy(halves)[0].item() == pytest.approx(math.log(2) / math.log(30), rel=1e-6)


def test_entropy_is_averaged_over_neurons_not_taken_of_their_sum():
    y = torch.stack([torch.full((1, 30), -0.5), torch.full((1, 30), 0.5)], 1)
    assert telemetry.entropy(y)[0].item() == pytest.approx(0, abs=1e-6)
    assert telemetry.entropy(torch.cat([y, levels()], 1))[0].item() == pytest.approx(1 / 3, abs=1e-6)


def test_the_outermost_values_count_in_the_outermost_bins():
    _, share = telemetry.entropy(torch.tensor([-1.0, 1.0, 1.0, -1.0, 1.0]).view(1, 1, 5))
    assert share[0, 0].item() == pytest.approx(0.4) and share[0, -1].item() == pytest.approx(0.6)


def test_entropy_of_few_examples_is_bounded_and_biased_as_documented():
    y = torch.from_numpy(RANDOM.uniform(-1, 1, (1, 400, 300)).astype(np.float32))
    assert telemetry.entropy(y[..., :5])[0].item() <= math.log(5) / math.log(30)
    assert 1 - telemetry.entropy(y)[0].item() == pytest.approx(29 / (2 * 300 * math.log(30)), rel=0.15)


# Histograms


@pytest.mark.parametrize("edges", [GAIN_EDGES, BIAS_EDGES], ids=["gain", "bias"])
def test_histograms_are_those_of_numpy(edges):
    edges = edges.astype(np.float32)
    values = RANDOM.uniform(edges[0], edges[-1], (3, 500)).astype(np.float32)
    found = telemetry.histograms(torch.from_numpy(values), torch.from_numpy(edges))
    assert found == [trim(np.histogram(row, edges)[0]) for row in values]


def test_what_lies_outside_counts_in_the_outermost_bins_and_what_is_not_finite_nowhere():
    edges = torch.tensor([0.0, 1.0, 2.0, 3.0])
    inf, nan = math.inf, math.nan
    values = torch.tensor([[-5.0, 0.5, 99.0, nan], [0.0, 1.0, 2.0, 3.0], [inf, -inf, nan, 1.5], [nan, nan, inf, -inf]])
    assert telemetry.histograms(values, edges) == [[0, 2, 0, 1], [0, 1, 1, 2], [1, 1], [0]]
    assert telemetry.histograms(values[:2, :0], edges) == [[0], [0]]


def test_gain_1_and_bias_0_are_held_in_the_bins_that_begin_there():
    (gain,) = telemetry.histograms(torch.ones(1, 8), torch.from_numpy(GAIN_EDGES).float())
    (bias,) = telemetry.histograms(torch.zeros(1, 8), torch.from_numpy(BIAS_EDGES).float())
    assert gain == [60, 8] and bias == [100, 8]


# Statistics of layers


@pytest.mark.parametrize("alive", [[0, 1, 2], [0, 2], [1]], ids=str)
@pytest.mark.parametrize("method", METHODS)
def test_statistics_of_layers_are_those_of_their_definitions(method, alive):
    net = network(method)
    found = layers(net, alive)
    y, dx = (tensor[:, alive].numpy().astype(np.float64) for tensor in (net.neurons.y, net.neurons.dx))
    weights = [*net.weight_gradients[0], *net.weight_gradients[1]]
    gain, bias = (tensor[:, alive].flatten(1).numpy() for tensor in net.neurons.effective())
    expected = {
        "weight_gradient": [np.abs(gradient[alive].numpy().astype(np.float64)).mean() for gradient in weights],
        "error_signal": np.sqrt((dx**2).mean((1, 2, 3))),
        "slope": (1 - y**2).mean((1, 2, 3)),
        "saturated": (np.abs(y) > 0.97).mean((1, 2, 3)),
        "response": net.neurons.response()[:, alive].double().numpy().mean(1),
    }
    assert set(found) == {*PER_LAYER, "gain", "bias"} - {"entropy"}
    for name, values in expected.items():
        assert len(found[name]) == CONFIG.depth
        np.testing.assert_allclose(found[name], values, rtol=6e-4, err_msg=f"{name}, to 4 digits")
    clipped = np.clip(gain, 1.0001e-3, 999), np.clip(bias, -9.999, 9.999)
    for name, values, edges in zip(("gain", "bias"), clipped, (GAIN_EDGES, BIAS_EDGES), strict=True):
        assert found[name] == [trim(np.histogram(row, edges.astype(np.float32))[0]) for row in values]


@pytest.mark.parametrize("alive", [[0, 1, 2], [0, 2], [1]], ids=str)
@pytest.mark.parametrize("method", METHODS)
def test_information_is_that_of_the_outputs_in_evaluation_on_the_examples_of_the_test(method, alive):
    net = network(method)
    inputs, labels = examples(120)
    sums, found = telemetry.observe(net, inputs, labels, alive)
    assert telemetry.means([sums], 120) == telemetry.test(net, inputs, labels)
    outputs: list[np.ndarray] = []
    net.evaluate(inputs, each_layer=lambda y: outputs.append(y[alive].numpy().astype(np.float64)))
    assert len(outputs) == CONFIG.depth
    entropy = [np.mean([plain_entropy(neuron) for neuron in y.reshape(-1, 120)]) for y in outputs]
    np.testing.assert_allclose(found.entropy, entropy, rtol=6e-4)
    counts = np.stack([np.histogram(y, ACTIVITY_BINS, (-1, 1))[0] for y in outputs])
    np.testing.assert_allclose(found.activity, 1000 * counts / counts.sum(1, keepdims=True), atol=0.501)


def test_a_uniform_output_reads_as_full_information_at_batch_size_1():
    """Its true entropy is 1; from a minibatch of one example it would read 0."""
    config = CONFIG.replace(depth=1, width=2, batch_size=1, methods="plain")
    net = Network(config, "plain", initial_weights(config, [0]))
    net.weights[0][0, 0] = torch.eye(2)
    uniform = torch.from_numpy(RANDOM.uniform(-1, 1, (INFORMATION_EXAMPLES, 2)).astype(np.float32))
    (entropy,) = information(net, [0], uniform.atanh())["entropy"]
    assert 0.97 < entropy < 1


def test_the_networks_of_these_tests_have_something_to_see():
    """Otherwise the comparisons above would compare zeros."""
    for method in METHODS:
        found = layers(network(method), [0, 1, 2])
        assert min(found["weight_gradient"]) > 1e-5 and min(found["error_signal"]) > 1e-6
        assert all(0.02 < slope < 0.98 for slope in found["slope"]) and max(found["saturated"]) > 0.01
        assert all(0.3 < value < 1 for value in information(network(method), [0, 1, 2], examples(200)[0])["entropy"])


@pytest.mark.parametrize("method", METHODS)
def test_a_network_of_one_hidden_layer_has_statistics_of_one(method):
    config = CONFIG.replace(depth=1)
    found = layers(network(method, 2, config), [0, 1, 2])
    assert all(len(values) == 1 for values in found.values())


@pytest.mark.parametrize("method", [method for method in METHODS if not get(method).over_units])
def test_the_effective_gain_and_bias_are_those_the_last_minibatch_met(method):
    """With them, the outputs follow from those of the layer below: y = tanh(gain * W y_below + bias)."""
    net = Network(CONFIG, method, initial_weights(CONFIG, SEEDS))
    inputs = examples()[0].expand(len(SEEDS), -1, -1)
    net.forward(inputs)
    gain, bias = net.neurons.effective()
    below = inputs.mT
    for layer, weight in enumerate([*net.weights[0], *net.weights[1]]):
        y = net.neurons.y[layer]
        torch.testing.assert_close(y, torch.tanh(gain[layer] * (weight @ below) + bias[layer]), rtol=1e-4, atol=1e-5)
        below = y


@pytest.mark.parametrize("method", METHODS)
def test_of_no_network_alive_nothing_is_known(method):
    found = layers(network(method, 2), [])
    found |= information(network(method, 2), [], examples(40)[0])
    assert all(found[name] == [None] * CONFIG.depth for name in PER_LAYER)
    assert found["gain"] == found["bias"] == [[0]] * CONFIG.depth
    assert found["activity"] == [[0] * ACTIVITY_BINS] * CONFIG.depth


@pytest.mark.parametrize("method", METHODS)
def test_a_diverged_replica_is_not_seen_in_the_others(method):
    net = network(method)
    before = layers(net, [0, 2])
    for tensor in (net.neurons.y, net.neurons.dx, *net.state(), *net.weight_gradients):
        tensor[:, 1] = math.nan
    if method != "batch-norm":  # it keeps the statistics of the last minibatch apart from its state
        assert layers(net, [0, 1, 2])["weight_gradient"] == [None] * CONFIG.depth
    assert layers(net, [0, 2]) == before


# Tests and surfaces


def forward(net: Network, replica: int, inputs: np.ndarray) -> np.ndarray:
    """Logits of one network by plain NumPy in double precision, (examples, classes)."""
    y = inputs.T.astype(np.float64)
    for layer, weight in enumerate([*net.weights[0], *net.weights[1]]):
        gain, bias = (tensor[replica].numpy().astype(np.float64) for tensor in net.neurons.evaluation(layer))
        x = weight[replica].numpy() @ y
        if isinstance(net.neurons, LayerNorm):  # gain and bias are gamma and beta, for standardised examples
            x = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)
        y = np.tanh(gain * x + bias)
    return (net.weights[2][0, replica].numpy() @ y + net.read_out_bias[0, replica].numpy()).T


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


@pytest.mark.parametrize("chunk", [1000, 130, 7])
@pytest.mark.parametrize("method", METHODS)
def test_loss_and_accuracy_are_those_of_a_plain_forward_pass(method, chunk):
    net = network(method)
    inputs, labels = examples(130)
    loss, accuracy = telemetry.test(net, inputs, labels, chunk)
    for replica in range(len(SEEDS)):
        logits = forward(net, replica, inputs.numpy())
        chosen = log_softmax(logits)[np.arange(130), labels.numpy()]
        assert loss[replica] == pytest.approx(-chosen.mean(), rel=1e-4)
        assert accuracy[replica] == pytest.approx((logits.argmax(1) == labels.numpy()).mean())
    assert 0.5 < np.mean(accuracy) <= 1, "a network that has learned something tells more"


def test_batch_norm_is_tested_with_its_running_statistics():
    net = network("batch-norm")
    inputs, labels = examples(60)
    one = [telemetry.test(net, inputs[i : i + 1], labels[i : i + 1])[0] for i in range(60)]
    np.testing.assert_allclose(np.mean(one, 0), telemetry.test(net, inputs, labels)[0], rtol=1e-4)


def test_a_loss_that_is_not_finite_is_null_and_the_others_stay():
    net = network("plain", 2)
    inputs, labels = examples(40)
    before = telemetry.test(net, inputs, labels)
    net.read_out_bias[0, 1] = math.nan
    loss, accuracy = telemetry.test(net, inputs, labels)
    assert loss[1] is None and [loss[0], loss[2]] == [before[0][0], before[0][2]]
    assert all(0 <= value <= 1 for value in accuracy)


@pytest.mark.parametrize("method", METHODS)
def test_the_surface_is_the_first_networks_probability_at_the_middle_of_each_cell(method):
    net = network(method)
    extent = [-2.0, 1.0, 0.0, 4.0]
    cells = np.array(telemetry.surface(net, extent)).reshape(SIDE, SIDE)
    for row, column in [(0, 0), (0, SIDE - 1), (SIDE - 1, 0), (7, 31), (20, 20)]:
        point = np.array([[-2 + 3 * (column + 0.5) / SIDE, 4 * (row + 0.5) / SIDE]])
        assert cells[row, column] == pytest.approx(100 * np.exp(log_softmax(forward(net, 0, point))[0, 1]), abs=0.51)
    assert np.ptp(cells) > 20 and 0 <= cells.min() and cells.max() <= 100


# Reading changes nothing


@pytest.mark.parametrize("method", METHODS)
def test_reading_changes_nothing(method):
    net = network(method)
    neurons = net.neurons
    all_tensors = [*net.state(), *net.weight_gradients, neurons.x_stack, neurons.y, neurons.dx, *neurons.effective()]
    before = [tensor.clone() for tensor in all_tensors]
    generator = torch.get_rng_state()
    inputs, labels = examples(80)
    layers(net, [0, 1, 2])
    layers(net, [0])
    layers(net, [])
    telemetry.test(net, inputs, labels)
    telemetry.observe(net, inputs, labels, [0, 2])
    telemetry.surface(net, [-1, 1, -1, 1])
    after = [*net.state(), *net.weight_gradients, neurons.x_stack, neurons.y, neurons.dx, *neurons.effective()]
    assert all(same(old, new) for old, new in zip(before, after, strict=True))
    assert torch.equal(torch.get_rng_state(), generator)


def same(old: torch.Tensor, new: torch.Tensor) -> bool:
    """Equal to the last bit."""
    return torch.equal(old.view(torch.int32), new.contiguous().view(torch.int32))


@pytest.mark.parametrize("method", METHODS)
def test_training_goes_on_the_same_whether_or_not_it_was_read(method):
    def trained(watched: bool) -> tuple[torch.Tensor, ...]:
        net = Network(CONFIG, method, initial_weights(CONFIG, SEEDS))
        random = np.random.default_rng(9)
        for _ in range(5):
            inputs = torch.from_numpy(random.normal(size=(BATCH, 2)).astype(np.float32))
            labels, stacked = (inputs[:, 0] > 0).long(), inputs.expand(len(SEEDS), -1, -1)
            logits = net.forward(stacked)
            net.backward(stacked, (logits.softmax(1) - torch.nn.functional.one_hot(labels, 2).T) / BATCH)
            net.update(RATE, INTRINSIC)
            if watched:
                layers(net, [0, 2])
                telemetry.test(net, inputs, labels)
                telemetry.observe(net, inputs, labels, [0, 2])
                telemetry.surface(net, [-1, 1, -1, 1])
        return net.state()

    assert all(same(one, other) for one, other in zip(trained(False), trained(True), strict=True))
