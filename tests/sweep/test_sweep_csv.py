"""The data of the pictures of "Robustness" as CSV."""

import csv
import io

import pytest
from small_sweeps import MAP, RATES, SHAPE
from stub_executor import accuracy, recorded

from app.sweep.csv import table
from ipcore.recordings.sweep import SweepRecording, from_events


def rows(recording: SweepRecording, chart: str, point: int = 0) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table(recording, chart, point))))


@pytest.mark.parametrize("chart", ["lines", "map"])
def test_results_as_csv(chart):
    found = rows(from_events(recorded(MAP)), chart)
    assert len(found) == 2 * 6 * 3
    assert list(found[0]) == [
        "method", "depth", "weight_scale", "seed", "test_accuracy", "diverged_at_step", "test_accuracy_first_half",
        "test_accuracy_second_half",
    ]  # fmt: skip
    assert found[-1]["method"] == "ip" and (found[-1]["depth"], found[-1]["weight_scale"]) == ("30", "1")
    assert float(found[-1]["test_accuracy"]) == pytest.approx(accuracy("ip", SHAPE.learning_rate, 2))
    assert found[-1]["diverged_at_step"] == ""
    assert rows(SweepRecording(MAP), chart)[0]["test_accuracy"] == ""


def test_curves_as_csv():
    found = rows(from_events(recorded(RATES)), "loss", 2)
    assert len(found) == 2 * 3 * 20 and {row["learning_rate"] for row in found} == {"1"}
    last = found[-1]
    assert (last["method"], last["seed"], last["step"]) == ("ip", "2", "40")
    assert float(last["test_accuracy_on_first_examples"]) == pytest.approx(accuracy("ip", 1, 2), rel=1e-4)
    with pytest.raises(ValueError, match="chart must be one of lines, map, loss, accuracy"):
        table(from_events(recorded(RATES)), "gradient", 0)
