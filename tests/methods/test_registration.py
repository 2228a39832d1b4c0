"""Methods are registered by place and only when they are complete; an unknown one is refused by name."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from colours import VISION, contrast, lab, linear

from app.compare.races.lines import difference, overlay
from app.neuron.frames import rests
from app.sweep.frames import signal_depth
from app.ui.palette import DARK, LIGHT, RUNS
from ipcore.config import METHODS, RunConfig, SweepConfig, parse_methods
from ipcore.methods import Method, get, names, register, registry
from ipcore.networks.network import Network
from ipcore.networks.neurons import hidden_neurons
from ipcore.networks.starts import initial_weights
from ipcore.recordings.measurement import MEASURABLE, check_measurable
from ipcore.theory.depth import gradient_multiplier, has_theory, potential_spread, signal_through_depth
from ipcore.theory.distributions import Normal
from ipcore.theory.equilibria import at_rest
from ipcore.theory.mean_course import mean_course, vector_field
from ipcore.theory.neuron import Neuron, advance, rules_of_one_neuron, simulate

X, STATE = np.zeros((4, 1)), {"gain": np.ones(1), "bias": np.zeros(1)}
TAKERS = {
    "get": get,
    "parse_methods": parse_methods,
    "RunConfig": lambda name: RunConfig(methods=name),
    "SweepConfig": lambda name: SweepConfig(methods=name),
    "Network": lambda name: Network(
        RunConfig(depth=1, width=2), name, initial_weights(RunConfig(depth=1, width=2), [0])
    ),
    "hidden_neurons": lambda name: hidden_neurons(name, 1, 1, 2, 4),
    "advance": lambda name: advance(name, X, STATE, 0.1),
    "Neuron": lambda name: Neuron(Normal(), name),
    "simulate": lambda name: simulate(Normal(), name, steps=1),
    "vector_field": lambda name: vector_field(Normal(), name, [1], [0]),
    "mean_course": lambda name: mean_course(Normal(), name, [0], 0.1),
    "at_rest": lambda name: at_rest(name, Normal()),
    "rules_of_one_neuron": rules_of_one_neuron,
    "gradient_multiplier": gradient_multiplier,
    "signal_through_depth": lambda name: signal_through_depth(name, 3),
    "potential_spread": potential_spread,
    "has_theory": has_theory,
    "signal_depth": lambda name: signal_depth(name, RunConfig(dataset="moons"), 0.1, 5),
    "rests": lambda name: rests((name,)),
}


@pytest.mark.parametrize("name", ["sgd", "IP", "", "plain,sgd"])
@pytest.mark.parametrize("taker", TAKERS)
def test_an_unknown_method_is_refused_with_the_names_of_the_known_ones(taker, name):
    with pytest.raises(ValueError, match=f"must be one (or more )?of {', '.join(METHODS)}, not"):
        TAKERS[taker](name)


def test_what_takes_methods_of_runs_has_none_that_a_run_cannot_have():
    """These get names from configurations, which know no others."""
    assert set(MEASURABLE) <= set(METHODS) and overlay([], "loss", ()) == [] and callable(difference)
    with pytest.raises(ValueError, match=r"methods must be of .* to be measured, not 'infomax'"):
        check_measurable(RunConfig(methods="infomax"))


@pytest.fixture
def untouched():
    """What a test registers is forgotten after it."""
    before, order = dict(registry._methods), list(registry._order)
    yield
    registry._methods.clear()
    registry._methods.update(before)
    registry._order[:] = order


def still(name: str, **more) -> Method:
    """A rule that moves nothing."""
    more = {
        "label": name.capitalize(),
        "description": "It does nothing.",
        "update": lambda x, u, y, state, rate: state,
    } | more
    return Method(name=name, **more)


def test_methods_are_listed_by_place_and_new_ones_last(untouched):
    first, second = register(still("one")), register(still("two", place=-1))
    assert names() == ("two", *METHODS, "one") and get("one") is first and get("two") is second
    assert parse_methods("one,ip,two") == ("two", "ip", "one")


def test_a_second_method_of_a_name_or_a_label_is_refused(untouched):
    with pytest.raises(ValueError, match=r"there is a method 'ip' or labelled 'Ip' already"):
        register(still("ip"))
    with pytest.raises(ValueError, match="labelled 'IP' already"):
        register(still("other", label="IP"))
    with pytest.raises(ValueError, match=r"a method must be an ipcore.methods.Method, not str"):
        register("ip")
    with pytest.raises(ValueError, match="must be like those of no other method"):
        register(still("other", color=get("ip").color, dash="1px,1px", symbol="cross"))


def test_spare_looks_are_given_out_until_there_are_none(untouched):
    given = [register(still(f"spare-{number}")) for number in range(4)]
    for a, b in itertools.combinations([*map(get, METHODS), *given], 2):
        assert a.color != b.color and a.dash != b.dash and a.symbol != b.symbol
    with pytest.raises(
        ValueError, match="all spare colours are taken: method 'last' must bring color, dash and symbol"
    ):
        register(still("last"))


@pytest.mark.parametrize(("shade", "background"), [(0, LIGHT), (1, DARK)])
def test_spare_colours_are_told_apart_from_all_others(shade, background):
    own = [color[shade] for color, _, _ in registry.SPARE_LOOKS]
    others = [get(name).color[shade] for name in METHODS]
    for color in own:
        assert contrast(color, background) >= 4.5
        assert min(np.linalg.norm(lab(linear(color)) - lab(linear(run[shade]))) for run in RUNS) >= 20
    pairs = [*itertools.combinations(own, 2), *itertools.product(own, others)]
    for (a, b), vision in itertools.product(pairs, VISION.values()):
        assert np.linalg.norm(lab(vision @ linear(a)) - lab(vision @ linear(b))) >= 20, (a, b)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Not good"}, "name of method 'Not good' must be 1 to 20 lower-case letters"),
        ({"label": "<b>"}, "label of method 'odd' must be 1 to 30 letters"),
        ({"description": ""}, "description of method 'odd' must be a sentence"),
        ({"update": None}, "update of method 'odd' must be a function where backprop trains nothing"),
        ({"update": "gain"}, "update of method 'odd' must be a function"),
        ({"needs": frozenset({"w"})}, "needs of method 'odd' must be a frozenset of x, u and y"),
        ({"state": {"gain": 0.0, "bias": 0.0}}, "state of method 'odd' must be a gain above 0 and a bias"),
        ({"state": {"gain": 1.0}}, "state of method 'odd' must be a gain above 0 and a bias"),
        ({"least_batch": 0}, "least_batch of method 'odd' must be a whole number"),
        ({"least_batch": 4}, "least_batch_reason of method 'odd' must be half a sentence"),
        ({"over_units": True}, "single_neuron_reason of method 'odd' must be half a sentence"),
        ({"color": ("red", "#ffffff")}, "color of method 'odd' must be two of #rrggbb"),
        ({"dash": "dotted"}, "dash of method 'odd' must be solid or lengths"),
        ({"symbol": "x"}, "symbol of method 'odd' must be one of circle"),
    ],
)  # fmt: skip
def test_a_record_that_is_not_complete_is_refused_by_field(changes, says):
    with pytest.raises(ValueError, match=says):
        dataclasses.replace(still("odd"), **changes)
