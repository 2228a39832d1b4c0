"""The data of each chart as CSV."""

from __future__ import annotations

import csv
import io

import pytest
from race_charts import lossy
from recordings import recording

from app.race.frames import CHARTS, table
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording


def rows(made: Recording, chart: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table(made, chart))))


def test_tables_are_whole(short: Recording) -> None:
    loss = rows(short, "loss")
    assert list(loss[0]) == [
        "step",
        "method",
        "learning_rate",
        "intrinsic_rate",
        "train_loss_seed_0",
        "train_loss_seed_1",
    ]
    assert len(loss) == 100 * 3
    assert float(loss[-1]["train_loss_seed_1"]) == pytest.approx(short.loss("ip")[99, 1])
    accuracy = rows(short, "accuracy")
    assert len(accuracy) == 11 * 3
    assert float(accuracy[-1]["test_accuracy_seed_0"]) == pytest.approx(short.tests[-1].accuracy["ip"][0])
    gradient = rows(short, "gradient")
    assert len(gradient) == len(rows(short, "information")) == len(rows(short, "gradient_map")) == 11 * 3 * 4
    layers = short.snapshots[-1].methods["ip"]
    assert float(gradient[-1]["rms_error_signal"]) == pytest.approx(layers.error_signal[-1])
    assert gradient[-1]["layer"] == "4"
    information = rows(short, "information")[-1]
    for column, numbers in (("mean_slope_of_tanh", layers.slope), ("share_saturated", layers.saturated)):
        assert float(information[column]) == pytest.approx(numbers[-1])


def test_tables_of_histograms_count_every_neuron(short: Recording) -> None:
    for chart in ("gain", "bias"):
        last = [
            row for row in rows(short, chart) if row["step"] == "100" and row["method"] == "ip" and row["layer"] == "2"
        ]
        assert sum(int(row["neurons"]) for row in last) == 8 * 2
        assert all(float(row[f"{chart}_from"]) < float(row[f"{chart}_to"]) for row in last)
    last = [
        row for row in rows(short, "activity") if row["step"] == "100" and row["method"] == "ip" and row["layer"] == "2"
    ]
    assert sum(float(row["share"]) for row in last) == pytest.approx(1)


def test_a_diverged_loss_is_an_empty_cell() -> None:
    made = lossy(RunConfig(methods="ip", steps=2), {"ip": [[0.5], [None]]})
    assert (
        table(made, "loss")
        == "step,method,learning_rate,intrinsic_rate,train_loss_seed_0\n1,ip,0.01,0.05,0.5\n2,ip,0.01,0.05,\n"
    )


def test_the_table_of_the_loss_has_the_rates_of_every_step() -> None:
    made = recording(RunConfig(methods="plain,ip", steps=10, depth=1, width=2), steps=9, end=False)
    at = made.step
    for setting, value in (("learning_rate", 0.03), ("intrinsic_rate", 0.1), ("learning_rate", 0.3)):
        made.add({"event": "mark", "step": at, "setting": setting, "previous": 0.01, "value": value})
    made.add({"event": "steps", "first": at + 1, "elapsed": 9, "loss": {method: [[1.0]] for method in ("plain", "ip")}})
    for method in ("plain", "ip"):
        found = [(row["learning_rate"], row["intrinsic_rate"]) for row in rows(made, "loss") if row["method"] == method]
        assert found == [("0.01", "0.05")] * at + [("0.3", "0.1")]


def test_every_chart_has_a_table_even_before_the_start() -> None:
    flat = recording(RunConfig(dataset="circles", steps=10, depth=1, width=2), snapshots=2)
    assert len(rows(flat, "surface")) == 2 * 3 * 40 * 40
    for chart in CHARTS:
        assert table(Recording(RunConfig()), chart).count("\n") == 1
        assert table(flat, chart).count("\n") > 1
    with pytest.raises(ValueError, match=r"chart must be one of loss, .*, not 'secrets'"):
        table(flat, "secrets")
