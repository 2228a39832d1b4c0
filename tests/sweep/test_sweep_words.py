"""The words beside the pictures of "Robustness": states, times, troubles and the summary."""

import re

from small_sweeps import MAP, RATES, SHAPE
from stub_executor import recorded

from app.background.places import Place
from app.sweep import words as sweep_words
from app.sweep.summary import caption, summarised
from ipcore.recordings.sweep import SweepRecording, from_events
from ipcore.sweeps.plan import Sweep


def recording_of(stacks: int | None) -> SweepRecording:
    return from_events(recorded(RATES, stacks))


def status(state: str, stacks: int | None = 1, **more) -> sweep_words.Status:
    recording = recording_of(stacks)
    given = {"elapsed": 10.0, "estimate": 40.0, "under_way": 0, "message": ""}
    return sweep_words.of_run(state, recording, **{**given, **more})


def test_states_in_words():
    assert status("running", 0).headline == "Waiting for a worker"
    done = len(RATES.stacks()[0].replicas)
    some = status("running")
    assert (some.headline, some.tone) == ("Training", "busy") and 0 < some.share < 1
    left = round(10 / some.share - 10)  # 10 s have gone by
    assert some.facts == (f"{done} of 18 networks", "", f"about {left} s left")
    assert status("paused", under_way=1).headline == "Paused: 1 network under way will finish, and no others start"
    assert status("paused").headline == "Paused" and status("stopping").headline == "Stopping"
    assert status("stopped").headline == f"Stopped: {done} networks are done"
    assert status("stopped", 0).headline == "Stopped: no network is done"
    assert status("stopped", message="stopped because you were away").headline == "Stopped because you were away"
    all_done = status("finished", None)
    assert (all_done.headline, all_done.facts[2], all_done.tone) == ("Finished", "took 10 s", "calm")
    assert status("finished").headline == f"Finished except for {18 - done} networks"
    failed = status("failed", message="no scheduler answers")
    assert (failed.headline, failed.tone) == ("No scheduler answers", "trouble")


def test_the_time_left_is_at_the_pace_since_it_goes_on():
    """Neither what a stop cancelled nor what was done before says how fast it is now."""
    recording = recording_of(1)
    before = recording.progress
    at_once = status("running", before=(100.0, before), elapsed=100.0, estimate=40.0).facts[2]
    assert at_once == f"about {sweep_words.roughly(40 * (1 - before))} left"
    now = recording_of(2).progress
    said = status("running", 2, before=(100.0, before), elapsed=110.0).facts[2]
    assert said == f"about {sweep_words.roughly(10 * (1 - now) / (now - before))} left"


def test_a_sweep_that_lost_its_cluster_says_so_in_the_headline():
    recording = from_events(recorded(RATES, stacks=1))
    left = RATES.stacks()[1:]
    for stack in left:
        recording.add({"event": "failed", "stack": stack.id, "message": "the connection is lost"})
    assert "could not be trained: the connection is lost." in sweep_words.troubles(recording)[0]
    recording.add({"event": "end", "state": "finished", "elapsed": 9.0})
    missing = sum(len(stack.replicas) for stack in left)
    said = sweep_words.of_run("finished", recording, elapsed=9.0, estimate=9.0, under_way=0, message="")
    assert said.headline == f"Finished except for {missing} networks: the connection is lost" and said.tone == "trouble"
    assert sweep_words.troubles(recording) == [], "said once"
    recording.failures[left[0].id] = "no memory"
    assert len(sweep_words.troubles(recording)) == 2


def test_rough_times():
    assert [sweep_words.roughly(seconds) for seconds in (0, 1.4, 59.6, 90, 400, 9000)] == [
        "1 s", "1 s", "1 min 00 s", "1 min 30 s", "7 min", "2 h 30 min",
    ]  # fmt: skip


def test_troubles_in_words():
    recording = from_events(recorded(RATES, stacks=0))
    first, second = RATES.stacks()[:2]
    assert sweep_words.troubles(recording) == []
    recording.add({"event": "begun", "stack": first.id})
    recording.add({"event": "lost", "stack": first.id, "message": "its worker stopped unexpectedly"})
    recording.add({"event": "failed", "stack": second.id, "message": "the data are not there"})
    lost, failed = sweep_words.troubles(recording)
    assert "once; its networks were trained again" in lost
    assert failed == f"{len(second.replicas)} networks could not be trained: the data are not there."


def test_a_size_says_where_and_how_long():
    def said(*place, **more) -> str:
        return sweep_words.size(RATES, Place(*place, **more))

    assert said(False, 2) == f"18 networks, about {sweep_words.roughly(RATES.seconds(2))} on this server."
    assert (
        said(False, 2, slowdown=3.0)
        == f"18 networks, about {sweep_words.roughly(3 * RATES.seconds(2))} on this server."
    )
    on_four = f"18 networks, about {sweep_words.roughly(RATES.seconds(4))} on the cluster (4 workers now)."
    assert said(True, 4) == on_four
    assert said(True, 1).endswith("on the cluster (1 worker now).")
    assert said(True, 0) == "18 networks, as soon as the cluster has a worker."
    assert said(True) == "18 networks. Asking the cluster how many workers it has …"
    assert said(True, trouble="the scheduler does not answer") == "18 networks. The scheduler does not answer."


def test_what_is_left_out_is_said():
    sizes = Sweep(SHAPE.replace(methods="batch-norm,ip"), {"batch_size": (1, 2)})
    assert "Batch norm is left out at batch size 1" in sweep_words.left_out(sizes)
    assert caption(sizes, {}).endswith(sweep_words.left_out(sizes)), "also of the sweep on screen"
    assert sweep_words.left_out(RATES) == ""


def test_what_changed_is_said():
    def said(sweep: Sweep) -> str:
        return sweep_words.pending(sweep, RATES)

    assert said(RATES) == ""
    assert said(Sweep(SHAPE.replace(width=8), RATES.over)) == "Changes of width take effect at the next start."
    assert "values of learning rate and seeds" in said(Sweep(SHAPE.replace(seeds=1), {"learning_rate": (0.1,)}))
    assert "values of depth" in said(MAP)
    assert "the settings that vary" in sweep_words.pending(Sweep(SHAPE, {"depth": (2, 10, 30)}), MAP)


def html(sweep: Sweep) -> str:
    return summarised(from_events(recorded(sweep)))[0]


def test_the_summary_is_a_table():
    rates = html(RATES)
    assert rates.count("<tr data-method") == 2 and "learning rate 0.05" in rates and "Usable range" in rates
    assert "Best minus plain (% points)" in rates
    assert re.search(r"<td[^>]*>\+\d\d\.\d \(\+\d\d\.\d to \+\d\d\.\d\)</td>", rates)
    both = html(Sweep(SHAPE, {"depth": (2, 3), "learning_rate": (0.01, 0.1, 1)}))
    assert "depth 3" in both and 'colspan="2"' in both
    assert both.count('data-label="Usable range of learning rates (factors of 10) at depth 3"') == 2
    with_intervals = re.findall(r"<td[^>]*>≥ \d\.\d\d \(\d\.\d\d to \d\.\d\d\)</td>", both)
    assert len(with_intervals) == 2, "of IP at each depth; plain learns nowhere"
    assert "Decades" not in html(MAP)
    nothing = SweepRecording(RATES)
    assert summarised(nothing)[0].count("–<") == 8


def test_the_caption_says_what_the_numbers_are():
    recording = from_events(recorded(RATES))
    said = caption(RATES, recording.summaries())
    assert "guessing + 0.8 × (the best mean of any method in this sweep − guessing)" in said and "≥: " in said
    assert "from an earlier version" in said and "In brackets: 95 % intervals (Student's t over seeds)" in said
    assert "Differences are paired by seeds" in said
    events = recorded(RATES)
    for event in events:
        if event["event"] == "done":
            event["first_half_accuracy"] = event["second_half_accuracy"] = event["test_accuracy"]
    said = caption(RATES, from_events(events).summaries())
    assert "chosen on one half of the test examples and measured on the other" in said and "earlier" not in said
    two = from_events(recorded(Sweep(SHAPE.replace(seeds=2), RATES.over)))
    assert "There are no intervals: fewer than 3 seeds." in caption(two.sweep, two.summaries())


def test_where_no_method_learned_there_is_no_range():
    events = recorded(RATES)
    for event in events:
        if event["event"] == "done":
            event["test_accuracy"] = [0.5 + 0.01 * (place // 3) for place in range(len(event["test_accuracy"]))]
    table, said = summarised(from_events(events))
    assert table.count(">no method learned</td>") == 2 and "not above guessing (50.0 %) by more than" in said
    assert "The usable range is" not in said
