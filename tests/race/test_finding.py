"""The sentence of the front page: its numbers are those of the recording at the moment, whatever the methods are."""

from __future__ import annotations

import math

import pytest

from app.race.blank import Blank
from app.race.finding import condition, facts, finding, text
from app.session import shipped
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording

THREE = ("plain", "batch-norm", "ip")


def made(shares: dict[str, list[float]], step: int) -> Recording:
    """A recording whose last test, on 500 examples, found these accuracies, one for each seed."""
    seeds = len(next(iter(shares.values())))
    config = RunConfig.from_dict({"methods": tuple(shares), "seeds": seeds, "steps": 200, "depth": 3})
    recording = Recording(config)
    recording.add(
        {"event": "start", "version": 1, "config": config.to_dict(), "data": {"train": 4000, "test": 500, "probe": 500}}
    )
    loss = {method: [[2.3] * seeds] * step for method in shares}
    if step:
        recording.add({"event": "steps", "first": 1, "elapsed": 1.0, "loss": loss})
    finite = {method: [share if math.isfinite(share) else None for share in each] for method, each in shares.items()}
    recording.add(
        {"event": "test", "step": step, "examples": 500, "loss": {m: [1.0] * seeds for m in shares}, "accuracy": finite}
    )
    return recording


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        (
            {"plain": [0.1], "batch-norm": [0.92], "ip": [0.894]},
            "After 100 steps plain is still guessing (10 % right). IP, which each neuron does by itself, "
            "reaches 89 % and batch norm 92 %.",
        ),
        (
            {"plain": [0.7, 0.8], "batch-norm": [0.9, 0.9]},
            "After 100 steps plain reaches 75 % and batch norm 90 %.",
        ),
        ({"ip": [0.5]}, "After 100 steps IP, which each neuron does by itself, reaches 50 %."),
        ({"plain": [0.1], "ip": [0.12]}, "After 100 steps plain and IP are still guessing (10 % and 12 % right)."),
        (
            {"plain": [0.1], "infomax": [math.nan]},
            "After 100 steps plain is still guessing (10 % right). Infomax has diverged.",
        ),
        ({"plain": [math.nan], "ip": [math.nan]}, "After 100 steps plain and IP have diverged."),
        ({"ip": [math.nan, 0.6]}, "After 100 steps IP, which each neuron does by itself, reaches 60 %."),
    ],
)  # fmt: skip
def test_the_sentence_says_who_guesses_who_learns_and_who_diverged(shares: dict[str, list[float]], says: str) -> None:
    assert text(finding(made(shares, 100))).replace("\N{NO-BREAK SPACE}", " ") == says


def test_before_training_and_before_a_test() -> None:
    before = made({"plain": [0.1], "ip": [0.09]}, step=0)
    assert text(finding(before)).replace("\N{NO-BREAK SPACE}", " ") == (
        "Before training all of these networks guess: 10 % and 9 % of answers are right."
    )
    known = facts(Recording(RunConfig()), None)
    assert text(known["finding"]) == "The first test is still to come." and known["blank"] is None
    assert known["reached"] == dict.fromkeys(THREE)


def test_nothing_is_said_of_networks_that_nobody_has_trained() -> None:
    blank = facts(Blank(RunConfig()), None)
    assert "Press Start" in text(blank["finding"]) and blank["blank"] == "Press Start"
    refused = facts(Blank(RunConfig(), refused=True), None)
    assert "cannot be trained" in text(refused["finding"]) and (refused["blank"], refused["condition"]) == ("", "")


def test_the_numbers_follow_the_slider_and_are_those_of_the_curve() -> None:
    shown = shipped.race()
    for test in shown.curve():
        known = facts(shown, test.step)
        assert known["reached"] == {method: pytest.approx(float(test.accuracy[method][0])) for method in THREE}
        words = "".join(part for part, _ in known["finding"])
        assert all(f"{100 * share:.0f}\N{NO-BREAK SPACE}%" in words for share in known["reached"].values())
    assert facts(shown, shown.step - 1)["finding"] != facts(shown, 1)["finding"]


def test_names_of_methods_are_marked_so_that_they_get_their_colours() -> None:
    named = [method for _, method in finding(shipped.race()) if method]
    assert sorted(named) == sorted(THREE)


def test_the_condition_names_the_networks_and_their_start() -> None:
    assert condition(RunConfig(depth=1, seeds=3, initialization="xavier")) == (
        "1 hidden layer of 64 neurons, seeds 0 to 2. Weights start in Xavier's range (variance 2/(fan-in + fan-out))."
    )
