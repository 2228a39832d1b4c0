"""Every page as a visitor meets it, in Streamlit's own test harness; but for one test, a double plays the workers."""

from types import SimpleNamespace

import pytest
from race_pages import MAIN, checked, header, some_steps, text
from streamlit.testing.v1 import AppTest

from app.background.runs import Runs
from app.session import server, shipped, visitor
from app.session.race import screen
from app.store.recorded import RACE
from ipcore.config import RunConfig

BUTTONS = ("start", "toggle", "step1", "step10", "reset", "new_seed")


def visit(**parameters: str) -> AppTest:
    """The page as a visitor with this link sees it."""
    page = AppTest.from_file(MAIN, default_timeout=20)
    for name, value in parameters.items():
        page.query_params[name] = value
    return checked(page.run())


def click(page: AppTest, key: str) -> AppTest:
    assert not page.button(key=key).disabled, key
    return checked(page.button(key=key).click().run())


def enabled(page: AppTest) -> set[str]:
    return {key for key in BUTTONS if not page.button(key=key).disabled}


def test_a_first_visit_shows_the_recording_and_starts_nothing(races):
    page = visit()
    assert "This is a recording of the default race" in text(page) and header(page)["newest"] == 600
    assert enabled(page) == {"start", "step1", "step10", "new_seed"} and not page.warning
    assert races.started == []


def test_the_recording_says_what_start_would_train(races):
    """It, if the settings are its own; else those; and nothing if they are refused."""
    assert "Press Start to train it live." in text(visit())
    assert "Press Start to train with your settings." in text(visit(depth="3"))
    page = visit(batch_size="1")
    assert "Press Start" not in text(page) and "start" not in enabled(page)
    assert "These settings cannot be trained." in text(page) and header(page)["blank"] == ""


def test_the_recording_shipped_is_a_finished_default_race():
    race = shipped.recording.__wrapped__(RACE)
    assert race.config == RunConfig() and race.state == "finished" and race.step == RunConfig().steps


def test_a_link_restores_all_settings_and_starts_nothing(races):
    page = visit(
        dataset="spirals",
        methods="ip,infomax",
        depth="7",
        width="33",
        weight_scale="0.77",
        batch_size="17",
        learning_rate="0.0234",
        intrinsic_rate="0.002",
        steps="777",
        seeds="2",
        first_seed="5",
    )
    assert not page.warning and races.started == []
    assert page.select_slider(key="learning_rate").value == 0.0234
    click(page, "start")
    assert races.started[0].config == RunConfig(
        dataset="spirals",
        methods=("infomax", "ip"),
        depth=7,
        width=33,
        weight_scale=0.77,
        batch_size=17,
        learning_rate=0.0234,
        intrinsic_rate=0.002,
        steps=777,
        seeds=2,
        first_seed=5,
    )


def test_nonsense_in_a_link_is_named_and_leaves_the_url(races):
    page = visit(depth="99", methods="magic", run="abc", seeds="3")
    (notice,) = page.warning
    assert all(word in notice.value for word in ("depth", "'99'", "50", "magic", "batch-norm", "'run'"))
    assert page.query_params == {"seeds": "3"} and page.slider(key="depth").value == 15
    click(page, "start")
    assert not page.warning


def test_the_url_follows_the_settings_and_leaves_defaults_out(races):
    page = visit()
    checked(page.slider(key="depth").set_value(4).run())
    checked(page.select_slider(key="learning_rate").set_value(0.3).run())
    assert page.query_params == {"depth": "4", "learning_rate": "0.3"}
    checked(page.slider(key="depth").set_value(15).run())
    assert page.query_params == {"learning_rate": "0.3"}


def test_settings_are_kept_on_the_way_over_another_page_and_back(races):
    page = visit(depth="4", methods="ip,plain")
    page.query_params.clear()
    checked(page.switch_page("../pages/guide.py").run())
    checked(page.switch_page("../pages/live.py").run())
    assert page.slider(key="depth").value == 4 and page.query_params == {"depth": "4", "methods": "plain,ip"}
    checked(page.switch_page("../pages/guide.py").run())
    page.query_params.clear()
    page.query_params["width"] = "32"
    checked(page.switch_page("../pages/live.py").run())
    assert page.slider(key="depth").value == 15 and page.slider(key="width").value == 32


def test_going_back_in_the_browser_takes_the_settings_along(races):
    page = visit(depth="4")
    page.query_params["depth"] = "9"
    assert checked(page.run()).slider(key="depth").value == 9


@pytest.mark.parametrize(
    ("link", "reason"),
    [({"batch_size": "1"}, "no variance"), ({"depth": "50", "width": "512", "seeds": "16"}, "too large")],
)
def test_a_refused_combination_says_why_and_cannot_start(races, link, reason):
    page = visit(**link)
    assert reason in text(page) and enabled(page) == set()


def test_no_method_at_all_cannot_start(races):
    page = visit()
    checked(page.get("button_group")[0].set_value([]).run())
    assert "Choose at least one method." in text(page) and "start" not in enabled(page)


def test_start_pause_step_resume(races):
    page = click(visit(), "start")
    (race,) = races.started
    assert race.config == RunConfig() and "Training" in text(page) and header(page)["newest"] == 5
    assert enabled(page) == {"toggle", "step1", "step10", "reset", "new_seed"}
    click(page, "toggle")
    assert "Paused at step 5" in text(page) and page.button(key="toggle").label == "Resume"
    click(page, "step10")
    assert "Paused at step 15" in text(page) and header(page)["newest"] == 15
    click(page, "toggle")
    assert page.button(key="toggle").label == "Pause"
    click(page, "step1")
    assert race.told == [
        {"command": "pause"},
        {"command": "step", "count": 10},
        {"command": "resume"},
        {"command": "pause"},
        {"command": "step", "count": 1},
    ]


def test_a_step_on_the_first_visit_begins_a_held_run(races):
    page = click(visit(), "step1")
    assert races.started[0].told == [{"command": "step", "count": 1}] and "Paused at step 1" in text(page)


def test_reset_holds_the_same_race_at_its_start(races):
    page = click(click(visit(first_seed="4"), "start"), "reset")
    first, second = races.started
    assert second.config == first.config and second.state == "paused" and "Paused at step 0" in text(page)
    assert enabled(page) == {"start", "toggle", "step1", "step10", "new_seed"}
    click(page, "start")
    assert len(races.started) == 2 and second.told == [{"command": "resume"}]


def test_a_new_seed_goes_on_if_the_run_was_going_and_else_is_held(races):
    page = click(click(visit(seeds="3"), "start"), "new_seed")
    assert (races.started[1].config.first_seed, races.started[1].state) == (3, "running")
    click(click(page, "toggle"), "new_seed")
    assert (races.started[2].config.first_seed, races.started[2].state) == (6, "paused")
    assert page.query_params["first_seed"] == "6"


def test_what_was_asked_for_counts_before_the_worker_has_done_it(races):
    page = click(click(visit(seeds="3"), "start"), "reset")
    races.started[1].state = "starting"  # its worker has not said yet that it waits
    page = click(page, "new_seed")
    assert races.started[2].state == "paused"
    page = click(page, "toggle")
    races.started[2].state = "paused"  # nor that it goes on
    assert races.started[2].told == [{"command": "resume"}]
    races.started[2].state = "starting"
    click(click(page, "toggle"), "toggle")
    assert [each["command"] for each in races.started[2].told] == ["resume", "pause", "resume"]


@pytest.mark.parametrize("paused", [False, True])
def test_a_run_whose_start_was_cut_off_is_on_screen_all_the_same(races, paused):
    """Streamlit stops a callback when the next click comes: the run has started, and the session was not told."""
    page = click(visit(), "start")
    newer = races.start(RunConfig(), races.started[0].owner, paused=paused)
    checked(page.run())
    assert page.session_state.run is newer and ("Paused at step 0" in text(page)) == paused
    assert ("reset" in enabled(page)) != paused


def test_buttons_follow_the_first_step_of_a_paused_run(races, monkeypatch):
    """It comes after the page was drawn, and the run is paused before and after, so its state alone tells nothing."""
    own = races.start(RunConfig(), "me", paused=True)
    state = SimpleNamespace(held=True, get={"run": own}.get)
    monkeypatch.setattr(screen.st, "session_state", state)
    before = screen.phase()
    some_steps(own.recording, 1)
    assert screen.phase() != before and own.state == "paused"


def test_rates_take_effect_at_once_and_once(races):
    page = click(visit(), "start")
    checked(page.select_slider(key="learning_rate").set_value(0.1).run())
    checked(page.run())
    click(checked(page.select_slider(key="batch_size").set_value(8).run()), "usual_rate")
    assert races.started[0].told == [
        {"command": "set", "setting": "learning_rate", "value": 0.1},
        {"command": "set", "setting": "intrinsic_rate", "value": 0.004},
    ]
    assert "Changes of batch size take effect at the next start." in text(page)


def test_a_link_never_steers(races):
    page = click(visit(), "start")
    page.query_params["learning_rate"] = "1"
    assert checked(page.run()).select_slider(key="learning_rate").value == 1
    assert races.started[0].told == []


def test_other_settings_wait_for_the_next_start(races):
    page = click(visit(), "start")
    checked(page.slider(key="depth").set_value(3).run())
    assert "Changes of depth take effect at the next start." in text(page) and races.started[0].told == []
    click(page, "start")
    assert races.started[1].config.depth == 3 and "changed" not in text(page)


@pytest.mark.parametrize(
    ("state", "position", "message", "said", "button"),
    [
        ("queued", 2, "", "Waiting: 2nd in the queue", "Start"),
        ("starting", 0, "", "Starting", "Start"),
        ("finished", 0, "", "Finished", "Start again"),
        ("stopped", 0, "stopped because you were away", "Stopped because you were away", "Start again"),
        ("failed", 0, "the worker stopped unexpectedly", "The worker stopped unexpectedly", "Start again"),
    ],
)
def test_every_state_in_words(races, state, position, message, said, button):
    page = click(visit(), "start")
    race = races.started[0]
    race.state, race.position, race.message = state, position, message
    checked(page.run())
    assert said in text(page) and page.button(key="start").label == button
    assert page.button(key="start").disabled == (button == "Start")


def test_a_message_cannot_smuggle_in_markup(races):
    page = click(visit(), "start")
    races.started[0].state, races.started[0].message = "failed", "<img src=x>"
    assert "&lt;img src=x&gt;" in text(checked(page.run())) and "<img" not in text(page)


def test_a_held_run_in_the_queue_can_be_let_go(races):
    page = click(click(visit(), "start"), "reset")
    race = races.started[1]
    race.state, race.position = "queued", 1
    click(checked(page.run()), "start")
    assert race.told == [{"command": "resume"}] and len(races.started) == 2


def reload(monkeypatch, name: str | None, owner: str | None = None, **parameters: str) -> AppTest:
    """The page in a tab whose storage still holds the name of a visitor, in a browser that may hold an owner."""
    monkeypatch.setattr(visitor, "_remember", lambda **_: SimpleNamespace(known={"name": name, "owner": owner}))
    return visit(**parameters)


def test_a_reload_takes_the_run_back_and_leaves_it_as_it_is(races, monkeypatch):
    click(visit(), "start")
    page = reload(monkeypatch, races.started[0].owner, learning_rate="1")
    assert "Training" in text(page) and header(page)["newest"] == 5 and races.started[0].told == []
    assert "Changes of learning rate take effect at the next start." in text(page)
    click(page, "toggle")
    assert races.started[0].told == [{"command": "pause"}]


@pytest.mark.parametrize("name", [None, "", "x" * 32, "a" * 31, "0" * 32, 7])
def test_a_name_that_owns_nothing_gets_nothing(races, monkeypatch, name):
    click(visit(), "start")
    assert "a recording" in text(reload(monkeypatch, name)) and len(races.started) == 1


OWNER = "0123456789abcdef" * 2


def sent(page: AppTest) -> str:
    """All that the server sent for this page but what it tells the browser to remember, and the URL."""
    remember = [each.proto for each in page.get("bidi_component") if each.proto.component_name.endswith("visitor")]
    assert len(remember) == 1
    nodes = [node.proto for node in page if getattr(node, "proto", None) is not None]
    return " ".join(str(proto) for proto in nodes if proto not in remember) + str(page.query_params)


def test_an_owner_is_nobody_elses_and_stays_between_browser_and_server(races):
    one, two = click(visit(), "start"), visit()
    owners = [page.session_state.owner for page in (one, two)]
    assert owners[0] != owners[1] and all(len(bytes.fromhex(owner)) == 16 for owner in owners)
    assert checked(one.run()).session_state.owner == owners[0]
    for page in (one, two):
        assert "Start" in sent(page) and not any(owner in sent(page) for owner in owners)
        told = [str(each.proto) for each in page.get("bidi_component") if page.session_state.owner in str(each.proto)]
        assert len(told) == 1


def test_a_browser_that_was_here_before_is_the_same_owner(races, monkeypatch):
    page = reload(monkeypatch, None, OWNER)
    name = page.session_state.visitor
    assert page.session_state.owner == OWNER
    click(page, "start")
    assert (page.session_state.visitor, page.session_state.owner, races.started[0].owner) == (name, OWNER, name)


def test_a_browser_that_answers_late_is_the_same_owner_and_its_run_goes_on(races, monkeypatch):
    page = click(visit(), "start")
    name, known = page.session_state.visitor, {"name": "a" * 32, "owner": OWNER}
    monkeypatch.setattr(visitor, "_remember", lambda **_: SimpleNamespace(known=known))
    checked(page.run())
    assert (page.session_state.visitor, page.session_state.owner) == (name, OWNER) and "Training" in text(page)


@pytest.mark.parametrize("owner", [None, "", "X" * 32, "a" * 31, "a" * 33, OWNER + "\n", 7, [OWNER]])
def test_a_browser_that_holds_no_token_has_the_owner_of_the_session(races, monkeypatch, owner):
    page = reload(monkeypatch, None, owner)
    assert page.session_state.owner != owner and len(page.session_state.owner) == 32


def test_two_visitors_have_two_runs(races):
    one, two = click(visit(depth="3"), "start"), visit()
    assert "a recording" in text(two)
    click(two, "start")
    assert [race.config.depth for race in races.started] == [3, 15]
    assert len({race.owner for race in races.started}) == 2 and header(checked(one.run()))["depth"] == 3


def test_a_real_race_from_start_to_finish(monkeypatch):
    runs = Runs(slots=1)
    monkeypatch.setattr(server, "runs", lambda: runs)
    try:
        page = click(visit(dataset="circles", depth="2", width="8", steps="30", methods="plain,ip"), "start")
        (run,) = runs.of(page.session_state.visitor)
        seen = -1
        while not run.over:
            now = run.wait(seen, 20)
            assert now != seen or run.over, "nothing came from the worker for 20 s"
            seen = now
        checked(page.run())
        assert "Finished" in text(page) and header(page)["newest"] == 30 and header(page)["state"] == "finished"
    finally:
        runs.close()
