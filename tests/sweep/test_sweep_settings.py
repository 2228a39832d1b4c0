"""The settings of a sweep, in a link and on the page."""

import pytest
from small_sweeps import MAP, RATES, SHAPE

from app.sweep import settings as sweep_controls
from ipcore.sweeps.plan import Sweep


def test_a_link_restores_every_setting():
    changed = {
        "over": ("depth", "weight_scale"), "depths": (1, 4), "weight_scales": (0.5, 2.5), "equal_examples": False,
        "methods": ("ip",), "seeds": 2, "width": 8, "dataset": "moons", "steps": 30,
    }  # fmt: skip
    values = {**sweep_controls.DEFAULTS, **changed}
    written = sweep_controls.to_url(values)
    assert written["over"] == "depth,weight_scale" and written["weight_scales"] == "0.5,2.5"
    assert sweep_controls.from_url(written) == (changed, [])
    assert sweep_controls.to_url(sweep_controls.DEFAULTS) == {}


@pytest.mark.parametrize(
    ("parameter", "text", "said"),
    [
        ("over", "seeds", "over must name one or two different of learning_rate"),
        ("over", "depth,depth", "not depth, depth"),
        ("depths", "1,900", "depth must be a whole number from 1 to 50"),
        ("equal_examples", "perhaps", "true or false"),
        ("bogus", "1", "not a setting of this page"),
    ],
)
def test_what_is_wrong_in_a_link_is_named(parameter, text, said):
    values, (notice,) = sweep_controls.from_url({parameter: text})
    assert values == {} and said in notice


def test_the_settings_of_a_sweep_give_it_again():
    for sweep in (RATES, MAP, Sweep(SHAPE.replace(batch_size=8), {"batch_size": (2, 8)}, True, True)):
        values = sweep_controls.values_of(sweep)
        assert sweep_controls.choose(values).sweep == sweep
        unused = set(sweep.over)
        assert all(values[name] == sweep_controls.DEFAULTS[name] for name in unused), "as a first visit has it"


def test_choices_are_sweeps_or_reasons():
    def choose(**changes) -> sweep_controls.SweepChoice:
        return sweep_controls.choose({**sweep_controls.DEFAULTS, **changes})

    assert choose().sweep == sweep_controls.default() and sweep_controls.default().networks == 63
    sizes = choose(over=("batch_size", "")).sweep
    assert sizes.config.batch_size == 64 and sizes.equal_examples and sizes.usual_rates
    assert not choose(usual_rates=True).sweep.usual_rates, "without batch sizes each has the rate that is set"
    assert "not 'x'" in choose(learning_rates=[0.1, "x"]).problem
    assert "Learning rate must have" in choose(learning_rates=[]).problem
    assert "This sweep is too large" in choose(over=("learning_rate", "depth"), steps=100_000, seeds=16).problem
    large = choose(seeds=16, methods=("plain", "batch-norm", "infomax", "ip"), width=256)
    assert large.sweep.networks == 7 * 4 * 16, "too large for one race, not for a sweep"
    sizes = choose(over=("batch_size", ""), batch_sizes=(1, 1024)).problem
    assert "At batch size 1 as many examples as 600 minibatches of 1,024 take 614,400 steps" in sizes
    assert choose(over=("depth", ""), depth=50, width=256, seeds=16, depths=(1, 2)).sweep, "a depth that is not used"
    assert choose(methods=[]).problem == "Choose at least one method."
