"""What ``import ipcore`` offers: by name, when it is first used, and to the last bit what the dashboard trains."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from serving import ROOT

import ipcore
from ipcore.networks import training
from ipcore.recordings.race import from_events
from ipcore.theory.distributions import Normal
from ipcore.theory.equilibria import equilibrium
from ipcore.worker.commands import Schedule

TINY = ipcore.RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, batch_size=20, steps=30, seeds=2)


def test_every_name_is_offered_and_nothing_else() -> None:
    for name in ipcore.__all__:
        assert getattr(ipcore, name) is not None and name in dir(ipcore)
    assert ipcore.data.load and ipcore.methods.__name__ == "ipcore.methods"
    with pytest.raises(AttributeError, match="module 'ipcore' has no attribute 'trian'"):
        ipcore.trian  # noqa: B018


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import ipcore; dir(ipcore)", {"numpy", "pandas", "torch", "scipy", "ipcore.config"}),
        ("import ipcore; ipcore.RunConfig, ipcore.train, ipcore.sweep", {"pandas", "torch", "scipy", "distributed"}),
        ("import ipcore; ipcore.equilibrium('normal')", {"pandas", "torch", "distributed"}),
        ("import ipcore; ipcore.data", {"torch", "pandas", "ipcore.api"}),
    ],
)
def test_what_is_offered_is_loaded_when_it_is_used(program: str, absent: set[str]) -> None:
    program += f"; import sys; print(*({absent} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_training_is_that_of_the_generator_to_the_last_bit() -> None:
    changes = [(0, "intrinsic_rate", 0.1), (11, "learning_rate", 1 / 3)]
    heard: list[object] = []
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        made = ipcore.train(TINY, changes=changes, on_event=heard.append)
        assert torch.get_num_threads() == 2, "as many as before"
        torch.set_num_threads(1)
        other = from_events(training.train(TINY, ipcore.data.load("moons"), Schedule(changes)))
    finally:
        torch.set_num_threads(before)
    assert made.state == "finished" and made.revision == len(heard) and len(made.marks) == 2
    for method in TINY.methods:
        np.testing.assert_array_equal(made.loss(method), other.loss(method))
        np.testing.assert_array_equal(made.tests[-1].accuracy[method], other.tests[-1].accuracy[method])


def test_what_is_not_allowed_is_refused_before_anything_is_trained(monkeypatch) -> None:
    with pytest.raises(ValueError, match="change must come before the last of 30 steps, not after 30"):
        ipcore.train(TINY, changes=[(30, "learning_rate", 0.1)])
    with pytest.raises(ValueError, match="setting must be one of learning_rate, intrinsic_rate"):
        ipcore.train(TINY, changes=[(3, "depth", 4)])
    monkeypatch.setenv("IPCORE_LIMITS", "steps=20")
    with pytest.raises(ValueError, match="steps"):
        ipcore.train(TINY)


def test_a_sweep_is_trained_to_its_end() -> None:
    heard: list[object] = []
    made = ipcore.sweep(TINY, {"learning_rate": [0.1, 0.01]}, workers=1, on_event=heard.append)
    assert made.state == "finished" and made.done_networks == 8 and made.revision == len(heard)
    assert (
        made.sweep.over == {"learning_rate": (0.01, 0.1)} and made.to_frame("networks")["test_accuracy"].notna().all()
    )
    with pytest.raises(ValueError, match="over must name one or two different of"):
        ipcore.sweep(TINY, {"dataset": ["moons"]})


def test_an_equilibrium_is_asked_by_name_or_by_distribution() -> None:
    assert ipcore.equilibrium("normal", mean=1, sd=2) == ipcore.equilibrium(Normal(1, 2)) == equilibrium(Normal(1, 2))
    with pytest.raises(ValueError, match="distribution must be one of normal"):
        ipcore.equilibrium("cauchy")
    with pytest.raises(ValueError, match="has its parameters; sd may stand beside a name only"):
        ipcore.equilibrium(Normal(), sd=2)
