"""The page "Robustness" as a visitor meets it, in Streamlit's own test harness; a stub plays the executor."""

import time

import pytest
from frames import unpacked
from race_pages import MAIN, checked
from streamlit.testing.v1 import AppTest
from stub_executor import StubExecutor

from app.background.sweeps import Sweeps
from app.session import server, shipped
from app.sweep import settings as sweep_controls
from ipcore.executors.base import ADDRESS_VARIABLE, ExecutorUnavailable
from ipcore.sweeps.plan import Sweep

SMALL = {"dataset": "spirals", "depth": "2", "width": "8", "steps": "40", "seeds": "2", "methods": "plain,ip"}
PATIENCE = 40


class Stage:
    """Sweeps on stubs, and the page of one visitor."""

    def __init__(self, sweeps: Sweeps, stubs: list[StubExecutor]) -> None:
        self.sweeps, self.stubs = sweeps, stubs

    def visit(self, **parameters: str) -> "Stage":
        self.page = AppTest.from_file(MAIN, default_timeout=20)
        for name, text in parameters.items():
            self.page.query_params[name] = text
        self.page.switch_page("../pages/robustness.py")
        return self.again()

    def again(self) -> "Stage":
        checked(self.page.run())
        return self

    def press(self, button: str) -> "Stage":
        checked(self.page.button(key=button).click().run())
        return self

    def until(self, condition) -> "Stage":
        """Waits for a condition on the sweep on screen, then draws the page."""
        deadline = time.monotonic() + PATIENCE
        while not condition(self.run):
            assert time.monotonic() < deadline, (self.run.state, self.run.message)
            self.run.wait(self.run.recording.revision, 0.01)
        return self.again()

    @property
    def run(self):
        return self.page.session_state.sweep

    @property
    def said(self) -> str:
        return " ".join(element.proto.body for element in self.page.get("html"))

    @property
    def enabled(self) -> list[str]:
        buttons = [self.page.button(key=key) for key in ("start", "toggle", "stop")]
        return [button.label for button in buttons if not button.disabled]

    def frame(self):
        (charts,) = [each for each in self.page.get("bidi_component") if each.proto.component_name.endswith("sweep")]
        return unpacked(charts.proto.bytes)


@pytest.fixture
def stage(monkeypatch, races):
    stubs = []

    def opened(owner):
        stubs.append(StubExecutor())
        return stubs[-1]

    sweeps = Sweeps(opened)
    monkeypatch.setattr(server, "sweeps", lambda: sweeps)
    yield Stage(sweeps, stubs)
    sweeps.close()


def test_a_first_visit_shows_a_finished_sweep(stage):
    stage.visit()
    assert "This is a recording of the default sweep" in stage.said and stage.enabled == ["Start"]
    assert "63 networks, about" in stage.said
    header, arrays = stage.frame()
    assert header["done"] == 63 and arrays["band"].shape == (3, 3, 7)
    assert stage.said.count("<tr data-method") == 3 and "Usable range" in stage.said
    assert "Press Start to train it live." in stage.said
    assert stage.sweeps._runs == {}, "a visit starts nothing"


def test_what_is_shipped_is_the_default_sweep():
    recording = shipped.sweep()
    assert recording.sweep == sweep_controls.default() and recording.state == "finished"
    assert shipped.SHIPPED[shipped.SWEEP][1].stat().st_size < 150_000
    best = {method: recording.accuracy(method).mean(1) for method in recording.sweep.config.methods}
    assert best["ip"].max() > 0.85 > 0.2 > best["plain"].max()


def test_settings_come_from_the_link_and_go_back_to_it(stage):
    stage.visit(over="depth,weight_scale", depths="2,4", weight_scales="1,2.5", width="8")
    assert "Nothing is recorded here with these settings. Press Start to train with your settings." in stage.said
    page = stage.page
    assert page.selectbox(key="sweep_over_0").value == "depth"
    assert page.multiselect(key="sweep_weight_scales").value == [1.0, 2.5]
    assert "sweep_depth" not in [slider.key for slider in page.slider], "what is swept has no one value"
    assert "36 networks" in stage.said
    page.multiselect(key="sweep_depths").set_value([2, 4, 10])
    page.slider(key="sweep_seeds").set_value(1)
    stage.again()
    assert page.query_params == {
        "over": "depth,weight_scale", "depths": "2,4,10", "weight_scales": "1,2.5", "width": "8", "seeds": "1"
    }  # fmt: skip


def test_another_setting_brings_its_own_values(stage):
    stage.visit()
    page = stage.page
    page.selectbox(key="sweep_over_0").set_value("batch_size")
    stage.again()
    assert page.multiselect(key="sweep_batch_sizes").value == list(sweep_controls.LADDERS["batch_size"])
    assert page.query_params == {"over": "batch_size"}
    assert "Batch norm is left out at batch size 1" in stage.said and stage.enabled == ["Start"]
    assert "sweep_intrinsic_rate" not in [slider.key for slider in page.select_slider], "it follows the batch size"
    page.toggle(key="sweep_usual_rates").set_value(False)
    stage.again()
    assert "sweep_intrinsic_rate" in [slider.key for slider in page.select_slider]
    page.selectbox(key="sweep_over_0").set_value("learning_rate")
    stage.again()
    assert page.multiselect(key="sweep_learning_rates").value == list(sweep_controls.LADDERS["learning_rate"])


def test_typed_values_become_numbers_in_order(stage):
    stage.visit()
    stage.page.multiselect(key="sweep_learning_rates").set_value([0.1, "0.02", "1e-3", 0.001])
    stage.again()
    assert stage.page.multiselect(key="sweep_learning_rates").value == [0.001, 0.02, 0.1]
    assert stage.page.query_params == {"learning_rates": "0.001,0.02,0.1"}


def test_what_is_refused_is_refused_with_the_reason(stage, monkeypatch):
    stage.visit(seeds="16", steps="100000")
    assert "This sweep is too large: 1.09e+15 multiply-adds" in stage.said and stage.enabled == []
    many = ",".join(map(str, range(1, 21)))
    stage.visit(over="depth,width", depths=many, widths=many.removeprefix("1,"), seeds="16", steps="1")
    assert "This sweep is too large: 18,240 networks, where 5,000 are allowed" in stage.said and stage.enabled == []
    monkeypatch.setenv("IPCORE_LIMITS", "sweep_networks=20")
    stage.visit()
    assert "This sweep is too large: 63 networks, where 20 are allowed" in stage.said and stage.enabled == []
    monkeypatch.delenv("IPCORE_LIMITS")
    stage.visit(methods="batch-norm", batch_size="1")
    assert "at least 2 with batch-norm" in stage.said and stage.enabled == []
    stage.visit(depths="1,900", bogus="1")
    warned = stage.page.warning[0].value
    assert "depth must be a whole number from 1 to 50" in warned and "bogus" in warned


def test_before_a_sweep_starts_the_cluster_is_asked_how_long_it_takes(stage, monkeypatch):
    monkeypatch.setenv(ADDRESS_VARIABLE, "tcp://example:8786")
    assert "63 networks. Asking the cluster" in stage.visit().said or "on the cluster" in stage.said
    deadline = time.monotonic() + PATIENCE
    while stage.sweeps.places.now().workers is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert "63 networks, about" in stage.again().said and "on the cluster (2 workers now)." in stage.said
    assert stage.sweeps._runs == {} and stage.stubs[0].closed, "a visit starts nothing"


def test_a_sweep_from_start_to_finish(stage):
    stage.visit(**SMALL).press("start").until(lambda run: run.under_way)
    assert stage.run.sweep.config.depth == 2 and stage.enabled == ["Pause", "Stop"]
    assert "0 of 28 networks" in stage.said and "Waiting for a worker" in stage.said
    stage.stubs[0].finish()
    stage.until(lambda run: run.recording.done_networks)
    done = stage.run.recording.done_networks
    assert f"{done} of 28 networks" in stage.said and stage.frame()[0]["done"] == done
    while not stage.run.over:
        stage.stubs[0].finish()
        stage.run.wait(stage.run.recording.revision, 0.01)
    stage.again()
    assert "Finished" in stage.said and stage.enabled == ["Start again"] and stage.frame()[0]["done"] == 28
    stage.page.slider(key="sweep_width").set_value(16)
    stage.again()
    assert "Changes of width take effect at the next start." in stage.said


def test_pause_resume_stop_and_going_on(stage):
    stage.visit(**SMALL).press("start").until(lambda run: run.under_way).press("toggle")
    assert "networks under way will finish, and no others start" in stage.said and stage.enabled == [
        "Resume",
        "Stop",
    ]
    stage.press("toggle")
    assert stage.run.state == "running" and stage.enabled == ["Pause", "Stop"]
    stage.stubs[0].finish()
    stage.until(lambda run: run.recording.done_networks).press("stop").until(lambda run: run.over)
    done = stage.run.recording.done_networks
    assert f"Stopped: {done} networks are done" in stage.said and stage.frame()[0]["done"] == done
    assert stage.enabled == ["Start again", "Resume"]
    stage.press("toggle").until(lambda run: run.under_way)
    assert stage.run.recording.done_networks == done and stage.run.state == "running" and len(stage.stubs) == 2


def test_changed_settings_can_be_started_in_place_of_a_live_sweep(stage):
    stage.visit(**SMALL).press("start").until(lambda run: run.under_way)
    first = stage.run
    stage.page.slider(key="sweep_depth").set_value(3)
    assert "Start" in stage.again().enabled
    stage.press("start").until(lambda run: run.under_way)
    assert first.state == "stopped" and stage.run.sweep.config.depth == 3


def test_what_goes_wrong_is_told_in_words(stage, monkeypatch):
    stage.visit(**SMALL).press("start").until(lambda run: run.under_way)
    stage.stubs[0].lose()
    stage.stubs[0].fail("the data are not there")
    stage.until(lambda run: run.recording.failures)
    assert "could not be trained: the data are not there." in stage.said

    def unavailable(owner):
        raise ExecutorUnavailable("no scheduler answers")

    monkeypatch.setattr(stage.sweeps, "_open_executor", unavailable)
    stage.page.slider(key="sweep_depth").set_value(3)
    stage.again().press("start").until(lambda run: run.over)
    assert "No scheduler answers" in stage.said and "trouble" in stage.said


def test_a_visitor_who_comes_back_finds_the_sweep(stage):
    stage.visit(**SMALL).press("start").until(lambda run: run.under_way)
    run = stage.run
    stage.page.switch_page("../pages/guide.py")
    stage.again()
    stage.page.switch_page("../pages/robustness.py")
    stage.again()
    assert stage.run is run and stage.page.slider(key="sweep_depth").value == 2
    assert stage.sweeps.get(run.id) is run and isinstance(run.sweep, Sweep)
