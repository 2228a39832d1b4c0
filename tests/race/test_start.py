"""How the weights of a race start, in words."""

import pytest

from app.race.settings import DEFAULTS
from app.race.start import BEST, improvable, in_words
from ipcore.config import CHOICES, RunConfig


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Weights start in PyTorch's default range (variance 1/(3 fan-in))."),
        ({"weight_scale": 1.7}, "Weights start in 1.7 times PyTorch's default range (variance 2.89/(3 fan-in))."),
        ({"initialization": "xavier"}, "Weights start in Xavier's range (variance 2/(fan-in + fan-out))."),
        (
            {"initialization": "xavier", "weight_scale": 0.5},
            "Weights start in 0.5 times Xavier's range (variance 0.5/(fan-in + fan-out)).",
        ),
        ({"initialization": "orthogonal"}, "Weights start as orthogonal matrices."),
        ({"initialization": "orthogonal", "weight_scale": 2}, "Weights start as 2 times orthogonal matrices."),
        (
            {"initialization": "orthogonal", "biases": "drawn"},
            "Weights start as orthogonal matrices. Biases are drawn as in PyTorch's nn.Linear.",
        ),
    ],
)
def test_the_start_is_said_in_words(changes, said):
    assert in_words(RunConfig(**changes)) == said


def test_every_initialization_can_be_said():
    assert len({in_words(RunConfig(initialization=name)) for name in CHOICES["initialization"].options}) == 3


def test_plain_can_be_given_a_better_start_unless_it_has_another_or_takes_no_part():
    assert improvable(DEFAULTS) and improvable({**DEFAULTS, "weight_scale": 1.7})
    assert not improvable({**DEFAULTS, "methods": ("ip",)})
    assert not improvable({**DEFAULTS, **BEST}) and not improvable({**DEFAULTS, "initialization": "orthogonal"})
    RunConfig(**BEST)
