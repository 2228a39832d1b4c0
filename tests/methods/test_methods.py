"""Every registered method is complete, and no other file knows one by name."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from serving import ROOT

from ipcore.config import METHODS
from ipcore.methods import Method, get
from ipcore.methods.mathematics.expectation import Weighted, expected_update
from ipcore.methods.mathematics.fixed_point import fixed_point
from ipcore.methods.record import SYMBOLS
from ipcore.networks.neurons import hidden_neurons
from ipcore.theory.distributions import Exponential, Laplace, Mixture, Normal
from ipcore.theory.equilibria import at_rest

FED = [Normal(3, 0.1), Exponential(1), Mixture((-1, 2), (0.5, 1), 0.4), Laplace(-2, 2)]
RULES = [name for name in METHODS if get(name).update]


def minibatch(name: str) -> tuple[dict[str, np.ndarray], ...]:
    """What a rule reads of 3 x 40 x 5 examples, those that it does not need None, and a state that has moved."""
    generator, method = np.random.default_rng(1), get(name)
    state = {key: values + generator.uniform(0, 0.3, (3, 5)) for key, values in method.start(np.full, (3, 5)).items()}
    x = generator.normal(0.3, 2, (3, 40, 5))
    u = state["gain"][:, None] * x + state["bias"][:, None]
    seen = {"x": x, "u": u, "y": np.tanh(u)}
    return {key: seen[key] if key in method.needs else None for key in seen}, state


@pytest.mark.parametrize("name", METHODS)
def test_a_record_says_all_that_pages_show(name):
    method = get(name)
    assert method.name == name and method.label and method.description.endswith(".") and method.formula
    assert method.symbol in SYMBOLS and method.dash and all(method.color)
    assert method.local or method.backprop
    assert (method.least_batch > 1) == bool(method.least_batch_reason)
    assert method.too_small(method.least_batch - 1) and not method.too_small(method.least_batch)


@pytest.mark.parametrize("name", METHODS)
def test_a_start_has_the_shape_that_is_asked_for(name):
    for full, shape in ((np.full, (2, 3)), (torch.full, (4, 2, 3))):
        state = get(name).start(full, shape)
        assert {"gain", "bias"} <= state.keys() and {tuple(values.shape) for values in state.values()} == {shape}
        assert (state["gain"] > 0).all()


@pytest.mark.parametrize("name", RULES)
def test_a_rule_keeps_shapes_changes_nothing_in_place_and_is_the_same_in_numpy_and_torch(name):
    update, (seen, state) = get(name).update, minibatch(name)
    before = {key: values.copy() for key, values in state.items()}
    after = update(*seen.values(), state, 0.05)
    tensors = [None if values is None else torch.from_numpy(values) for values in seen.values()]
    as_tensors = update(*tensors, {key: torch.from_numpy(values) for key, values in state.items()}, 0.05)
    assert after.keys() == state.keys() == as_tensors.keys()
    for key in state:
        assert after[key].shape == (3, 5) and isinstance(as_tensors[key], torch.Tensor)
        np.testing.assert_array_equal(state[key], before[key])
        np.testing.assert_allclose(as_tensors[key].numpy(), after[key], rtol=1e-12)
    rates = update(
        *tensors,
        {key: torch.from_numpy(values) for key, values in state.items()},
        torch.full((3, 1), 0.05, dtype=torch.float64),
    )
    assert all(torch.equal(rates[key], as_tensors[key]) for key in state), "each replica may have a rate of its own"


@pytest.mark.parametrize("fed", FED, ids=str)
@pytest.mark.parametrize("name", METHODS)
def test_a_rest_is_a_fixed_point_of_the_expected_update(name, fed):
    method = get(name)
    if method.rest is None:
        return
    gain, bias = at_rest(name, fed)
    state = method.start(np.full, (1,)) | {"gain": np.array([gain]), "bias": np.array([bias])}
    if state.keys() > {"gain", "bias"}:
        pytest.skip("what else the rule keeps is not part of the rest")
    after = expected_update(method, fed, state, 0.01)
    assert after["gain"] == pytest.approx(gain, rel=1e-6)
    assert after["bias"] == pytest.approx(bias, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("fed", FED, ids=str)
@pytest.mark.parametrize("name", RULES)
def test_the_rest_that_a_rule_is_followed_to_is_the_one_that_is_stated(name, fed):
    assert fixed_point(get(name), fed) == pytest.approx(at_rest(name, fed), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_the_spread_is_that_of_the_potential_at_rest(name):
    method = get(name)
    if method.potential_spread is not None and method.rest is not None:
        assert at_rest(name, Normal(0, 1))[0] == pytest.approx(method.potential_spread, rel=1e-5)
        assert method._spread_at_rest() == pytest.approx(method.potential_spread, rel=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_networks_have_neurons_for_it(name):
    neurons = hidden_neurons(name, 2, 3, 4, 8)
    kept = {tuple(tensor.shape) for tensor in neurons.state()}
    assert kept == {(2, 3, 4, 1)} and len(neurons.state()) >= 2


def test_an_expectation_is_that_of_the_rule_on_many_samples():
    """Also of a rule that is not linear in y, and takes a variance."""

    def update(x, u, y, state, rate):
        return {"gain": state["gain"] + rate * (0.3 - (y * y).mean(-2)), "bias": state["bias"] - rate * y.std(-2)}

    method, fed = Method(name="odd", label="Odd", description="Odd.", update=update), FED[2]
    state = {"gain": np.array([0.7]), "bias": np.array([0.2])}
    x = fed.sample(np.random.default_rng(0), (400_000, 1))
    u = state["gain"] * x + state["bias"]
    expected = expected_update(method, fed, state, 1.0)
    for name, values in method.step(x, u, np.tanh(u), state, 1.0).items():
        assert expected[name] == pytest.approx(values, abs=2e-3)


@pytest.mark.parametrize(
    "statistic", [lambda y: y.sum(-2), lambda y: y.max(-2), lambda y: np.median(y, -2), lambda y: y.mean()]
)
def test_statistics_that_theory_cannot_take_are_refused_not_computed_wrongly(statistic):
    with pytest.raises(TypeError, match="a rule may take"):
        statistic(Weighted(np.ones((4, 1)), np.full(4, 0.25)))
    method = Method(
        name="odd", label="Odd", description="Odd.",
        update=lambda x, u, y, state, rate: state | {"gain": state["gain"] - rate * statistic(y)},
    )  # fmt: skip
    assert fixed_point(method, FED[0]) is None and method.potential_spread is None


def test_a_rule_without_a_rest_has_none():
    """The gain grows for ever; and one whose zero is unstable comes to rest nowhere."""
    grows = Method(name="odd", label="Odd", description="Odd.",
                   update=lambda x, u, y, state, rate: state | {"gain": state["gain"] * (1 + rate)})  # fmt: skip
    flees = Method(
        name="odd", label="Odd", description="Odd.",
        update=lambda x, u, y, state, rate: {"gain": state["gain"] * (1 + rate * ((y * y).mean(-2) - 0.25)),
                                             "bias": state["bias"] - rate * y.mean(-2)},
    )  # fmt: skip
    for method in (grows, flees):
        assert fixed_point(method, Normal(0, 1)) is None and method.potential_spread is None


MAY_NAME_METHODS = {
    "ipcore/config.py": "the default race",
    "ipcore/networks/neurons/__init__.py": "neurons that backprop goes through",
    "ipcore/statistics/pairs.py": "the method that others are compared with",
    "app/race/start.py": "the method whose start decides",
    "app/race/finding.py": "the method whose sentence says what each neuron does",
    "ipcore/networks/compiled/neurons.py": "neurons that have compiled loops",
}
"""File -> what it names methods for. Besides them, the claims of the paper are about certain methods."""


def literals(path: Path) -> set[str]:
    """Every string in a file that is the name of a method that ships."""
    strings = (node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant))
    return {value for value in strings if value in METHODS}


def test_no_other_file_names_a_method():
    folders = (ROOT / folder for folder in ("app", "ipcore", "pages"))
    files = [path for folder in folders for path in folder.rglob("*.py")]
    naming = {path.relative_to(ROOT).as_posix() for path in files if literals(path)}
    inside = {path for path in naming if path.startswith("ipcore/methods/")}
    claims = {path for path in naming if path.startswith("ipcore/claims/")}
    assert len(inside) >= 8 and naming - inside - claims == set(MAY_NAME_METHODS)


def test_no_script_of_the_browser_names_one():
    scripts = [*(ROOT / "app/static").rglob("*.js")]
    quoted = [f"{quote}{name}{quote}" for name in METHODS[1:] for quote in "\"'"]
    assert scripts
    for path in scripts:
        if "plotly" not in path.name:
            assert not [each for each in quoted if each in path.read_text("utf-8")], path
