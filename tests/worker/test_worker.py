"""The worker as a process: its protocol on real pipes."""

import dataclasses
import json

from worker_talk import SMALL, steps

from ipcore.config import RunConfig
from ipcore.recordings.race import from_events
from ipcore.sweeps.plan import Sweep
from ipcore.worker import commands


def test_a_run_from_start_to_end_is_a_recording(real):
    real.start(**SMALL)
    events = real.until("end")
    assert events[0]["event"] == "start"
    recording = from_events(events)
    assert recording.state == "finished" and recording.step == 300
    assert recording.config == RunConfig.from_dict(SMALL)


def test_pause_step_set_resume(real):
    real.start(paused=True, **SMALL | {"steps": 100_000})
    assert steps(real.until("state", state="paused")) == 0
    real.say("step", count=10)
    assert steps(real.until("state", state="paused", step=10)) == 10
    real.say("set", setting="learning_rate", value=0.03)
    assert real.until("mark")[-1] == {
        "event": "mark", "step": 10, "setting": "learning_rate", "previous": 0.01, "value": 0.03
    }  # fmt: skip
    real.say("resume")
    real.until("state", state="running")
    real.say("pause")
    paused = real.until("state", state="paused")[-1]["step"]
    assert 10 <= paused < 100_000
    real.say("step")  # had it not paused, more steps than this one would follow
    assert steps(real.until("state", state="paused", step=paused + 1)) == 1
    real.say("stop")
    end = real.until("end")[-1]
    assert (end["state"], end["step"]) == ("stopped", paused + 1)


def test_bad_lines_are_refused_while_a_run_goes_on_and_are_errors_without(real):
    def errors(expected: str) -> None:
        for line, words in BAD_LINES:
            real.write(line)
            answer = real.event()
            assert answer["event"] == expected and words in answer["message"], line

    errors("error")
    real.start(paused=True, **SMALL)
    real.until("state", state="paused")
    errors("refused")
    real.start(**SMALL)
    assert "under way" in real.until("refused")[-1]["message"]
    real.say("resume")
    assert steps(real.until("end", state="finished")) == 300


BAD_LINES = [
    (b"pause", "JSON"),
    (b"[" * 100_000, "JSON"),
    (b"\xff\xfe", "JSON"),
    (b"[1, 2]", "object"),
    (b'{"command": "dance"}', "dance"),
    (b'{"command": ["stop"]}', "stop"),
    (b'{"command": "start", "config": 5}', "config"),
    (b'{"command": "start", "config": {"depth": "deep"}}', "depth must be a whole number from 1 to 50"),
    (b'{"command": "start", "config": {"depht": 5}}', "depht"),
    (b'{"command": "start", "config": {"methods": ["batch-norm"], "batch_size": 1}}', "variance"),
    (b'{"command": "start", "paused": "yes"}', "paused must be true or false"),
    (b'{"command": "start", "pased": true}', "start has no field 'pased'; it has config, paused, changes"),
    (b'{"command": "step", "count": 1.5}', "count must be a whole number"),
    (b'{"command": "step", "count": null}', "count must be a whole number"),
    (b'{"command": "set", "setting": "depth", "value": 3}', "setting must be one of learning_rate"),
    (b'{"command": "set", "setting": {}, "value": 3}', "setting must be one of learning_rate"),
    (b'{"command": "set", "setting": "learning_rate", "value": 1e999}', "learning_rate must be a number"),
    (b'{"command": "set", "setting": "learning_rate", "value": "x"}', "learning_rate must be a number"),
    (b'{"command": "set", "setting": "learning_rate", "value": true}', "value must be a number, not True"),
    (b'{"command": "set", "setting": "learning_rate"}', "value is missing"),
    (b'{"command": "stop", "why": 1}', "stop has no field 'why'; it has none"),
    (b'{"command": "stack", "stack": {"id": "0", "config": {}, "replicas": [1]}}', "stack must be an object"),
    (b'{"command": "stack", "stack": {"id": "0", "config": {}, "replicas": []}}', "stack must be an object"),
]


def test_a_command_that_comes_too_late_is_refused_and_does_not_touch_the_next_run(stand_in):
    stand_in.until("ready")
    stand_in.start()
    stand_in.say("stop")
    stand_in.start(first_seed=6)
    stand_in.say("step", count=3)
    events = stand_in.until("told")
    assert [event["event"] for event in events] == ["start", "end", "refused", "start", "told"]
    assert events[-1] == {"event": "told", "command": "step", "count": 3}


def test_commands_come_out_whole():
    assert commands.check({"command": "step"}).plain() == {"command": "step", "count": 1}
    assert commands.check({"command": "step", "count": "3"}).plain() == {"command": "step", "count": 3}
    start = commands.check({"command": "start"})
    assert start == commands.Start(config={}, paused=False) and start.settings == RunConfig()
    change = commands.decode(b'{"command":"set","setting":"learning_rate","value":"0.03"}')
    assert change.plain() == {"command": "set", "setting": "learning_rate", "value": 0.03}


def test_a_beginning_comes_out_as_it_was_sent():
    (stack,) = Sweep(RunConfig(methods="ip", steps=5), {"learning_rate": (0.1, 1)}).stacks()
    assert commands.check({"command": "stack", "stack": stack.to_dict()}).planned == stack
    sent = {
        "command": "start",
        "config": RunConfig(depth=3).to_dict(),
        "paused": True,
        "changes": [[3, "learning_rate", 0.1]],
    }
    assert json.loads(json.dumps(commands.decode(json.dumps(sent)).plain())) == sent


def test_a_stack_is_trained_and_another_stopped(real):
    over = Sweep(
        RunConfig(dataset="moons", methods="ip", depth=10, width=64, steps=50_000), {"learning_rate": (0.1, 1)}
    )
    (stack,) = over.stacks()
    short = dataclasses.replace(stack, config=stack.config.replace(steps=3))
    real.say("stack", stack=short.to_dict())
    kinds = [event["event"] for event in real.until("done", stack=stack.id, step=3)]
    assert kinds == ["curve"] * 3 + ["done"]
    real.say("stack", stack=stack.to_dict())
    real.say("pause")
    assert real.event() == {"event": "refused", "message": "a stack cannot pause; it can only be stopped"}
    real.say("stop")
    assert real.event() == {"event": "cancelled", "stack": stack.id}
    real.say("stack", stack={"id": "incomplete"})
    assert "stack must be an object with id, config and replicas" in real.until("error")[0]["message"]
