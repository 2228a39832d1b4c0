"""Findings from made-up numbers: every verdict can be reached, and the words follow the numbers."""

from __future__ import annotations

import pytest
from claims_results import evidence, made_up

from ipcore.claims.claims import CLAIMS
from ipcore.claims.evidence import Evidence
from ipcore.claims.experiments import INPUTS
from ipcore.claims.findings import FINDINGS
from ipcore.claims.findings.locality import is_local
from ipcore.claims.judging import judge
from ipcore.claims.report import report
from ipcore.claims.results import parse


def finding(claim: str, **changes):
    return FINDINGS[claim](evidence(claims=(claim,), **changes))


def at(found, where: str):
    (condition,) = (each for each in found.conditions if each.where == where)
    return condition


def test_c1_holds_where_ip_is_ahead_everywhere():
    found = finding("C1", accuracy=lambda method, *place: {"plain": 0.5, "ip": 0.8, "batch-norm": 0.9}[method])
    assert found.verdict == "holds" and {each.verdict for each in found.conditions} == {"holds"}
    assert "IP - plain is +0.3" in found.conditions[0].words and "IP - batch norm -0.1" in found.conditions[0].words
    assert found.picture.log_x and len(found.picture.series) == 6


def test_c1_holds_in_part_where_the_start_decides():
    """From Xavier plain is behind at the lowest rate only, and ahead at its best."""

    def accuracy(method, start, depth, batch, rate):
        if method == "plain" and start == "pytorch":
            return 0.1
        if method == "plain":
            return 0.3 if rate == 0.001 else 0.92
        return 0.8

    found = finding("C1", accuracy=accuracy)
    assert found.verdict == "holds in part"
    pytorch, xavier = at(found, "PyTorch's start, 15 layers"), at(found, "Xavier start, 15 layers")
    assert pytorch.verdict == "holds" and "Plain learns at no rate" in pytorch.words
    assert xavier.verdict == "holds in part" and "ahead of plain at rate 0.001; behind at 0.01, 0.1" in xavier.words
    assert "It holds at PyTorch's start, 5 layers" in found.summary and "In part at Xavier start" in found.summary


def test_c1_is_not_seen_where_ip_is_never_ahead():
    found = finding("C1", accuracy=lambda method, *place: 0.9 if method == "plain" else 0.8)
    assert found.verdict == "not seen" and "Not at PyTorch's start" in found.summary


def test_rates_at_which_neither_learns_do_not_count():
    found = finding("C1", accuracy=lambda m, s, d, b, rate: 0.1 if rate >= 1 else 0.9 if m == "ip" else 0.5)
    assert found.verdict == "holds" and "neither learns at 1 and 3" in found.conditions[0].words


def test_a_method_learns_if_it_is_above_chance_by_more_than_its_interval():
    measured = evidence(claims=("C1",), accuracy=lambda m, s, d, b, rate: {0.001: 0.115, 0.01: 0.15}.get(rate, 0.9))
    assert measured.learns(("ip", "xavier", 5, 100)).tolist() == [False, True, True, True, True, True]


def test_two_seeds_give_no_verdict():
    found = finding("C1", seeds=2)
    assert found.verdict == "not measured" and "three seeds" in found.summary


def high(ip: float, plain: float):
    """Both learn at low rates; at high rates they reach these accuracies."""
    return lambda m, s, d, b, rate: 0.9 if rate < 0.3 else {"ip": ip, "plain": plain, "batch-norm": 0.9}[m]


def test_c2_each_verdict():
    holds, not_seen = finding("C2", accuracy=high(0.85, 0.1)), finding("C2", accuracy=high(0.1, 0.85))
    assert holds.verdict == "holds" and "usable: plain 0.1, batch norm ≥ 3, IP ≥ 3" in holds.conditions[0].words
    assert not_seen.verdict == "not seen"
    part = finding(
        "C2", accuracy=lambda m, s, depth, *r: (high(0.85, 0.1) if depth == 5 else high(0.1, 0.1))(m, s, depth, *r)
    )
    assert part.verdict == "holds in part"
    assert at(part, "Xavier start, 30 layers").words.startswith("At 0.3, 1 and 3 neither still learns")


def test_c2_is_not_decided_where_plain_never_learns():
    found = finding(
        "C2",
        accuracy=lambda m, s, d, b, rate: 0.1 if (m, s) == ("plain", "pytorch") else high(0.1, 0.1)(m, s, d, b, rate),
    )
    place = at(found, "PyTorch's start, 15 layers")
    assert not place.decides and "says nothing of high rates" in place.words
    assert at(found, "Xavier start, 15 layers").decides


def test_c3_each_verdict():
    by = {"ip": 1e-2, "plain": 1e-3}
    holds = finding("C3", gradient=lambda method, *place: by[method])
    assert holds.verdict == "holds" and "IP / plain: 10 [10, 10] at 0.001" in holds.conditions[0].words
    assert holds.numbers[0].mean == pytest.approx(10, rel=0.01) and holds.numbers[0].unit == "factor"
    low = finding("C3", gradient=lambda m, s, d, b, rate: by[m] if rate < 0.1 else 1e-3 / by[m])
    assert "no clear difference" not in low.conditions[0].words
    level = finding("C3", gradient=lambda m, s, d, b, rate: by[m] if rate < 0.1 else 1e-3)
    assert level.verdict == "holds in part" and "no clear difference at 0.1, 0.3, 1 and 3" in level.conditions[0].words
    assert low.verdict == "holds in part" and "smaller at 0.1, 0.3, 1 and 3" in low.conditions[0].words
    assert finding("C3").verdict == "not seen"
    vanished = finding("C3", gradient=lambda method, *place: 1e-3 if method == "ip" else 0.0)
    assert vanished.verdict == "holds" and vanished.numbers[0].mean == pytest.approx(1e27, rel=0.01)


def test_c4_each_verdict():
    assert finding("C4").verdict == "holds"
    off = finding("C4", gain_error={"Laplace(0, 1)": 0.2})
    assert off.verdict == "holds in part" and "gain off by +0.2" in at(off, "Laplace(0, 1)").words
    assert finding("C4", gain_error=dict.fromkeys(INPUTS, 0.5)).verdict in ("not seen", "holds in part")


def test_c5_each_verdict():
    assert finding("C5").verdict == "holds"
    slow = finding("C5", infomax={"Normal(3, 0.1)": 0.3})
    assert slow.verdict == "holds in part" and "Not at Normal(3, 0.1)" in slow.summary
    assert "IP is ahead on Normal(3, 0.1) after 10" in at(slow, "the way to rest").words
    assert "by construction" in slow.summary
    assert finding("C5", infomax=dict.fromkeys(INPUTS, 0.3)).verdict == "not seen"
    networks = finding("C5", information=lambda method, *place: 0.9 if method == "ip" else 0.8)
    condition = at(networks, "trained networks, Xavier start, 15 layers")
    assert networks.verdict == "holds" and condition.verdict == "not seen" and not condition.decides


def test_c6_depends_on_the_input_whatever_networks_do():
    better = finding("C6", information=lambda method, *place: 0.9 if method == "batch-norm" else 0.5)
    assert better.verdict == "holds in part"
    assert at(better, "Normal(3, 0.1)").verdict == "holds"
    assert at(better, "Lognormal(0, 2)").words.startswith(
        "Batch norm lowers it: plain 0.654, batch norm 0.437, IP 0.608"
    )
    assert at(better, "trained networks, Xavier start, 5 layers").verdict == "holds"
    worse = finding("C6", information=lambda method, *place: 0.9 if method == "plain" else 0.5)
    assert at(worse, "trained networks, Xavier start, 5 layers").verdict == "not seen"


def test_c7_the_rule_is_local_and_batch_norm_is_not():
    assert is_local("ip") and is_local("infomax")
    assert not is_local("batch-norm") and not is_local("plain")


def test_c7_level_with_batch_norm_holds_and_behind_it_does_not():
    assert finding("C7").verdict == "holds"
    behind = finding("C7", accuracy=lambda method, *place: 0.8 if method == "ip" else 0.9)
    assert behind.verdict == "holds in part", "it is local"
    assert at(behind, "Xavier start, 15 layers").verdict == "not seen"
    assert at(behind, "PyTorch's start, 5 layers, batch size 1").verdict == "holds", "batch norm cannot train at all"


def test_c7_a_control_that_does_as_well_takes_the_credit():
    level = finding("C7", accuracy=lambda method, *place: 0.5 if method in ("batch-norm", "plain") else 0.9)
    condition = at(level, "due to the rule, batch size 1")
    assert condition.verdict == "not seen" and not condition.decides
    assert "the advantage is not the rule's" in condition.words and "not the rule's" in level.summary
    ahead = finding("C7", accuracy=lambda method, *place: 0.9 if method == "ip" else 0.5)
    assert at(ahead, "due to the rule, batch size 1").verdict == "holds" and "not the rule's" not in ahead.summary


def test_a_whole_result_is_json_and_back_and_text():
    measured = made_up(quick=True, seeds=3)
    result = judge(measured)
    assert parse(result.to_json()) == result and judge(made_up(quick=True, seeds=3)).to_json() == result.to_json()
    assert list(result.findings) == list(CLAIMS)
    text = report(result)
    assert all(f"{claim}  {CLAIMS[claim].title}" in text for claim in CLAIMS) and "--quick" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_links_name_exactly_the_settings_of_their_cell():
    found = finding("C1", seeds=5)
    numbers = [each for each in found.numbers if each.place.get("depth") == 5 and each.place["start"] == "xavier"]
    live = next(each for each in numbers if each.place.get("learning_rate") == 0.1 and each.page == "")
    assert live.query == "methods=plain,ip&depth=5&learning_rate=0.1&steps=300&seeds=5&initialization=xavier"
    best = next(each for each in numbers if each.page == "robustness")
    assert "learning_rates=0.001,0.01,0.1,0.3,1,3" in best.query and "learning_rate=" not in best.query


def test_cells_that_are_missing_are_left_out_of_the_verdict():
    measured = made_up(claims=("C1",), accuracy=lambda method, *place: 0.8 if method == "ip" else 0.5)
    lost = measured.plan.networks["ip", "xavier", 30, 100].key
    measured.results = {key: each for key, each in measured.results.items() if key[0] != lost}
    found = FINDINGS["C1"](Evidence(measured))
    assert at(found, "Xavier start, 30 layers").verdict == "not measured" and found.verdict == "holds"
    assert "1 place is not measured" in found.summary
