"""The page Status: there only with a secret, and open to those alone who know it."""

from __future__ import annotations

import logging
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from race_pages import MAIN, checked
from streamlit.testing.v1 import AppTest

from app.front import environment, log
from app.session import server
from ipcore.config import LIMITS_VARIABLE

SECRET = "a secret of this server"
WRONG = 1.0
"""Seconds that a wrong secret costs; noted here, and not waited for."""


@pytest.fixture
def doubles(store: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that nobody trains, behind the page, and a log of its own."""
    scheduler = SimpleNamespace(pids=[1, 2], waiting=3, slots=4)
    runs = SimpleNamespace(scheduler=scheduler, apart=scheduler, states=lambda: Counter(running=2, queued=3))
    monkeypatch.setattr(server, "prepare", lambda: None)
    monkeypatch.setattr(server, "runs", lambda: runs)
    monkeypatch.setattr(server, "sweeps", lambda: SimpleNamespace(states=Counter))
    monkeypatch.setattr(log, "repetition", log.Repetition())


def visit() -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.switch_page("../pages/status.py")
    return checked(page.run())


def shown(page: AppTest) -> str:
    return "\n".join(str(each.value) for kind in ("subheader", "markdown", "error") for each in page.get(kind))


def sent(page: AppTest, secret: str) -> AppTest:
    page.text_input[0].set_value(secret)
    return checked(page.button[0].click().run())


def test_without_a_secret_there_is_no_such_page(races: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(environment.STATUS_VARIABLE, raising=False)
    page = visit()
    assert not page.text_input and "Visitors" not in shown(page)


def test_it_opens_for_who_knows_the_secret_and_says_nothing_before(
    doubles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(environment.STATUS_VARIABLE, SECRET)
    monkeypatch.setenv(LIMITS_VARIABLE, "depth=20")
    log.repetition.filter(logging.LogRecord("app", logging.ERROR, "", 0, "![x](http://a.b/c.png)", None, None))
    sleep, cost = time.sleep, []
    monkeypatch.setattr(time, "sleep", lambda seconds: cost.append(seconds) if seconds == WRONG else sleep(seconds))
    page = visit()
    assert "Visitors" not in shown(page)
    for wrong in ("", "wrong", SECRET[:-1], SECRET + "x", "ä"):
        page = sent(page, wrong)
        assert "Visitors" not in shown(page) and "That is not the secret" in shown(page)
    assert len(cost) == 5, "each wrong secret costs a second"
    page = sent(page, f" {SECRET} ")
    text = shown(page)
    for said in (
        "Visitors",
        "of at most",
        "3 queued, 2 running",
        "| Sweeps | none |",
        "| depth | 20 |",
        "All is saved",
    ):
        assert said in text, said
    assert SECRET not in text
    (table,) = page.dataframe
    assert table.value["What happened"].tolist() == ["![x](http://a.b/c.png)"] and table.value["Times"].tolist() == [1]


def test_a_changed_secret_closes_it_again(doubles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.STATUS_VARIABLE, SECRET)
    page = sent(visit(), SECRET)
    assert "Visitors" in shown(page)
    monkeypatch.setenv(environment.STATUS_VARIABLE, SECRET + " of another start")
    assert "Visitors" not in shown(checked(page.run()))


def test_nothing_of_the_source_is_on_the_page(doubles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit shows what stands alone in the file of a page, such as a docstring of a constant."""
    monkeypatch.setenv(environment.STATUS_VARIABLE, SECRET)
    assert not visit().markdown
