"""Settings between URL, widgets and RunConfig; and the state of a run in words."""

import pytest

from app.race import settings as controls
from app.ui import words
from app.ui.settings import ladder_values
from ipcore.config import SETTINGS, RunConfig
from ipcore.recordings.race import Recording

UNUSUAL = RunConfig(
    dataset="spirals",
    methods=("plain", "infomax", "ip"),
    depth=7,
    width=33,
    weight_scale=0.123456789,
    batch_size=17,
    learning_rate=0.0234,
    intrinsic_rate=1 / 3,
    steps=777,
    seeds=2,
    first_seed=2**31 - 1,
    train_examples=1234,
    initialization="orthogonal",
    biases="drawn",
    optimizer="momentum",
)


@pytest.mark.parametrize("config", [RunConfig(), UNUSUAL, RunConfig(methods=("ip",)), RunConfig(intrinsic_rate=0)])
def test_a_link_restores_every_setting(config):
    parameters = controls.to_url(config.to_dict())
    values, notices = controls.from_url(parameters)
    assert RunConfig(**values) == config and notices == []
    assert set(parameters) == {name for name, default in controls.DEFAULTS.items() if getattr(config, name) != default}


def test_nonsense_in_a_link_is_named_and_the_rest_kept():
    values, notices = controls.from_url(
        {
            "depth": "99",
            "width": "wide",
            "learning_rate": "nan",
            "dataset": "cats",
            "methods": "ip,magic",
            "start": "1",
            "seeds": "3",
        }
    )
    assert values == {"seeds": 3}
    for words_needed, notice in zip(
        [
            ("depth", "99", "50"),
            ("width", "wide", "512"),
            ("learning_rate", "nan", "100"),
            ("dataset", "cats", "mnist-5k"),
            ("methods", "magic", "batch-norm"),
            ("start", "not a setting", "depth"),
        ],
        notices,
        strict=True,
    ):
        assert all(word in notice for word in words_needed), notice


def test_no_method_at_all_stays_out_of_the_url():
    assert controls.to_url({**controls.DEFAULTS, "methods": []}) == {}


def test_methods_in_any_order_are_one_setting():
    assert controls.to_url({**controls.DEFAULTS, "methods": ["ip", "plain", "batch-norm"]}) == {}


def test_a_refused_combination_says_why():
    choice = controls.choose({**controls.DEFAULTS, "batch_size": 1})
    assert choice.config is None and "no variance" in choice.problem
    assert "too large" in controls.choose({**controls.DEFAULTS, "width": 512, "steps": 100_000, "seeds": 16}).problem
    assert controls.choose(controls.DEFAULTS) == controls.RunChoice(RunConfig())


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.ladder])
def test_ladders_offer_only_what_is_allowed_and_what_is_set(name):
    setting = SETTINGS[name]
    value = 37 if setting.whole else 0.0421
    offered = ladder_values(name, value)
    assert value in offered and offered == sorted(set(offered))
    assert all(setting.parse(name, rung) == rung for rung in offered)
    labels = [words.number(rung) for rung in offered]
    assert len(set(labels)) == len(labels)  # a select slider tells its options apart by their labels


def test_a_lowered_bound_shortens_a_ladder(monkeypatch):
    monkeypatch.setenv("IPCORE_LIMITS", "steps=1000")
    assert ladder_values("steps", 600)[-1] == 1_000


def test_differing_settings_are_named():
    config = RunConfig(depth=3, learning_rate=0.1)
    assert controls.differing(config, RunConfig()) == ["depth", "learning_rate"]
    assert controls.differing(config, config) == []
    assert words.pending(["depth"]) == "Changes of depth take effect at the next start."
    said = words.pending(["dataset", "methods", "depth"])
    assert said == "Changes of data set, methods and depth take effect at the next start."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")],
)
def test_durations(seconds, said):
    assert words.duration(seconds) == said


def test_ordinals():
    assert [words.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"]
    )


@pytest.mark.parametrize(
    ("value", "said"), [(1e-5, "0.00001"), (0.05, "0.05"), (1.0, "1"), (10_000, "10,000"), (0, "0")]
)
def test_numbers_are_written_out(value, said):
    assert words.number(value) == said


def halfway() -> Recording:
    """A recording of 40 of 100 steps, trained in 2 s."""
    config = RunConfig(dataset="moons", methods=("ip",), steps=100)
    recording = Recording(config)
    recording.add({"event": "start", "version": 1, "config": config.to_dict(), "data": {}})
    recording.add({"event": "steps", "first": 1, "elapsed": 2.0, "loss": {"ip": [[0.5]] * 40}})
    return recording


@pytest.mark.parametrize(
    ("state", "more", "headline"),
    [
        ("queued", {"position": 2}, "Waiting: 2nd in the queue"),
        ("starting", {}, "Starting"),
        ("running", {}, "Training"),
        ("paused", {}, "Paused at step 40"),
        ("finished", {}, "Finished"),
        ("stopped", {}, "Stopped at step 40"),
        ("failed", {"message": "No network."}, "No network."),
        ("interrupted", {"message": "the worker stopped unexpectedly"}, "The worker stopped unexpectedly"),
        ("interrupted", {}, "Interrupted"),
    ],
)
def test_every_state_in_words(state, more, headline):
    assert words.of_run(state, halfway(), **more).headline == headline


def test_facts_of_a_run():
    status = words.of_run("running", halfway())
    assert status.facts == ("step 40 of 100", "20 steps/s", "3.0 s left") and status.share == 0.4


def test_the_device_is_named_unless_it_is_the_processor():
    recording = halfway()
    assert " on " not in words.of_run("running", recording).facts[1]
    recording.device = "cuda:1"
    assert words.of_run("running", recording).facts[1].endswith(" steps/s on cuda:1")


def test_a_download_shows_how_far_it_is():
    recording = halfway()
    recording.add({"event": "progress", "what": "Downloading CIFAR-10", "done": 17_000_000, "total": 170_000_000})
    status = words.of_run("running", recording)
    assert status.headline == "Downloading CIFAR-10: 17.0 of 170.0 MB" and status.share == pytest.approx(0.1)
    recording.add({"event": "progress", "what": "Downloading CIFAR-10", "done": 5e6, "total": None})
    assert words.of_run("running", recording).share is None


def test_refusals_call_settings_by_their_labels():
    assert words.refusal("batch_size must be at least 2 with batch-norm, not 1: one example has no variance") == (
        "Batch size must be at least 2 with batch-norm, not 1: one example has no variance."
    )
    assert words.refusal("This sweep is too large; lower seeds or the number of values of learning_rate") == (
        "This sweep is too large; lower seeds or the number of values of learning rate."
    )
    assert words.refusal(ValueError("sd must be a number"), {"sd": "Standard deviation"}).startswith("Standard dev")
    assert words.refusal("'x' is no depth") == "'x' is no depth."
