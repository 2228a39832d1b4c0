"""What a sweep is exported as: a page that needs nobody, its film and tables, itself in code."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from exported import NASTY, Seen
from plain import all_plain
from sweep_recordings import LINES, STOPPED, SWEEP, all_events

from app.sweep import film as sweep_film
from app.sweep.csv import table
from app.sweep.export import about, settings, sweep_page, unfinished
from app.sweep.frames import frame
from app.ui.frames import unpack
from ipcore.config import RunConfig
from ipcore.recordings.importing import read
from ipcore.recordings.sweep import SweepRecording, from_events
from ipcore.sweeps.plan import Sweep

WHEN = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return all_events(LINES)


@pytest.fixture(scope="module")
def exported(lines: list[dict[str, Any]]) -> str:
    return sweep_page(from_events(lines), lines, name=NASTY, when=WHEN)


def frames(film: bytes) -> dict[int, tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """The frame of each point of a film, as the page puts it together."""
    header, arrays = unpack(film)
    made = {}
    for at, point in header["points"].items():
        numbers = {**header["shared"], **point["arrays"]}
        made[int(at)] = {**header["header"], **point["header"]}, {name: arrays[str(n)] for name, n in numbers.items()}
    return made


@pytest.mark.parametrize("events", [all_events(LINES), all_events(), STOPPED], ids=["lines", "map", "stopped"])
def test_every_point_has_the_frame_that_the_page_would_show(events: list[dict[str, Any]]) -> None:
    recording = from_events(events)
    film = frames(sweep_film.film(recording))
    assert list(film) == list(range(len(recording.sweep.points())))
    for at, (header, arrays) in film.items():
        said, there = unpack(frame(recording, "film", at))
        left = ("arrays", "length", "followed")
        assert header == {name: value for name, value in said.items() if name not in left}
        assert arrays.keys() == there.keys()
        for name, array in there.items():
            np.testing.assert_array_equal(arrays[name], array, strict=True)


def test_what_points_share_is_there_once(lines: list[dict[str, Any]]) -> None:
    header, arrays = unpack(sweep_film.film(from_events(lines)))
    numbers = [point["arrays"] for point in header["points"].values()]
    assert {each["loss_steps"] for each in numbers} == {each["accuracy_steps"] for each in numbers} == {3}
    used = {*header["shared"].values(), *(number for each in numbers for number in each.values())}
    assert {str(number) for number in used} == arrays.keys()


def test_tables_are_those_of_the_page(lines: list[dict[str, Any]]) -> None:
    recording = from_events(lines)
    found = sweep_film.tables(recording)
    assert found["results"] == [table(recording, "lines", 0)]
    assert found["curves"] == [table(recording, "accuracy", at) for at in range(3)]


def test_a_very_large_sweep_says_what_it_leaves_out(lines, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = from_events(lines)
    monkeypatch.setattr(sweep_film, "TABLE_CHARACTERS", 100)
    assert sweep_film.tables(recording)["curves"] == [] and len(frames(sweep_film.film(recording))) == 3
    assert "cannot be saved as CSV here" in Seen(sweep_page(recording, lines, name="x")).text
    monkeypatch.setattr(sweep_film, "CURVE_BYTES", 100)
    ((at, (header, _)),) = frames(sweep_film.film(recording)).items()
    assert at == header["best"] == header["picked"] and sweep_film.tables(recording)["curves"] == []
    assert (
        "Only the best point's learning curves are on this page: those of all 3"
        in Seen(sweep_page(recording, lines, name="x")).text
    )


def test_a_page_asks_nobody_for_anything(exported: str) -> None:
    seen = Seen(exported)
    assert not [tag for tag, _ in seen.tags if tag in ("link", "iframe", "object", "embed", "img", "base", "form")]
    assert not [script for script in seen.all("script") if "src" in script]
    assert [link["href"][:5] for link in seen.all("a")] == ["data:"]
    assert NASTY.replace("\0", "?") in seen.text
    assert exported.count("<script") == exported.count("</script") == 4, "Plotly, film, tables, our script"
    assert ".sweep-summary" in exported and 2_000_000 < len(exported) < 2_600_000


def test_it_says_what_was_run_and_what_came_out(exported: str) -> None:
    text = " ".join(Seen(exported).text.split())
    assert "plain against IP · learning rate 0.01 to 0.3 · MNIST, 5,000 digits · 18 networks · trained in 3.5 s" in text
    assert "1 March 2026, 09:05 UTC" in text and "of 18 networks)" not in text
    assert "Best mean accuracy" in text and "The usable range is the length" in text
    assert "Learning rate0.01, 0.1, 0.3" in text
    assert "ipcore.sweep(" in text and "python -m ipcore sweep --over learning_rate=0.01,0.1,0.3" in text


def test_what_ended_early_and_what_went_wrong_is_told() -> None:
    recording = from_events(STOPPED)
    assert about(recording).endswith("12 networks · trained in 1.2 s")
    assert unfinished(recording) == "Stopped: 4 networks are done (4 of 12 networks)."
    failed = [*STOPPED[:-6], {"event": "failed", "stack": STOPPED[-5]["stack"], "message": "no <memory>"}]
    failed += [{"event": "end", "state": "finished", "elapsed": 2}]
    text = Seen(sweep_page(from_events(failed), failed, name="x")).text
    assert "Finished except for 8 networks" in text and "no <memory>" in text
    assert "Batch norm is left out at batch size 1" in text
    empty = SweepRecording(SWEEP)
    begun = all_events()[:1]
    empty.add(begun[0])
    assert "Stopped: no network is done (0 of 12 networks)." in Seen(sweep_page(empty, begun, name="x")).text
    broken = [*begun, {"event": "error", "message": "no worker could be started"}]
    assert unfinished(from_events(broken)) == "No worker could be started (0 of 12 networks)."


def test_settings_that_follow_the_batch_size_are_told() -> None:
    sizes = Sweep(RunConfig(methods="ip", batch_size=16), {"batch_size": (2, 16)}, True, True)
    told = settings(sizes)
    assert told.facts["Batch size"] == "2, 16" and told.facts["Intrinsic rate"] == "usual for each batch size"
    assert told.facts["Steps"] == "600 at batch size 16, others by equal examples"
    assert {"Batch size", "Methods"} == told.changed
    many = settings(Sweep(RunConfig(methods="ip"), {"learning_rate": [k / 1000 for k in range(1, 41)]}))
    assert many.facts["Learning rate"] == "40 values, 0.001 to 0.04"


def test_the_page_holds_the_recording_which_can_be_imported(exported: str, lines: list[dict[str, Any]]) -> None:
    (link,) = Seen(exported).all("a")
    imported = read(io.BytesIO(base64.b64decode(link["href"].partition("base64,")[2])))
    assert all_plain(imported.events()) == lines and link["download"] == "recording.jsonl.gz"
    assert sweep_page(from_events(lines), lines, name=NASTY, when=WHEN) == exported, "the same each time"
