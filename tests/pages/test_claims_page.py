"""The page "Claims": every row and verdict, what opens and starts runs, and results that cannot be read."""

from __future__ import annotations

from urllib.parse import parse_qsl

import msgspec
import pytest
from claims_results import made_up
from race_pages import MAIN, checked, text
from streamlit.testing.v1 import AppTest

from app.claims.examples import BY_ID, EXAMPLES
from app.neuron import settings as neuron_controls
from app.race import settings as race_controls
from app.race.intro import TITLE
from app.session import claims as session
from app.session import shipped
from app.session.robustness import actions
from app.store.recorded import CLAIMS as RECORDED
from app.sweep import settings as sweep_controls
from ipcore.claims.claims import CLAIMS
from ipcore.claims.experiments import FULL
from ipcore.claims.judging import judge
from ipcore.claims.results import VERDICTS, Result
from ipcore.sweeps.plan import Sweep

NASTY = "<img src=x onerror=alert(1)> ![x](http://127.0.0.1:9/x.png)"


@pytest.fixture(scope="module")
def result() -> Result:
    """A made-up result with every verdict in it."""
    made = judge(made_up(quick=True))
    found = made.findings
    verdicts = dict(zip(found, VERDICTS * 2, strict=False))
    return made.having({name: msgspec.structs.replace(each, verdict=verdicts[name]) for name, each in found.items()})


def shown(monkeypatch, tmp_path, content: bytes | str | None) -> AppTest:
    """The page where this is in the file of the shipped result; None for no file."""
    path = tmp_path / "result.json"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.setattr(session, "SHIPPED", path)
    session.shipped_result.clear()
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.switch_page("../pages/claims.py")
    checked(page.run())
    session.shipped_result.clear()
    return page


def test_every_claim_has_its_row_with_verdict_picture_and_buttons(races, monkeypatch, tmp_path, result):
    page = shown(monkeypatch, tmp_path, result.to_json())
    html = text(page)
    for name, finding in result.findings.items():
        (card,) = [part for part in html.split("<section") if f'"claim-id">{name}<' in part]
        card = card.partition("</section>")[0]
        assert CLAIMS[name].title in card and 'src="data:image/svg+xml;base64,' in card
        assert finding.verdict.capitalize() in card and f"Holds {finding.counted()}." in card
        assert html.count(f'aria-label="Holds {finding.counted()}"') >= 1
        assert all(page.button(key=f"{what}_{each.id}") for each in EXAMPLES[name] for what in ("see", "run"))
        assert card.count("<tr>") == sum(each.decides for each in finding.conditions)
    assert "3 seeds" not in html and "4 seeds (0 to 3)" in html and f"torch {result.versions['torch']}" in html
    assert not page.error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No result of the claims comes with this version"),
        ("nonsense", "cannot be used: not a result of the claims"),
        ('{"format": 99}', "cannot be used"),
        (b"\xff\xfe", "cannot be used"),
    ],
)
def test_a_result_that_cannot_be_used_is_said(races, monkeypatch, tmp_path, content, said):
    page = shown(monkeypatch, tmp_path, content)
    (error,) = page.error
    assert said in error.value and "What is the paper's, what is ours" in [each.value for each in page.subheader]


def test_text_of_a_result_is_text(races, monkeypatch, tmp_path, result):
    """Also where another program wrote it."""
    finding = result.findings["C1"]
    conditions = [msgspec.structs.replace(each, where=NASTY, words=NASTY) for each in finding.conditions]
    numbers = [
        msgspec.structs.replace(each, name=NASTY, place={NASTY: NASTY}, page="", query='"><img src=x onerror=1>')
        for each in finding.numbers[:2]
    ] + [msgspec.structs.replace(finding.numbers[0], page="javascript:alert(1)", query="a=b")]
    series = [msgspec.structs.replace(each, name=NASTY, method=NASTY) for each in finding.picture.series]
    picture = msgspec.structs.replace(finding.picture, title=NASTY, x=NASTY, y=NASTY, series=series)
    changed = {"summary": NASTY, "conditions": conditions, "numbers": numbers, "picture": picture}
    nasty = msgspec.structs.replace(
        result.having({"C1": msgspec.structs.replace(finding, **changed)}), versions={NASTY: NASTY}, failures={}
    )
    nasty = msgspec.structs.replace(nasty, settings=msgspec.structs.replace(nasty.settings, dataset=NASTY))
    page = shown(monkeypatch, tmp_path, nasty.to_json())
    assert "&lt;img src=x" in text(page) and "<img src=x" not in text(page) and "javascript:" not in text(page)
    assert not [each.value for each in [*page.markdown, *page.caption, *page.error] if "127.0.0.1" in each.value]


class OwnRun:
    """Stands for the run of this server."""

    state, share, message, result, seconds_left = "idle", 0.25, "", None, 300.0

    @property
    def running(self) -> bool:
        return self.state == "running"

    def start(self) -> None:
        self.state = "running"

    def stop(self) -> None:
        self.state = "stopped"


def test_all_claims_are_run_again_and_their_result_is_shown(races, monkeypatch, tmp_path, result):
    own = OwnRun()
    monkeypatch.setattr(session, "own_run", lambda: own)
    page = shown(monkeypatch, tmp_path, result.to_json())
    assert "Shipped with this version: " in text(page) and not page.get("button_group")
    checked(page.button(key="start_all").click().run())
    (progress,) = page.get("progress")
    assert own.running and "25%, about 5 min left" in progress.proto.text
    checked(page.button(key="stop_all").click().run())
    assert own.state == "stopped" and page.button(key="start_all").label == "Go on with the run of all claims"
    own.state, own.result = "finished", msgspec.structs.replace(result, versions={"torch": "9.9"})
    checked(page.run())
    assert "Run on this server: " in text(page) and "torch 9.9" in text(page)
    checked(page.segmented_control(key=session.CHOICE).set_value(session.SHIPPED_CHOICE).run())
    assert "torch 9.9" not in text(page)
    own.state, own.message = "failed", NASTY
    checked(page.run())
    assert r"![x" not in page.error[0].value and r"\[x\]" in page.error[0].value


# -- what shows the claims ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", BY_ID.values(), ids=list(BY_ID))
def test_settings_of_examples_are_allowed(example):
    controls = {"race": race_controls, "sweep": sweep_controls, "neuron": neuron_controls}[example.kind]
    found, notices = controls.from_url(dict(parse_qsl(example.query)))
    assert found and not notices
    chosen = controls.choose({**controls.DEFAULTS, **found})
    assert (chosen[0] if isinstance(chosen, tuple) else getattr(chosen, "sweep", None) or chosen.config) is not None


def test_every_claim_is_shown_and_what_is_trained_has_a_recording():
    assert list(EXAMPLES) == list(CLAIMS) and all(EXAMPLES.values())
    assert {each.id for each in BY_ID.values() if each.kind != "neuron"} == set(RECORDED)


def pressed(monkeypatch, tmp_path, result, key: str) -> AppTest:
    page = shown(monkeypatch, tmp_path, result.to_json())
    checked(page.button(key=key).click().run())
    return page


def test_a_race_is_run_with_the_settings_of_its_claim(races, monkeypatch, tmp_path, result):
    page = pressed(monkeypatch, tmp_path, result, "run_claim-c1-xavier")
    (race,) = races.started
    assert (race.config.initialization, race.config.depth, race.config.steps) == ("xavier", 15, FULL.steps)
    assert [each.value for each in page.title] == [TITLE] and race.config.methods == ("plain", "batch-norm", "ip")


def test_a_sweep_is_run_with_the_settings_of_its_claim(races, monkeypatch, tmp_path, result):
    taken: list[tuple[Sweep, bool]] = []
    monkeypatch.setattr(actions, "take_over", lambda sweep, *, start: taken.append((sweep, start)))
    page = pressed(monkeypatch, tmp_path, result, "run_claim-c2")
    assert [each.value for each in page.title] == ["Robustness"]
    ((sweep, start),) = taken
    assert start and sweep.over["learning_rate"] == FULL.rates
    assert (sweep.config.depth, sweep.config.initialization, sweep.config.steps) == (5, "pytorch", FULL.steps)


def test_a_neuron_is_seen_at_rest_and_run_from_its_start(races, monkeypatch, tmp_path, result):
    page = pressed(monkeypatch, tmp_path, result, "see_claim-c4")
    own = page.session_state.neuron
    assert [each.value for each in page.title] == ["One neuron"]
    assert (own.moments[-1].step, own.playing, own.setup.methods) == (session.UPDATES, False, ("ip",))
    page = pressed(monkeypatch, tmp_path, result, "run_claim-c4")
    assert page.session_state.neuron.playing and page.session_state.neuron.moments[0].step == 0
    assert page.query_params["distribution"] == "exponential"


@pytest.mark.parametrize("id", RECORDED)
def test_a_recording_has_the_settings_of_its_example_and_is_whole(id):
    example, recording = BY_ID[id], shipped.recording(id)
    asked = dict(parse_qsl(example.query))
    assert recording.state == "finished" and shipped.SHIPPED[id][1].stat().st_size < 150_000
    if example.kind == "sweep":
        chosen = sweep_controls.choose(sweep_controls.DEFAULTS | sweep_controls.from_url(asked)[0])
        assert recording.sweep == chosen.sweep
    else:
        assert (
            recording.config == race_controls.choose(race_controls.DEFAULTS | race_controls.from_url(asked)[0]).config
        )


def test_a_recording_is_opened_at_once(races, monkeypatch, tmp_path, result):
    """On the page of saved runs, where it is not in the list."""
    page = pressed(monkeypatch, tmp_path, result, "see_claim-c7-two")
    assert page.query_params["run"] in ("claim-c7-two", ["claim-c7-two"])
    assert "C7: batch size 2, 5 layers (shipped)" in text(page) and "claim-c7-two" not in shipped.runs()


def test_without_its_recording_an_example_can_only_be_run(races, monkeypatch, tmp_path, result):
    monkeypatch.setattr(session.shipped, "is_shipped", lambda id: id == "claim-c1")
    page = shown(monkeypatch, tmp_path, result.to_json())
    assert not page.button(key="see_claim-c1").disabled and page.button(key="see_claim-c3").disabled
