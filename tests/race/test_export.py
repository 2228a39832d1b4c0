"""What a run is exported as: a page that needs nobody, a table of its curves, the recording itself."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import re
import tomllib
from datetime import UTC, datetime

import numpy as np
import pytest
from exported import NASTY, Seen
from plain import all_plain
from recordings import events, recording
from serving import ROOT

from app.export.bundle import STATIC
from app.export.html import Charts, Code, Download, Facts, Prose, Table, page
from app.export.parts import ended, jsonl
from app.race.export import changes, run_page
from ipcore.config import RunConfig
from ipcore.recordings.importing import read
from ipcore.recordings.race import Recording, from_events

SMALL = RunConfig(steps=60, depth=3, width=8, seeds=2, learning_rate=0.1)
WHEN = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def exported() -> str:
    made = list(events(SMALL, snapshots=6))
    made.insert(4, {"event": "mark", "step": 50, "setting": "learning_rate", "previous": 0.1, "value": 0.03})
    return run_page(from_events(made), made, name=NASTY, when=WHEN)


def test_a_page_asks_nobody_for_anything(exported: str) -> None:
    seen = Seen(exported)
    assert not [tag for tag, _ in seen.tags if tag in ("link", "iframe", "object", "embed", "img", "base", "form")]
    assert not [script for script in seen.all("script") if "src" in script]
    assert [link["href"][:5] for link in seen.all("a")] == ["data:"]
    (policy,) = [meta["content"] for meta in seen.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert set(re.findall(r"url\(\"?(\w+):", exported)) == {"data"}


def test_names_are_shown_as_text(exported: str) -> None:
    seen = Seen(exported)
    assert NASTY.replace("\0", "?") in seen.text
    assert exported.count("<script") == exported.count("</script") == 4, "Plotly, film, tables, our script"
    lone = page("\ud800" + "x" * 10_000, [])
    assert "?xxx" in lone.encode("utf-8").decode() and len(Seen(lone).text) < 10_400


def test_it_says_what_was_run_and_what_came_out(exported: str) -> None:
    text = " ".join(Seen(exported).text.split())
    assert "plain against batch norm against IP · MNIST, 5,000 digits · 60 steps" in text
    assert "1 March 2026, 09:05 UTC" in text
    assert "At the end, tested on 500 examples: mean ± standard deviation of 2 seeds" in text
    assert "Learning rate" in text and "after step" in text and "0.03" in text
    assert "changes=changes" in text and "python -m ipcore train" in text and "--change 50:learning_rate=0.03" in text
    assert "<dd class=changed>0.1</dd>" in exported and "<dd>0.05</dd>" in exported


def test_the_page_holds_the_recording_which_can_be_imported(exported: str) -> None:
    (link,) = Seen(exported).all("a")
    packed = base64.b64decode(link["href"].partition("base64,")[2])
    assert link["download"] == "recording.jsonl.gz"
    assert read(io.BytesIO(packed)).recording.step == 60


def test_it_is_small_and_the_same_each_time(exported: str) -> None:
    assert 2_000_000 < len(exported) < 2_600_000, "Plotly, compressed, is most of it"
    made = list(events(SMALL, snapshots=6))
    assert run_page(from_events(made), made, name="x") == run_page(from_events(made), made, name="x")


def test_any_blocks_make_a_page() -> None:
    blocks = [
        Prose("a < b"), Table("T<", ["h<"], [["r<", "c<"]]), Facts("F<", {"k<": "v<"}), Code("C<", "if a < b:"),
        Download("D<", "after<", 'n"<', "text/plain", b"content"), Charts(b"film", {"loss": "</script>"}),
    ]  # fmt: skip
    seen = Seen(page("all", blocks))
    for said in ("a < b", "T<", "h<", "r<", "c<", "F<", "k<", "v<", "C<", "if a < b:", "D<", "after<"):
        assert said in seen.text
    assert seen.all("a")[0]["download"] == 'n"<'
    assert [script.get("type") for script in seen.all("script")].count("application/gzip;base64") == 3


def test_colours_are_those_of_the_dashboard() -> None:
    theme = tomllib.loads((ROOT / "app" / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    light, dark = (STATIC / "export" / "page.css").read_text("utf-8").split("@media (prefers-color-scheme: dark)")[:2]
    for name in (
        "primaryColor",
        "backgroundColor",
        "secondaryBackgroundColor",
        "textColor",
        "linkColor",
        "borderColor",
    ):
        variable = "--st-" + re.sub("[A-Z]", lambda letter: "-" + letter[0].lower(), name)
        assert f"{variable}: {theme['light'][name].lower()};" in light
        assert f"{variable}: {theme['dark'][name].lower()};" in dark


def test_a_run_that_is_not_over_ends_in_its_export() -> None:
    begun = list(events(SMALL, steps=30, snapshots=4, end=False))
    last = list(ended(begun))[-1]
    assert (last.name, last.step, last.state) == ("end", 30, "stopped")
    assert read(io.BytesIO(jsonl(begun))).recording.state == "stopped"
    whole = list(events(SMALL, snapshots=4))
    assert all_plain(ended(whole)) == whole
    assert list(ended(whole[:2]))[-1].step == 0
    assert gzip.decompress(jsonl(whole)).count(b"\n") == len(whole)


def test_curves_in_long_form() -> None:
    run = recording(SMALL.replace(first_seed=7), snapshots=4)
    rows = list(csv.DictReader(io.StringIO(run.to_csv())))
    assert list(rows[0]) == ["step", "method", "seed", "train_loss", "test_examples", "test_loss", "test_accuracy"]
    assert len(rows) == 61 * 3 * 2
    assert {row["seed"] for row in rows} == {"7", "8"}
    for row in rows:
        step, place = int(row["step"]), int(row["seed"]) - 7
        if step:
            assert float(row["train_loss"]) == pytest.approx(run.loss(row["method"])[step - 1, place], rel=1e-6)
        else:
            assert row["train_loss"] == ""
    tested = {test.step: test for test in run.tests}
    assert {int(row["step"]) for row in rows if row["test_accuracy"]} == set(tested)
    row = rows[-1]
    assert float(row["test_accuracy"]) == pytest.approx(tested[60].accuracy["ip"][1], rel=1e-6)
    assert row["test_examples"] == "500"


def test_curves_of_what_is_not_known_are_empty() -> None:
    run = Recording(SMALL)
    assert run.to_csv().count("\n") == 1, "the names of the columns, before anything has happened"
    run.add(next(events(SMALL)))
    loss = {method: [[None, 1.0]] for method in SMALL.methods}
    run.add({"event": "steps", "first": 1, "elapsed": 1.0, "loss": loss})
    assert run.to_csv().splitlines()[1:3] == ["1,plain,0,,,,", "1,plain,1,1,,,"]
    assert np.isnan(run.loss("plain")[0, 0])


def test_of_very_many_changes_in_flight_the_newest_are_in_the_table() -> None:
    made = [
        {"event": "mark", "step": 0, "setting": "learning_rate", "previous": 1, "value": at} for at in range(1, 1001)
    ]
    table = changes(from_events([next(iter(events(SMALL))), *made]))
    assert len(table.rows) == 201 and table.rows[0][0] == "800 more before"
    assert table.rows[1][-1] == "801" and table.rows[-1][-1] == "1,000"
    few = changes(from_events([next(iter(events(SMALL))), *made[:200]]))
    assert len(few.rows) == 200 and "more" not in few.rows[0][0]
