"""Weights and biases before training, against torch.nn.init and torch.nn.Linear."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from ipcore.config import CHOICES, METHODS, RunConfig
from ipcore.data.sets import load
from ipcore.methods import get
from ipcore.networks.network import Network
from ipcore.networks.race import Race
from ipcore.networks.starts import INITIALIZATIONS, initial_biases, initial_weights
from ipcore.theory.depth import signal_through_depth, start_variances

SEEDS = (5, 6, 7)
SMALL = RunConfig(dataset="spirals", depth=4, width=9, batch_size=8)
DIGITS = RunConfig(depth=3, width=20, batch_size=8)
KINDS = tuple(INITIALIZATIONS)


def matrices(config: RunConfig, seed: int) -> list[Tensor]:
    """The matrix of each layer of one network, from the input to the read-out."""
    first, between, read_out = initial_weights(config, [seed])
    return [*first[:, 0], *between[:, 0], *read_out[:, 0]]


def test_there_is_a_function_for_every_choice():
    assert KINDS == tuple(CHOICES["initialization"].options)


@pytest.mark.parametrize("config", [SMALL, DIGITS, SMALL.replace(weight_scale=3.0)])
def test_by_default_weights_are_those_of_earlier_versions_to_the_last_bit(config):
    generator = torch.Generator().manual_seed(6)
    layers = (1, config.width, config.data.features), (config.depth - 1, config.width, config.width)
    for found, shape in zip(initial_weights(config, [6])[:2], layers, strict=True):
        uniform = torch.rand(shape, generator=generator) * 2 - 1
        assert torch.equal(found[:, 0], uniform * (config.weight_scale / math.sqrt(shape[-1])))
    uniform = torch.rand((1, config.data.classes, config.width), generator=generator) * 2 - 1
    assert torch.equal(initial_weights(config, [6])[2][:, 0], uniform * (1 / math.sqrt(config.width)))


@pytest.mark.parametrize("config", [SMALL, DIGITS, SMALL.replace(depth=1)])
@pytest.mark.parametrize(("kind", "theirs"), [("xavier", nn.init.xavier_uniform_), ("orthogonal", nn.init.orthogonal_)])
def test_weights_are_those_of_torch_nn_init(config, kind, theirs):
    """The same generator gives the same numbers, layer after layer; the scale does not reach the read-out."""
    generator = torch.Generator().manual_seed(6)
    *hidden, read_out = matrices(config.replace(initialization=kind, weight_scale=1.7), 6)
    for matrix in hidden:
        expected = theirs(torch.empty_like(matrix), 1.7, generator=generator)
        torch.testing.assert_close(matrix, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(
        read_out, theirs(torch.empty_like(read_out), 1.0, generator=generator), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("config", [SMALL, DIGITS])
def test_orthogonal_matrices_have_orthonormal_rows_or_columns(config):
    """784 inputs to 20 neurons are wide, 2 inputs to 9 neurons are tall."""
    *hidden, read_out = matrices(config.replace(initialization="orthogonal", weight_scale=2.0), 0)
    for matrix, scale in [*((each, 2.0) for each in hidden), (read_out, 1.0)]:
        smaller = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
        torch.testing.assert_close(smaller, scale**2 * torch.eye(len(smaller)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "variance"), [("pytorch", 1 / 3), ("xavier", 1.0), ("orthogonal", 1.0)])
def test_the_variance_of_hidden_weights_keeps_a_small_signal_or_a_third_of_it(kind, variance):
    _, between, _ = initial_weights(SMALL.replace(width=200, initialization=kind, weight_scale=2.0), [0])
    assert 200 * between.double().var().item() == pytest.approx(4 * variance, rel=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_and_biases_are_the_same_whatever_the_stack_and_its_scales(kind):
    config = SMALL.replace(initialization=kind, biases="drawn")
    stack = *initial_weights(config, SEEDS, [0.5, 2.0, 3.0]), *initial_biases(config, SEEDS)
    single = *initial_weights(config.replace(weight_scale=2.0), [6]), *initial_biases(config, [6])
    for many, one in zip(stack, single, strict=True):
        assert torch.equal(many[:, 1], one[:, 0])
        assert not torch.equal(many[:, 0], many[:, 1]) or not many.numel()


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_does_not_depend_on_the_number_of_those_above_it(kind):
    config = SMALL.replace(initialization=kind)
    deep, shallow = (initial_weights(config.replace(depth=depth), [6]) for depth in (5, 3))
    assert torch.equal(deep[0], shallow[0]) and torch.equal(deep[1][:2], shallow[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dataset", "width"), [("mnist-5k", 100), ("moons", 300)])
def test_theory_knows_the_variances_of_what_is_drawn(kind, dataset, width):
    config = RunConfig(dataset=dataset, depth=3, width=width, initialization=kind, biases="drawn", weight_scale=1.5)
    (first, between, _), (hidden, _) = initial_weights(config, range(9)), initial_biases(config, range(9))
    found = start_variances(config)
    assert config.data.features * first.square().mean().item() == pytest.approx(found.first_weights, rel=0.05)
    assert width * between.square().mean().item() == pytest.approx(found.weights, rel=0.05)
    assert hidden[0].square().mean().item() == pytest.approx(found.first_biases, rel=0.1)
    assert hidden[1:].square().mean().item() == pytest.approx(found.biases, rel=0.1)


@pytest.mark.parametrize("biases", ["zero", "drawn"])
@pytest.mark.parametrize("kind", KINDS)
def test_errors_grow_or_fade_through_an_untrained_plain_network_as_in_theory(kind, biases):
    config = RunConfig(methods=("plain",), depth=10, initialization=kind, biases=biases, seeds=5)
    race = Race(config, load("mnist-5k"))
    race.advance()
    signal = race.networks["plain"].neurons.dx.square().mean((2, 3)).sqrt()
    found = (signal / signal[-1]).log().mean(1).exp()
    theory = signal_through_depth(
        "plain", 10, input_second_moment=config.data.second_moment, start=start_variances(config)
    )
    torch.testing.assert_close(found.double(), torch.from_numpy(theory.error_signal), rtol=0.12, atol=0)


def test_biases_are_zero_unless_they_are_drawn():
    assert initial_biases(SMALL, SEEDS) is None
    network = Network(SMALL, "plain", initial_weights(SMALL, SEEDS))
    assert not network.read_out_bias.any() and not network.neurons.bias.any()


def test_drawn_biases_have_the_range_of_torch_nn_linear():
    hidden, read_out = initial_biases(DIGITS.replace(width=400, biases="drawn"), [3])
    for biases, fan_in in ((hidden[0], 784), (hidden[1], 400), (hidden[2], 400)):
        bound = nn.Linear(fan_in, 400).bias.abs().max().item()  # all but the whole range, as the largest of 400
        assert biases.abs().max().item() == pytest.approx(bound, rel=0.05) and biases.abs().max() <= fan_in**-0.5
        assert biases.var().item() == pytest.approx(1 / 3 / fan_in, rel=0.2)
    assert 0 < read_out.abs().max() <= 400**-0.5 and read_out.shape == (1, 1, 10, 1)


def test_drawn_biases_leave_the_weights_and_repeat_none_of_their_numbers():
    """PyTorch's generator has the same numbers for seeds that differ by a multiple of 2**32."""
    with_biases = DIGITS.replace(biases="drawn")
    for drawn, zero in zip(initial_weights(with_biases, SEEDS), initial_weights(DIGITS, SEEDS), strict=True):
        assert torch.equal(drawn, zero)
    first, _, _ = initial_weights(with_biases, SEEDS)
    hidden, _ = initial_biases(with_biases, SEEDS)
    for replica in range(len(SEEDS)):
        assert not torch.isin(hidden[0, replica], first[0, replica]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_every_method_starts_from_the_same_numbers(kind):
    """The same weights and read-out; the same biases of hidden neurons, but 0 where these are added to what is
    normalised."""
    config = RunConfig(
        dataset="moons", methods=METHODS, depth=3, width=8, batch_size=20, seeds=2, initialization=kind, biases="drawn"
    )
    seeds = [config.first_seed, config.first_seed + 1]
    weights, biases = initial_weights(config, seeds), initial_biases(config, seeds)
    for method, network in Race(config, load("moons")).networks.items():
        for found, expected in zip(network.weights, weights, strict=True):
            assert torch.equal(found, expected)
        assert torch.equal(network.read_out_bias, biases.read_out)
        found = network.neurons.bias
        assert torch.equal(found, biases.hidden if method == "plain" or get(method).local else torch.zeros_like(found))


def test_the_first_outputs_are_those_of_torch_nn_linear():
    config = SMALL.replace(initialization="xavier", biases="drawn")
    weights, biases = initial_weights(config, SEEDS), initial_biases(config, SEEDS)
    network = Network(config, "plain", weights, biases)
    layers: list[nn.Module] = []
    for matrix, bias in zip(matrices(config, 6), [*biases.hidden[:, 1], biases.read_out[0, 1]], strict=True):
        linear = nn.Linear(matrix.shape[1], matrix.shape[0])
        linear.weight.data, linear.bias.data = matrix, bias.squeeze(-1)
        layers += [linear, nn.Tanh()]
    inputs = torch.randn(8, 2, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(network.evaluate(inputs)[1].T, nn.Sequential(*layers[:-1])(inputs))
