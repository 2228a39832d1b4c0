"""Films: what an exported page shows at each moment is what the server would have sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from recordings import recording

from app.race import film as films
from app.race.frames import CHARTS, frame, table
from app.ui.frames import pack, unpack
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording


@pytest.fixture(scope="module")
def run() -> Recording:
    return recording(RunConfig(dataset="spirals", steps=300, depth=3, width=8, seeds=2), snapshots=30)


def shots(film: bytes) -> list[tuple[dict[str, Any], dict[str, np.ndarray], list[dict[str, np.ndarray]]]]:
    """Header, arrays, and histograms of each layer, of each moment of a film."""
    header, pool = unpack(film)
    look = lambda numbers: {name: pool[str(number)] for name, number in numbers.items()}  # noqa: E731
    return [(shot["header"], look(shot["arrays"]), list(map(look, shot["layers"]))) for shot in header["moments"]]


def test_unpack_is_the_inverse_of_pack() -> None:
    arrays = {"a": np.array([[1.5, np.nan]], np.float32), "b": np.zeros((0, 3), np.uint8), "c": np.array([7], np.int32)}
    header, back = unpack(pack({"words": "läuft"}, arrays))
    assert header["words"] == "läuft" and list(back) == ["a", "b", "c"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array, strict=True)


def test_each_moment_is_the_frame_of_the_server(run: Recording) -> None:
    film = shots(films.film(run, moments=25))
    assert [header["asked"] for header, _, _ in film] == [*film[0][1]["moments"].tolist()[:-1], None]
    for header, arrays, layers in film:
        expected, there = unpack(frame(run, step=header["asked"]))
        left = {"arrays", "length", "run"}  # the last is a number of this process, of which a film says nothing
        assert {**header, "run": 0} == {name: value for name, value in expected.items() if name not in left} | {
            "run": 0
        }
        assert arrays.keys() == there.keys()
        there["moments"] = film[0][1]["moments"]  # those of the film
        for name, array in there.items():
            np.testing.assert_array_equal(arrays[name], array, strict=True)
        for layer, histograms in enumerate(layers):
            _, of_layer = unpack(frame(run, step=header["asked"], layer=layer))
            for name in ("gain", "bias", "activity"):
                np.testing.assert_array_equal(histograms[name], of_layer[name], strict=True)
    assert len(film[0][2]) == 3


def test_what_moments_share_is_there_once(run: Recording) -> None:
    header, _ = unpack(films.film(run))
    numbers = {name: {shot["arrays"][name] for shot in header["moments"]} for name in header["moments"][0]["arrays"]}
    once = {name for name, different in numbers.items() if len(different) == 1}
    assert once == {"moments", "loss_steps", "loss", "accuracy_steps", "accuracy", "gradient_map", "points"}


def test_moments_are_chosen_evenly_and_the_slider_has_just_those(run: Recording) -> None:
    film = shots(films.film(run, moments=10))
    chosen = film[0][1]["moments"].tolist()
    steps = [snapshot.step for snapshot in run.snapshots]
    assert len(film) == len(chosen) <= 10
    assert chosen[0] == steps[0] and chosen[-1] == steps[-1] == film[-1][0]["step"]
    assert 30 <= min(np.diff(chosen)) and max(np.diff(chosen)) <= 37


def test_a_film_has_as_many_moments_as_are_asked_for_where_the_run_has_few_snapshots() -> None:
    few = recording(RunConfig(steps=600, depth=2, width=4), snapshots=8)
    film = shots(films.film(few))
    assert len(film) == films.MOMENTS == 100
    assert {header["step"] - header["asked"] for header, _, _ in film[:-1]} == {0}
    assert len({header["snapshot"] for header, _, _ in film}) == len(few.snapshots)


def test_a_run_that_has_just_begun_has_one_moment() -> None:
    fresh = recording(RunConfig(steps=300, depth=3, width=8), steps=0, snapshots=1, end=False)
    fresh.snapshots.clear()
    ((header, arrays, layers),) = shots(films.film(fresh))
    assert header["asked"] is None and header["step"] == 0 and layers == [] and arrays["moments"].shape == (0,)


def test_tables_come_along_unless_they_are_long(run: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    small = recording(RunConfig(steps=20, depth=2, width=4), snapshots=3)
    assert films.tables(small) == {chart: table(small, chart) for chart in CHARTS}
    monkeypatch.setattr(films, "TABLE_CHARACTERS", len(table(run, "information")))
    assert "information" in films.tables(run) and "surface" not in films.tables(run)
