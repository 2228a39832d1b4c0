"""What the page "Runs" offers to save or keeps open holds no recording in memory."""

import gc
import weakref

import streamlit as st
from comparisons import pictures
from race_pages import Race, checked
from runs_page import ME, SMALL, save, text, visit

from app.session import server
from app.session.saved import replay
from app.session.saved import runs as saved


def test_what_a_page_offers_to_save_holds_no_recording(store, monkeypatch):
    """A page that stays open would keep it in memory, however many others are looked at meanwhile."""
    id = save(store)
    visit(monkeypatch, run=id)
    kept = weakref.ref(saved._replays()._replays[id].recording)
    shown = saved.ShownRun(store.get(id), kept(), own=True)
    offered = replay.files(shown)
    del shown
    saved._replays()._replays.clear()
    gc.collect()
    assert kept() is None
    made = {label: make() for label, (_, _, make) in offered.items()}
    assert made["Curves (CSV)"].startswith("step,method") and "<title>A run" in made["Web page (HTML)"]


def test_a_comparison_that_stays_open_holds_no_recording(store, monkeypatch):
    """Streamlit keeps what it needs to draw a part of the page, or a widget, once more: ids, not six recordings."""
    kept, fragment = [], st.fragment

    def kept_fragment(draw, **how):
        return lambda *given: (kept.append((draw, given)), fragment(draw, **how)(*given))

    monkeypatch.setattr(st, "fragment", kept_fragment)
    ids = [save(store, name) for name in ("First", "Second", "Third")]
    page = visit(monkeypatch, compare=",".join(ids))
    checked(page.segmented_control(key="compare_mode").set_value("Difference").run())
    held = [weakref.ref(saved._replays()._replays[id].recording) for id in ids]
    saved._replays()._replays.clear()
    gc.collect()
    assert kept and [each() for each in held] == [None] * 3
    checked(page.slider(key="compare_share").set_value(50).run())
    assert pictures(page) and "First" in text(page)


def test_what_a_page_offers_of_a_run_under_way_is_found_when_it_is_asked_for(store, monkeypatch):
    """By then it may have ended, and its server have forgotten it: the page does not hold it either."""
    id = save(store, end="")
    run = Race(SMALL, ME, paused=True)
    run.id = id
    server.runs().started.append(run)
    bring = saved.finder(saved.ShownRun(store.get(id), run.recording, own=True, live=run))
    assert bring() is run.recording
    store.finish(id, "finished")
    kept = weakref.ref(run.recording)
    server.runs().started.clear()
    del run
    gc.collect()
    assert kept() is None and (bring().step, bring().over) == (SMALL.steps, True)
