"""Measuring the cells of a plan, its record, and going on from it."""

from __future__ import annotations

import dataclasses
import json

import pytest
from claims_executor import SMALL, MadeUp

from ipcore.claims import experiments, record
from ipcore.claims.claims import CLAIMS, parse_claims
from ipcore.claims.experiments import COMPARED, FULL, QUICK, STARTS, Plan
from ipcore.claims.running import Measured, known, measure, seconds


@pytest.fixture
def plan(monkeypatch) -> Plan:
    monkeypatch.setattr(experiments, "QUICK", SMALL)
    return Plan(("C3",), quick=True, seeds=2)


def test_a_run_measures_every_cell_with_every_seed(plan):
    measured, seen = Measured(plan), []
    measure(measured, MadeUp(), on_progress=lambda done, total: seen.append(done / total))
    assert measured.whole and len(measured.results) == 2 * 2 * len(STARTS)
    result = measured.of(plan.networks["ip", "xavier", 15, 100])[1]
    assert result["accuracy"] == [0.51, 0.51] and result["gradient"] == [[0.01] * 20, [0.1] * 20]
    assert result["information"] == [[0.5] * 15] * 2
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 1


def test_an_error_of_one_cell_does_not_stop_the_others(plan):
    measured = Measured(plan)
    measure(measured, MadeUp(fails="ip-xavier-15-100-1"))
    assert measured.failures == {"ip, xavier start, 15 layers, seed 1": "no memory"}
    assert len(measured.results) == 7 and not measured.whole


def test_a_run_that_is_stopped_goes_on_from_its_record(plan, tmp_path):
    path = tmp_path / "claims.jsonl"
    first = Measured(plan)
    with record.open_for_more(path) as file:
        measure(first, MadeUp(fails="-100-1"), lambda *each: print(record.line(*each), file=file))
    path.write_bytes(path.read_bytes() + b'{"event": "claims-ce')  # as if it had been ended while it wrote
    second, executor = known(plan, record.read(path)), MadeUp()
    assert second.results == first.results and len(second.results) == 4
    with record.open_for_more(path) as file:
        measure(second, executor, lambda *each: print(record.line(*each), file=file))
    assert second.whole and len(executor.trained) == 4
    third = known(plan, record.read(path))
    assert third.results == second.results, "numbers come back to the last bit"
    more = known(dataclasses.replace(plan, seeds=3), record.read(path))
    assert len(more.results) == 8, "a run with more seeds uses those that are there"
    assert not known(dataclasses.replace(plan, quick=False), record.read(path)).results


def test_stop_is_heeded(plan):
    measured = Measured(plan)
    measure(measured, MadeUp(), stopped=lambda: True)
    assert not measured.results


def test_one_neuron_is_measured_too(monkeypatch):
    monkeypatch.setattr(experiments, "INPUTS", {"Normal(0, 1)": experiments.INPUTS["Normal(0, 1)"]})
    plan = Plan(("C4",), quick=True, seeds=1)
    measured, again = Measured(plan), Measured(plan)
    measure(measured, MadeUp())
    measure(again, MadeUp())
    assert measured.whole and measured.results == again.results
    for result in measured.results.values():
        assert result["gain"][0] == pytest.approx(0.8744, rel=0.03) and abs(result["bias"][0]) < 0.05


def test_a_record_of_other_versions_is_not_used_and_another_file_is_refused(plan, tmp_path):
    path = tmp_path / "claims.jsonl"
    line = json.loads(record.line(("cell", 0), {"accuracy": [1.0]}))
    path.write_text(json.dumps({**line, "versions": {"measured": "other"}}) + "\n" + json.dumps(line) + "\n")
    assert record.read(path) == {("cell", 0): {"accuracy": [1.0]}}
    path.write_text('{"event": "start", "kind": "race"}\n')
    with pytest.raises(ValueError, match=r"line 1 of .* is not of a record of the claims"):
        record.read(path)
    assert record.read(tmp_path / "none") == {}


def test_starts_are_matched_and_cells_are_shared_between_claims():
    whole, first = Plan(tuple(CLAIMS)), Plan(("C1",))
    assert first.networks.items() <= whole.networks.items()
    assert {key[:3] for key in first.networks} == {
        (method, start, depth) for method in COMPARED for start in STARTS for depth in (5, 15, 30)
    }
    assert ("batch-norm", "pytorch", 5, 1) not in whole.networks, "it cannot train there"
    assert whole.networks["ip", "pytorch", 5, 1].config.intrinsic_rate == 0.0005
    assert len({cell.stack(3).id for cell in whole.networks.values()}) == len(whole.networks)


def test_what_a_run_takes_is_bounded():
    """Estimated for two cores of a shared server; the limits are 15 and 2 minutes."""
    assert seconds(Measured(Plan(tuple(CLAIMS), seeds=FULL.seeds)), 2) < 600
    assert seconds(Measured(Plan(tuple(CLAIMS), quick=True, seeds=QUICK.seeds)), 2) < 75


def test_other_data_sets_try_what_can_be_tried_there():
    plan = Plan(("C1", "C2"), dataset="cifar10")
    config = plan.networks["ip", "xavier", 15, 100].config
    assert config.dataset == "cifar10" and config.train_examples == experiments.SUBSET
    with pytest.raises(ValueError, match="claim C5 is tried on mnist-5k only; on cifar10 choose of C1, C2, C3"):
        Plan(("C1", "C5"), dataset="cifar10")


def test_claims_are_validated():
    assert parse_claims(None) == tuple(CLAIMS) and parse_claims(["c3", "C1,C3"]) == ("C1", "C3")
    with pytest.raises(ValueError, match="claim must be one of C1, C2"):
        parse_claims(["C8"])
    for wrong in ({"seeds": "x"}, {"seeds": 0}, {"first_seed": -1}, {"dataset": "digits"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Plan(("C1",), **wrong)
