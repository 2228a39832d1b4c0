"""The page "One neuron" in Streamlit's own test harness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from one_neuron import BIAS, unpack
from serving import ROOT
from streamlit.testing.v1 import AppTest

from app.session import server


@pytest.fixture
def no_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker processes: this page needs none."""

    class Nothing:
        def present(self, visitor: str) -> None: ...
        def left(self, visitor: str) -> None: ...
        def of(self, visitor: str) -> list:
            return []

    nothing = Nothing()
    monkeypatch.setattr(server, "runs", lambda: nothing)


def visit(**parameters: str) -> AppTest:
    page = AppTest.from_file(str(Path(ROOT) / "app" / "main.py"), default_timeout=30)
    page.switch_page("../pages/neuron.py")
    for name, text in parameters.items():
        page.query_params[name] = text
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    return page


def shown(page: AppTest) -> tuple[dict, dict[str, np.ndarray]]:
    return unpack(next(each.proto.bytes for each in page.get("bidi_component") if each.proto.bytes))


def click(page: AppTest, key: str) -> AppTest:
    return checked(page.button(key=key).click().run())


def said(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def test_a_first_visit_shows_the_neuron_at_its_start(no_runs: None) -> None:
    page = visit()
    header, arrays = shown(page)
    assert (header["playing"], header["last"]) == (False, 0) and len(header["methods"]) == 4
    assert arrays["now"][0, 3, :2].tolist() == [1.0, 0.0] and not page.warning
    rules = " ".join(element.value for element in page.markdown)
    assert "derived here from the Infomax principle; the paper's own printed update may differ in form" in " ".join(
        rules.split()
    )


def test_play_pause_step_reset_and_drift(no_runs: None) -> None:
    page = click(visit(), "toggle")
    assert shown(page)[0]["playing"] and page.button(key="toggle").label == "Pause"
    page = click(page, "toggle")
    last = shown(page)[0]["last"]
    page = click(page, "step1")
    assert shown(page)[0]["last"] == last + 1
    page = click(page, "drift")
    assert shown(page)[0]["playing"] and page.button(key="drift").label == "Stop drift"
    page = click(page, "reset")
    assert shown(page)[0]["last"] == 0 and page.button(key="drift").label == "Drift"


def test_a_link_restores_the_settings_and_nonsense_is_named(no_runs: None) -> None:
    page = visit(distribution="laplace", mean="100", scale="0.5", speed="60", sd="-1", wobble="2")
    assert page.slider(key="neuron_mean").value == 100 and shown(page)[0]["stride"] == 3
    (notice,) = page.warning
    assert "sd must be" in notice.value and "'wobble'" in notice.value
    assert page.query_params == {"distribution": "laplace", "mean": "100", "speed": "60"}


def test_the_input_can_be_changed_and_its_family_and_back(no_runs: None) -> None:
    page = visit()
    checked(page.slider(key="neuron_mean").set_value(-2.0).run())
    assert shown(page)[1]["rest"][-1, 3, BIAS] > 0 and page.query_params == {"mean": "-2"}
    checked(page.selectbox(key="neuron_distribution").set_value("mixture").run())
    checked(page.slider(key="neuron_means_1").set_value(3.0).run())
    assert page.query_params == {"distribution": "mixture", "means": "-0.5,3"}
    checked(page.selectbox(key="neuron_distribution").set_value("normal").run())
    assert page.slider(key="neuron_mean").value == -2.0


def test_batch_norm_is_left_out_at_batch_size_one(no_runs: None) -> None:
    page = visit(batch_size="1")
    assert "one example has no variance" in said(page)
    assert [method["name"] for method in shown(page)[0]["methods"]] == ["plain", "infomax", "ip"]


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ({"batch_size": "1", "methods": "batch-norm"}, "Batch norm needs a batch size of at least 2, not 1"),
        (
            {"distribution": "uniform", "low": "2", "high": "1"},
            "High end must be at least 0.001 above low (2), not 1.0.",
        ),
    ],
)
def test_a_link_that_cannot_be_says_why_and_what_is_shown_instead(no_runs: None, link: dict, named: str) -> None:
    page = visit(**link)
    instead = (
        "Shown instead: Normal, mean 1.5, sd 0.5; plain, batch norm, Infomax, IP; batch size 100, intrinsic rate 0.05."
    )
    assert named in said(page) and instead in said(page) and "left out" not in said(page)
    assert [method["name"] for method in shown(page)[0]["methods"]] == ["plain", "batch-norm", "infomax", "ip"]


def test_without_a_rule_it_asks_for_one_and_shows_those_before(no_runs: None) -> None:
    page = visit(methods="ip", distribution="mixture")
    page.session_state["neuron_methods"] = []
    page = checked(page.run())
    assert "Choose at least one rule. Shown instead: Mixture of two normals, means -0.5,2, sds 0.4,0.4" in said(page)
    assert "; IP; batch size" in said(page) and len(shown(page)[0]["methods"]) == 1


@pytest.mark.parametrize(("text", "form"), [("0.001", "%.4g"), ("0.125", "%.4g"), ("0.25", "")])
def test_a_slider_says_the_value_that_a_link_asked_for(no_runs: None, text: str, form: str) -> None:
    slider = visit(sd=text).slider(key="neuron_sd")
    assert slider.value == float(text) and (slider.proto.format == form or (not form and slider.proto.format != "%.4g"))


def test_what_cannot_be_is_refused_and_the_neuron_stays(no_runs: None) -> None:
    page = visit(distribution="uniform")
    checked(page.slider(key="neuron_high").set_value(-1.0).run())
    assert "High end must be at least" in said(page) and shown(page)[0]["last"] == 0
    assert 'class="neuron-note refused"' in said(page)
