"""The sentence of the front page: its numbers are those of the recording at the moment, whatever the methods are."""

from __future__ import annotations

import itertools
import math

import pytest

from app.race.blank import Blank
from app.race.finding import condition, facts, finding, longest, room, text
from app.session import lessons, shipped
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
            "Tested after 100 steps, plain is no better than guessing (10 % right). "
            "IP, which each neuron does by itself, reaches 89 % and batch norm 92 %.",
        ),
        (
            {"plain": [0.7, 0.8], "batch-norm": [0.9, 0.9]},
            "Tested after 100 steps, plain reaches 75 % and batch norm 90 %.",
        ),
        ({"ip": [0.5]}, "Tested after 100 steps, IP, which each neuron does by itself, reaches 50 %."),
        (
            {"plain": [0.1], "ip": [0.12]},
            "Tested after 100 steps, plain and IP are no better than guessing (10 % and 12 % right).",
        ),
        (
            {"plain": [0.1], "infomax": [math.nan]},
            "Tested after 100 steps, plain is no better than guessing (10 % right). Infomax has diverged.",
        ),
        ({"plain": [math.nan], "ip": [math.nan]}, "Tested after 100 steps, plain and IP have diverged."),
        ({"ip": [math.nan, 0.6]}, "Tested after 100 steps, IP, which each neuron does by itself, reaches 60 %."),
    ],
)  # fmt: skip
def test_the_sentence_says_who_guesses_who_learns_and_who_diverged(shares: dict[str, list[float]], says: str) -> None:
    assert text(finding(made(shares, 100))).replace("\N{NO-BREAK SPACE}", " ") == says


def test_before_training_and_before_a_test() -> None:
    before = made({"plain": [0.1], "ip": [0.09]}, step=0)
    assert text(finding(before)).replace("\N{NO-BREAK SPACE}", " ") == (
        "Before training these networks know nothing: 10 % and 9 % of answers are right."
    )
    known = facts(Recording(RunConfig()), None)
    assert text(known["finding"]) == "The first test is still to come." and known["blank"] is None
    assert known["reached"] == dict.fromkeys(THREE)


def test_a_share_below_chance_is_not_called_a_guess_and_the_step_is_that_of_the_test() -> None:
    """The chart beside it has a line at 10 %, named guessing, and the slider may be later than the test."""
    shown = shipped.race()
    final = shown.curve()[-1]
    assert float(final.accuracy["plain"][0]) < 0.09
    assert "plain is no better than guessing (6\N{NO-BREAK SPACE}% right)" in text(finding(shown))
    for earlier, later in itertools.pairwise(shown.curve()[1:]):
        says = text(finding(shown, later.step - 1))
        assert says.startswith(f"Tested after {earlier.step:,} step") and says == text(finding(shown, earlier.step))
    one = text(finding(made({"plain": [0.07]}, step=0))).replace("\N{NO-BREAK SPACE}", " ")
    assert one == "Before training this network knows nothing: 7 % of answers are right."


def test_the_page_leaves_room_for_the_longest_sentence_and_no_more() -> None:
    for shown in (shipped.race(), *map(lessons.recording, ("deep-plain", "better-start", "tiny-batches"))):
        assert isinstance(shown, Recording)
        says = [text(finding(shown, test.step)) for test in shown.curve()]
        assert room(shown) in says and len(room(shown)) == max(map(len, says))
        assert len(room(shown)) <= len(longest(shown.config.methods, shown.config.steps))
    running = Recording(RunConfig.from_dict({"methods": ("plain",), "steps": 1000}))
    assert room(running).replace("\N{NO-BREAK SPACE}", " ") == (
        "Tested after 1,000 steps, plain is no better than guessing (10 % right)."
    )


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
