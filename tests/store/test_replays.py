"""Saved runs as recordings: followed, let go, and whole again after the store failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from plain import all_plain
from recordings import events
from sweep_recordings import SWEEP, all_events

from app.store import replays
from app.store.chunks import pack
from app.store.replays import Replay, Replays
from app.store.schema import StoreError
from app.store.store import Store
from ipcore.config import RunConfig
from ipcore.jsonlines import encode
from ipcore.recordings.importing import LIMITS

SMALL = RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, steps=40)
OWNER = "0" * 32
RACE = list(events(SMALL, snapshots=4, batch=10))
CUT = RACE[:-1]


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def save(store: Store, number: int = 0, kind: str = "race", made: list = RACE, end: str = "finished", group: int = 3):
    """A run in the store, in chunks of so many events."""
    id, config = f"run-{number:020d}", SMALL.to_dict() if kind == "race" else SWEEP.to_dict()
    store.create(id, OWNER, kind, "A run", config)
    for at in range(0, len(made), group):
        lines = [encode(event).encode() for event in made[at : at + group]]
        store.append(id, at // group, pack(lines), 0, {})
    if end:
        store.finish(id, end)
    return store.get(id)


class Failing:
    """A store whose database goes away in the middle of a run, once."""

    def __init__(self, store: Store, after: int) -> None:
        self._store, self._after = store, after

    def events(self, *asked):
        for number, event in enumerate(self._store.events(*asked)):
            if number == self._after:
                self._after = -1
                raise StoreError("the database cannot be used now")
            yield event


@pytest.mark.parametrize(("kind", "made"), [("race", RACE), ("sweep", all_events())], ids=["race", "sweep"])
@pytest.mark.parametrize("after", [0, 1, 2, 3, 7])
def test_a_run_is_whole_once_the_store_is_back(kind, made, after, store):
    run, replay = save(store, kind=kind, made=made), Replay()
    failing = Failing(store, after)
    with pytest.raises(StoreError):
        replay.follow(run, failing)
    replay.follow(run, failing)
    assert replay.damage == "" and replay.recording.state == "finished"
    assert replay.recording.revision == len(made)


def test_a_run_that_grows_is_whole_after_the_store_failed(store):
    run, replay = save(store, made=RACE[:6], end=""), Replay()
    replay.follow(run, store)
    for number in (2, 3):
        lines = [encode(event).encode() for event in RACE[3 * number : 3 * number + 3]]
        store.append(run.id, number, pack(lines), 0, {})
    failing = Failing(store, 2)
    with pytest.raises(StoreError):
        replay.follow(store.get(run.id), failing)
    replay.follow(store.get(run.id), failing)
    assert replay.damage == "" and replay.recording.revision == len(RACE[:12])


def test_viewers_who_look_at_different_times_do_not_disturb_each_other(store):
    """One has a row of a moment ago: what came since is not read twice."""
    before, replay = save(store, made=RACE[:6], end=""), Replay()
    store.append(before.id, 2, pack([encode(event).encode() for event in RACE[6:9]]), 0, {})
    for run in (store.get(before.id), before, store.get(before.id)):
        replay.follow(run, store)
        assert replay.damage == "" and replay.recording.revision == 9


def test_a_run_of_a_server_that_was_only_slow_goes_on(store):
    """It was taken for dead, and shown as cut off; then its next chunk comes."""
    run, replay = save(store, made=CUT[:6], end="interrupted"), Replay()
    replay.follow(run, store)
    assert replay.recording.state == "stopped"
    cut = replay.recording
    lines = [encode(event).encode() for event in CUT[6:]]
    store.append(run.id, 2, pack(lines), 40, {})
    replay.follow(store.get(run.id), store)
    assert replay.recording is not cut and replay.recording.state == "running" and not replay.damage
    assert replay.recording.step == 40


def test_a_run_that_is_damaged_is_read_up_to_there(store):
    made = [*RACE[:4], {"event": "steps", "first": 1, "elapsed": 9, "loss": {}}, *RACE[4:]]
    replay = Replay()
    replay.follow(save(store, made=made), store)
    assert "an entry is needed for each" in replay.damage and replay.recording.revision == 5  # with the end that it got


def test_what_is_exported_of_a_damaged_run_is_what_fits():
    misfit = {"event": "steps"}
    assert all_plain(replays.readable(iter([*RACE[:4], misfit, *RACE[4:]]))) == RACE[:4]
    assert all_plain(replays.readable(iter(RACE))) == RACE and all_plain(replays.readable(iter([misfit]))) == []


def heavy(snapshots: int) -> list[dict]:
    """A race whose snapshots say nothing, in few bytes, and take 46 kB each in memory."""
    config = RunConfig(dataset="moons", methods=("plain", "ip"), depth=50, width=4, steps=snapshots)
    start = {"event": "start", "version": 1, "config": config.to_dict(), "data": {}}
    numbers = ("weight_gradient", "error_signal", "slope", "saturated", "entropy")
    layers = {name: [0] * 50 for name in numbers} | {"gain": [[0]] * 50, "bias": [[0]] * 50}
    layers |= {"activity": [[0] * 30] * 50}
    losses = {"event": "steps", "first": 1, "elapsed": 1, "loss": {m: [[0]] * snapshots for m in config.methods}}
    each = [
        {"event": "snapshot", "step": step + 1, "methods": dict.fromkeys(config.methods, layers)}
        for step in range(snapshots)
    ]
    end = {"event": "end", "step": snapshots, "state": "finished", "elapsed": 1, "telemetry": None}
    return [start, losses, *each, {**end, "first_layer_gradient": {}}]


def held(kept: Replays) -> int:
    """Bytes of the arrays of its snapshots, counted one by one."""
    shots = [shot for replay in kept._replays.values() for shot in replay.recording.snapshots]
    return sum(
        array.nbytes
        for shot in shots
        for array in (
            shot.numbers,
            shot.gains.packed,
            shot.biases.packed,
            *(shot.activities.packed,) * bool(shot.activities),
        )
    )


def test_runs_stay_in_memory_by_their_bytes(store):
    """Several recordings that are small in the store and large in memory are not all kept."""
    made = heavy(100)
    stored = [save(store, number, made=made, group=200) for number in range(5)]
    assert stored[0].size < 60_000
    kept = Replays(store, held=1_300_000)
    for run in stored:
        replay = kept.of(run)
        assert replay.nbytes > 450_000 and held(kept) <= 1_300_000
    assert list(kept._replays) == [run.id for run in stored[-2:]]
    assert kept.of(stored[-1]) is replay
    small = save(store, 9)
    kept.of(small)
    assert list(kept._replays) == [stored[-2].id, stored[-1].id, small.id]
    assert Replays(store, held=1).of(stored[0]).recording.step == 100


def test_small_runs_stay_and_are_not_read_again(store):
    kept = Replays(store)
    stored = [save(store, number) for number in range(20)]
    first = [kept.of(run).recording for run in stored]
    assert [kept.of(run).recording for run in stored] == first
    assert len(kept._replays) == 20


def test_whatever_can_be_imported_can_stay():
    assert LIMITS.held < replays.HELD
