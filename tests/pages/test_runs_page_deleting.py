"""Deleting on the page "Runs": asked once, undone, and found again for an hour."""

from race_pages import checked
from runs_page import ME, OTHER, SHIPPED, choose, click, keys, names, save, text, visit

from app.store.upkeep import UNDO


def test_delete_asks_once_and_can_be_undone(store, monkeypatch):
    id = save(store, "Gone")
    page = click(visit(monkeypatch, run=id), "delete")
    click(page, "delete_no")
    assert "delete_yes" not in keys(page) and store.get(id)
    click(click(page, "delete"), "delete_yes")
    assert names(page) == SHIPPED and "Deleted “Gone”" in text(page) and store.get(id) is None
    page.query_params["run"] = id
    assert "You deleted this run" in text(checked(page.run()))
    click(page, "undelete")
    assert "Gone" in text(page) and store.get(id).name == "Gone"
    store.delete(id, ME)
    assert "There is no run" in text(visit(monkeypatch, OTHER, run=id))


def test_what_was_deleted_is_found_again_after_a_reload(store, monkeypatch):
    """Also what was deleted before the last one, and at a run's own address; for its owner alone, for an hour."""
    first, second, _ = (save(store, name) for name in ("First", "Second", "Third"))
    store.delete(first, ME)
    store.delete(second, ME)
    page = visit(monkeypatch, state="deleted")
    assert names(page) == ["Second", "First"] and not page.selectbox(key="runs_state").disabled
    assert "delete" not in keys(page) and page.button(key="restore").disabled
    page = click(choose(page, 1), "restore")
    assert names(page) == ["Second"] and store.get(first) and store.get(second) is None
    assert "Recently deleted" in page.selectbox(key="runs_state").options
    for owner, said in ((ME, "You deleted this run"), (OTHER, "There is no run")):
        page = visit(monkeypatch, owner, run=second)
        assert said in text(page) and ("undelete" in keys(page)) == (owner == ME)
    assert names(visit(monkeypatch, OTHER, state="deleted")) == []
    click(visit(monkeypatch, run=second), "undelete")
    assert {"First", "Second", "Third"} <= set(names(visit(monkeypatch)))


def test_undo_is_offered_for_an_hour(store, monkeypatch):
    save(store, "Gone")
    page = click(click(choose(visit(monkeypatch), 0), "delete"), "delete_yes")
    assert "undo" in keys(page)
    when, gone = page.session_state["runs_deleted"]
    page.session_state["runs_deleted"] = when - UNDO, gone
    assert "undo" not in keys(checked(page.run())) and "Deleted “" not in text(page)


def test_several_are_deleted_from_the_list_but_not_what_is_shipped(store, monkeypatch):
    for name in "CBA":
        save(store, name)
    page = choose(visit(monkeypatch), 0, 2)
    assert "2 of 5 chosen" in text(page)
    click(click(page, "delete"), "delete_yes")
    assert names(page) == ["B", *SHIPPED] and "Deleted “A” and “C”" in text(page)
    click(page, "undo")
    assert names(page)[:3] == ["A", "B", "C"]
    assert choose(page, 2, 3).button(key="delete").disabled
