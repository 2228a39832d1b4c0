"""Differences of test accuracy between methods and between races, paired by seeds."""

from __future__ import annotations

from compared_runs import SMALL, with_tests

from app.compare.comparison import compare
from app.compare.parts import minus_group
from app.compare.races.differences import differences_at_the_end, minus_baseline
from app.ui.words import difference_in_words
from ipcore.recordings.race import Recording
from ipcore.statistics.intervals import paired_difference


def race(config, shares: dict[str, list[float]], diverged: tuple[str, int] | None = None) -> Recording:
    """A race whose last test has these accuracies."""
    made = with_tests(config, (), None)
    if diverged:
        method, seed = diverged
        made.add({"event": "diverged", "step": config.steps, "method": method, "seed": seed})
    loss = {method: [1.0] * config.seeds for method in shares}
    made.add({"event": "test", "step": config.steps, "examples": 100, "loss": loss, "accuracy": shares})
    return made


FOUR = SMALL.replace(seeds=4)
PLAIN, NORM, IP = [0.10, 0.12, 0.11, 0.10], [0.90, 0.91, 0.93, 0.92], [0.88, 0.90, 0.89, 0.91]
SHARES = {"plain": PLAIN, "batch-norm": NORM, "ip": IP}


def test_each_method_minus_plain_of_the_same_race():
    a, b = compare([("", race(FOUR, SHARES)), ("", race(FOUR, SHARES, ("ip", FOUR.first_seed)))])
    methods = ("plain", "batch-norm", "ip")
    wanted = [difference_in_words(paired_difference(each, PLAIN)) for each in (NORM, IP)]
    assert minus_baseline(a, methods) == ["–", *wanted]
    left = difference_in_words(paired_difference(IP[1:], PLAIN[1:]))
    assert minus_baseline(b, methods) == ["–", wanted[0], left], "without the seed that diverged"
    group = minus_group((a, b), methods, [minus_baseline(run, methods) for run in (a, b)])
    assert group.heads == ["batch norm", "IP"] and "Minus plain, paired by seeds" in group.title
    assert group.rows == [wanted, [wanted[0], left]]


def test_few_seeds_and_single_methods_have_no_column():
    two = SMALL.replace(seeds=2)
    shares = {method: each[:2] for method, each in SHARES.items()}
    alone = FOUR.replace(methods="ip")
    runs = compare([("", race(two, shares)), ("", race(alone, {"ip": IP}))])
    rows = [minus_baseline(run, ("plain", "ip")) for run in runs]
    assert rows == [["–", "–"]] * 2 and not minus_group(runs, ("plain", "ip"), rows).heads


def test_two_races_are_paired_by_the_seeds_that_both_have():
    better = {method: [share + 0.01 * place for place, share in enumerate(each)] for method, each in SHARES.items()}
    a, b = compare([("", race(FOUR, SHARES)), ("", race(FOUR, better))])
    said = differences_at_the_end(b, a)
    gained = difference_in_words(paired_difference([0.0, 0.01, 0.02, 0.03], [0.0] * 4))
    assert said == (
        " Newest test accuracies, in percentage points with 95 % intervals: "
        f"plain {gained}, batch norm {gained}, IP {gained}."
    )
    two = FOUR.replace(first_seed=FOUR.first_seed + 2)
    assert differences_at_the_end(*compare([("", race(two, SHARES)), ("", race(FOUR, SHARES))])) == "", "two in common"
