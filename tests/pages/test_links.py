"""What a link shows has the settings that the link names, on every page and for every setting; else it is blank."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

import pytest
from frames import unpacked
from race_pages import MAIN, Races, checked, header, start_event, text
from serving import ROOT
from streamlit.testing.v1 import AppTest

from app.claims.examples import BY_ID
from app.neuron import settings as neuron_controls
from app.race import settings as race_controls
from app.session import known, server, shipped
from app.store.chunks import pack
from app.store.recorded import SHIPPED
from app.store.store import Store
from app.sweep import settings as sweep_controls
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

OTHERS = {
    "dataset": "spirals", "methods": "plain,ip", "depth": "7", "width": "32", "weight_scale": "0.5", "batch_size": "50",
    "learning_rate": "0.03", "intrinsic_rate": "0.01", "steps": "200", "seeds": "2", "first_seed": "1",
    "train_examples": "1000", "initialization": "xavier", "biases": "drawn", "optimizer": "adam",
}  # fmt: skip
"""Setting -> a value that is not its default."""


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Store]:
    store = Store(tmp_path)
    monkeypatch.setattr(server, "store", lambda: store)
    server.replays.clear()
    known._saved.clear()
    yield store
    store.close()


@pytest.fixture
def races(monkeypatch: pytest.MonkeyPatch) -> Races:
    double = Races()
    monkeypatch.setattr(server, "runs", lambda: double)
    return double


def config_of(query: str) -> RunConfig | None:
    """The settings that the front page has after a link."""
    found, ignored = race_controls.from_url(dict(parse_qsl(query)))
    assert not ignored
    return race_controls.choose(race_controls.DEFAULTS | found).config


def visit(page: AppTest, query: str, name: str = "live") -> AppTest:
    """Opens a link in a tab."""
    page.query_params.clear()
    for key, value in parse_qsl(query):
        page.query_params[key] = value
    return checked(page.switch_page(f"../pages/{name}.py").run())


def test_every_setting_of_a_race_in_a_link_is_blank_until_it_is_trained(races: Races) -> None:
    assert OTHERS.keys() == race_controls.DEFAULTS.keys(), "a new setting"
    page = AppTest.from_file(MAIN, default_timeout=20)
    for name, value in OTHERS.items():
        shown = header(visit(page, urlencode({name: value})))
        chosen = config_of(urlencode({name: value}))
        assert chosen is not None and chosen != RunConfig()
        assert (shown["newest"], shown["blank"]) == (0, "Press Start"), name
        assert (shown["total"], shown["depth"], shown["seeds"]) == (chosen.steps, chosen.depth, chosen.seeds)
        assert "Press Start to train with your settings." in text(page)
    assert header(visit(page, "depth=15"))["newest"] == 600, "the default, though a link says so"


@pytest.mark.parametrize("id", [id for id, example in BY_ID.items() if example.kind == "race" and id in SHIPPED])
def test_the_settings_of_each_shipped_race_open_its_recording(races: Races, id: str) -> None:
    page = visit(AppTest.from_file(MAIN, default_timeout=20), BY_ID[id].query)
    recording = shipped.recording(id)
    assert isinstance(recording, Recording)
    assert recording.config == config_of(BY_ID[id].query)
    shown = header(page)
    assert shown["newest"] == recording.step == shown["total"] and shown["blank"] is None
    assert "with exactly these settings. Press Start to train it live." in text(page)


def sweep_header(page: AppTest) -> dict:
    return next(unpacked(each.proto.bytes)[0] for each in page.get("bidi_component") if each.proto.bytes)


def test_sweeps_likewise() -> None:
    page = AppTest.from_file(MAIN, default_timeout=20)
    assert sweep_header(visit(page, "", "robustness"))["done"] > 0
    for query in ("depth=7", "seeds=2", "methods=plain,ip", "initialization=xavier", "learning_rates=0.01,0.1"):
        shown = sweep_header(visit(page, query, "robustness"))
        assert (shown["done"], shown["state"]) == (0, "blank"), query
        assert "Press Start to train with your settings." in text(page)
    for id, example in BY_ID.items():
        if example.kind == "sweep":
            found, _ = sweep_controls.from_url(dict(parse_qsl(example.query)))
            shown = sweep_header(visit(page, example.query, "robustness"))
            recording = shipped.recording(id)
            assert isinstance(recording, SweepRecording) and shown["done"] > 0, id
            assert recording.sweep == sweep_controls.choose(sweep_controls.DEFAULTS | found).sweep


def test_a_neuron_is_computed_from_the_settings_of_the_link() -> None:
    page = AppTest.from_file(MAIN, default_timeout=20)
    for query in ("distribution=exponential&methods=ip", "distribution=lognormal&mu=-2&sigma=1.7"):
        visit(page, query, "neuron")
        found, ignored = neuron_controls.from_url(dict(parse_qsl(query)))
        assert not ignored
        kept = page.session_state["neuron_settings"]
        assert {name: str(kept[name]).strip("[]()").rstrip(",") for name in found} == {
            name: str(value).strip("[]()").rstrip(",") for name, value in found.items()
        }


def test_what_this_server_has_trained_opens_for_everybody_if_nothing_was_changed_meanwhile(races: Races) -> None:
    config = RunConfig(depth=7, steps=30)
    own = races.start(config, "somebody", paused=False)
    page = AppTest.from_file(MAIN, default_timeout=20)
    assert header(visit(page, "depth=7&steps=30"))["newest"] == 0, "it is still training"
    own.state = "finished"
    assert header(visit(page, "depth=7&steps=30"))["newest"] == 5
    assert "with exactly these settings" in text(page)


def test_of_saved_runs_a_visitors_own_are_found_and_nobody_elses(races: Races, own_store: Store) -> None:
    config = RunConfig(depth=4, steps=5)
    page = visit(AppTest.from_file(MAIN, default_timeout=20), "depth=4&steps=5")
    loss = {method: [[2.3]] * 5 for method in config.methods}
    events = [
        start_event(config),
        {"event": "steps", "first": 1, "elapsed": 1.0, "loss": loss},
        {"event": "end", "step": 5, "state": "finished", "elapsed": 1.0, "telemetry": None, "first_layer_gradient": {}},
    ]
    for owner, id in (("0" * 32, "a" * 22), (page.session_state.owner, "b" * 22)):
        assert header(checked(page.run()))["newest"] == 0
        own_store.create(id, owner, "race", "a race", config.to_dict())
        own_store.append(id, 0, pack([json.dumps(event).encode() for event in events]), 5, {})
        own_store.finish(id, "finished")
        known._saved.clear()
    assert header(checked(page.run()))["newest"] == 5


def test_a_link_takes_a_visitors_own_race_off_the_screen_and_a_button_brings_it_back(races: Races) -> None:
    page = visit(AppTest.from_file(MAIN, default_timeout=20), "depth=4")
    checked(page.button(key="start").click().run())
    (own,) = races.started
    assert header(page)["newest"] == 5 and "back_to_run" not in page.session_state
    visit(page, "depth=9&width=16")
    assert (header(page)["newest"], header(page)["depth"]) == (0, 9) and own.state == "running"
    checked(page.button(key="back_to_run").click().run())
    assert (header(page)["newest"], header(page)["depth"]) == (5, 4) and page.query_params == {"depth": "4"}
    checked(page.slider(key="depth").set_value(3).run())
    assert header(page)["newest"] == 5 and "Changes of depth take effect at the next start." in text(page)


def test_links_within_the_dashboard_stay_in_the_tab() -> None:
    """A link in Markdown opens another tab; a page link does not."""
    names = "|".join(path.stem for path in (ROOT / "pages").glob("*.py"))
    inside = re.compile(rf"\[[^\]\n]+\]\(/?(?:{names})?[?)]")
    assert inside.search("see [Depth](depth) and") and inside.search("[a race](/?depth=3)")
    sources = [path for folder in ("pages", "app") for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 50
    assert [path.name for path in sources if inside.search(path.read_text("utf-8"))] == []
