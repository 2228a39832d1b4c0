"""The list of the page "Runs": what is in it, how it is searched and filtered, and what it says beside it."""

import shutil
from html import unescape

import streamlit as st
from race_pages import MAIN, Race, checked
from recordings import events
from runs_page import ME, OTHER, SHIPPED, SMALL, choose, click, names, numbers, save, text, visit
from streamlit.testing.v1 import AppTest

from app.session import server
from app.store.chunks import pack
from app.store.schema import StoreError
from ipcore.config import METHODS
from ipcore.jsonlines import encode


def test_a_run_of_a_method_that_is_not_known_here_is_listed_and_says_why_it_cannot_be_shown(store, monkeypatch):
    """Whoever ran the server had brought a method, and does so no longer."""
    id = f"run-number-{next(numbers):010}"
    store.create(id, ME, "race", "Of another server", SMALL.to_dict() | {"methods": ["plain", "long-gone"]})
    store.append(id, 0, pack([encode(event).encode() for event in events(SMALL)]), SMALL.steps, {"long-gone": 0.5})
    store.finish(id, "finished")
    assert names(visit(monkeypatch)) == ["Of another server", *SHIPPED]
    page = visit(monkeypatch, run=id)
    said = text(page) + " ".join(element.value for element in [*page.warning, *page.error])
    assert f"methods must be one or more of {', '.join(METHODS)}, not 'long-gone'" in unescape(said)


def test_the_list_shows_ones_own_runs_and_those_that_are_shipped(store, monkeypatch):
    save(store, "Mine")
    save(store, "Theirs", OTHER)
    page = visit(monkeypatch)
    assert names(page) == ["Mine", *SHIPPED] and "3 runs" in text(page)
    row = page.dataframe[0].value.iloc[0]
    assert (row["state"], row["ip"], row["dataset"]) == ("Finished", 87.5, "Two moons")
    assert (row["depth"], row["steps"]) == (2, 40)
    assert page.button(key="compare").disabled and page.button(key="delete").disabled


def test_a_visitor_without_runs_finds_what_is_shipped(store, monkeypatch):
    assert names(visit(monkeypatch)) == SHIPPED


def test_search_and_filters_and_their_link(store, monkeypatch):
    save(store, "Alpha", config=SMALL.replace(dataset="circles"))
    save(store, "Beta", end="stopped")
    page = visit(monkeypatch)
    checked(page.text_input(key="runs_text").set_value("ALP").run())
    assert names(page) == ["Alpha"] and page.query_params == {"text": "ALP"}
    checked(page.text_input(key="runs_text").set_value("").run())
    checked(page.selectbox(key="runs_state").set_value("stopped").run())
    assert names(page) == ["Beta"]
    checked(page.selectbox(key="runs_state").set_value("").run())
    checked(page.selectbox(key="runs_dataset").set_value("mnist-5k").run())
    assert names(page) == SHIPPED
    page = visit(monkeypatch, state="stopped", method="ip", kind="sideways", page="<b>")
    assert names(page) == ["Beta"] and "Ignored in the link: kind" in text(page) and "<b>" not in text(page)


def test_fifty_runs_on_a_page(store, monkeypatch):
    for number in range(51):
        store.create(f"run-of-fifty-one-{number}", ME, "race", f"Run {number}", SMALL.to_dict())
    page = visit(monkeypatch)
    assert len(names(page)) == 50 and not page.pagination[0].value > 1
    checked(page.pagination[0].select(2).run())
    assert names(page)[1:] == SHIPPED
    checked(page.text_input(key="runs_text").set_value("Run").run())
    assert len(names(page)) == 50
    checked(page.pagination[0].select(2).run())
    store.delete(store.list(ME, offset=50)[0][0].id, ME)
    assert len(names(checked(page.run()))) == 50 and not page.pagination


def test_filters_are_kept_while_a_run_is_open(store, monkeypatch):
    id = save(store, "Alpha")
    page = visit(monkeypatch, text="alpha")
    page.query_params.clear()
    page.query_params["run"] = id
    checked(page.run())
    click(page, "back")
    assert names(page) == ["Alpha"] and page.query_params == {"text": "alpha"}


def test_rows_stay_chosen_when_others_come(store, monkeypatch):
    save(store, "First")
    page = choose(visit(monkeypatch), 0)
    save(store, "Second")
    checked(page.run())
    assert names(page)[:2] == ["Second", "First"] and page.session_state["runs_table"]["selection"]["rows"] == [1]


def test_the_page_says_what_goes_next_and_that_nothing_is_saved(store, monkeypatch):
    id = save(store, "Oldest <b>")
    save(store, "Theirs", OTHER)
    used = store.room().used
    monkeypatch.setattr(store, "ceiling", used / 0.95)
    monkeypatch.setattr(server.saver(), "trouble", lambda id=None: "disk full")
    said = text(visit(monkeypatch))
    assert "nearly full" in said and "“Oldest &lt;b&gt;”" in said and "Theirs" not in said
    assert "Runs are not being saved: disk full." in said and store.get(id)
    page = checked(AppTest.from_file(MAIN, default_timeout=20).run())
    assert "Runs are not being saved" not in text(page)
    click(page, "start")
    assert "Runs are not being saved: disk full." in text(page)


def test_a_store_that_cannot_be_read_says_so(store, monkeypatch):
    def fail(*_, **__):
        raise StoreError("database away")

    id = save(store)
    monkeypatch.setattr(store, "list", fail)
    monkeypatch.setattr(store, "get", fail)
    for page in (visit(monkeypatch), visit(monkeypatch, run=id), visit(monkeypatch, compare=f"{id},default-race")):
        assert "cannot be reached just now (database away)" in " ".join(error.value for error in page.error)


def test_the_list_is_looked_at_again_while_a_run_comes_into_it(store, monkeypatch):
    """Whoever starts a race and opens the list at once, before its first event is saved, sees it come."""
    paces, fragment = [], st.fragment

    def noted(draw, **how):
        if draw.__name__ == "table":
            paces.append(how.get("run_every"))
        return fragment(draw, **how)

    monkeypatch.setattr(st, "fragment", noted)
    page = visit(monkeypatch)
    assert names(page) == SHIPPED and set(paces) == {None}
    server.runs().started.append(Race(SMALL, page.session_state.visitor, paused=False))
    paces.clear()
    checked(page.run())
    assert names(page) == SHIPPED and None not in paces


def test_the_list_says_that_the_store_was_replaced_also_when_nothing_else_changes(store, monkeypatch):
    save(store)
    page = visit(monkeypatch)
    assert "removed or replaced" not in text(page)
    shutil.rmtree(store.place)
    checked(page.run())
    assert names(page) == SHIPPED and "The saved runs on this server were removed or replaced" in text(page)
    monkeypatch.setattr(store, "replaced_at", store.replaced_at - 25 * 3600)
    assert "removed or replaced" not in text(checked(page.run()))


def test_what_is_wrong_with_the_store_is_looked_at_every_few_seconds(store, monkeypatch):
    paces, fragment = {}, st.fragment
    monkeypatch.setattr(
        st, "fragment", lambda draw, **how: paces.update({draw.__name__: how.get("run_every")}) or fragment(draw, **how)
    )
    page = visit(monkeypatch)
    assert paces["trouble"] <= 5 and paces["table"] is None
    monkeypatch.setattr(store, "room", lambda owner="": (_ for _ in ()).throw(StoreError("database away")))
    assert names(checked(page.run())) == SHIPPED


def test_what_is_not_saved_is_said_until_it_is_also_when_the_run_is_over(store, monkeypatch):
    """The page of a race that is over looks again while its end is not saved, and only then."""
    paces, fragment = [], st.fragment

    def noted(draw, **how):
        if draw.__name__ == "stage":
            paces.append(how.get("run_every"))
        return fragment(draw, **how)

    monkeypatch.setattr(st, "fragment", noted)
    store.list("ada")
    saver = server.saver()
    saver._retry = 0.02
    page = checked(AppTest.from_file(MAIN, default_timeout=20).run())
    click(page, "start")
    race = server.runs().started[-1]
    shutil.rmtree(store.place)
    store.place.write_text("in the way")
    saver.begin(race.id, ME, "race", "A race", SMALL.to_dict(), lambda: iter([b'{"event":"start"}']))
    saver.add(race.id, {"event": "start"})
    saver.end(race.id, "finished")
    race.state, race.over = "finished", True
    assert not saver.flush(0.2)
    assert "Runs are not being saved: the folder of the store cannot be used." in text(checked(page.run()))
    assert paces[-1] == server.SAVING
    store.place.unlink()
    assert saver.flush(20)
    assert "Runs are not being saved" not in text(checked(page.run())) and paces[-1] is None
    assert store.get(race.id).state == "finished"
