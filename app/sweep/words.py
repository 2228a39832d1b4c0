"""The texts about a sweep: its status line and notes. Pure; no Streamlit."""

from __future__ import annotations

from app.background.places import Place
from app.ui.palette import LOOKS
from app.ui.words import LABELS, Status, changed, duration, invitation, number, sentence
from ipcore.config import SETTINGS
from ipcore.methods import get
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

LIVE = ("starting", "running", "paused", "stopping")
"""States of a sweep that may still change by itself."""


def of_recording(recording: SweepRecording, *, default: bool) -> Status:
    """The status line of a recording that is shown in place of a sweep of one's own.

    Args:
        recording: the recording of a finished sweep with the settings of the page.
        default: whether it is the default sweep, which a first visit shows.
    """
    return Status(invitation("sweep", default), (f"{recording.networks} networks", "", ""), None)


def of_run(
    state: str,
    recording: SweepRecording,
    *,
    elapsed: float,
    estimate: float,
    under_way: int,
    message: str,
    before: tuple[float, float] = (0.0, 0.0),
) -> Status:
    """The status line of a sweep.

    Args:
        state: the state of the sweep.
        recording: all of it so far.
        elapsed: seconds of training so far.
        estimate: seconds that the whole sweep was estimated to take before it began.
        under_way: the number of networks in training, or submitted to be trained next.
        message: why it ended, if the visitor did not end it.
        before: for a sweep that goes on: seconds and share of the work that were done before.
    """
    done, total, share = recording.done_networks, recording.networks, recording.progress
    counter = f"{done:,} of {total:,} networks"
    left = f"about {roughly(_seconds_left(share - before[1], 1 - before[1], elapsed - before[0], estimate))} left"
    begun = any(stack.state != "waiting" for stack in recording.stacks.values())
    match state:
        case "running" if not begun:
            return Status("Waiting for a worker", (counter, "", ""), share, "busy")
        case "running":
            return Status("Training", (counter, "", left), share, "busy")
        case "paused" if under_way:
            headline = f"Paused: {networks(under_way)} under way will finish, and no others start"
            return Status(headline, (counter, "", ""), share, "busy")
        case "paused":
            return Status("Paused", (counter, "", left), share)
        case "stopping":
            return Status("Stopping", (counter, "", ""), share, "busy")
        case "finished":
            facts = (counter, "", f"took {duration(elapsed)}")
            if done == total:
                return Status("Finished", facts, share)
            reasons = _reasons(recording)
            why = f": {max(reasons, key=lambda reason: reasons[reason])}" if reasons else ""
            return Status(f"Finished except for {networks(total - done)}{why}", facts, share, "trouble")
        case "stopped":
            headline = (
                sentence(message)
                or f"Stopped: {networks(done) if done else 'no network'} {'is' if done < 2 else 'are'} done"
            )
            return Status(headline, (counter, "", ""), share)
        case _:
            return Status(sentence(message) or "The sweep failed", (counter, "", ""), share, "trouble")


def _seconds_left(done: float, due: float, took: float, estimate: float) -> float:
    """How many seconds the rest should take, at the pace since the sweep was last started.

    Args:
        done: the share of all work that was done in that time.
        due: the share of all work that was missing at its beginning.
        took: the length of that time in seconds.
        estimate: seconds that all work was estimated to take.
    """
    whole = took * due / done if done > 0.04 * due else max(estimate * due, took)
    return whole - took


def roughly(seconds: float) -> str:
    """A rough length of time: whole seconds, and from five minutes on whole minutes."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    return duration(seconds) if seconds < 300 or seconds >= 3570 else f"{round(seconds / 60)} min"


def networks(count: int) -> str:
    """``"1 network"``, ``"12 networks"``."""
    return f"{count:,} network{'' if count == 1 else 's'}"


def about(recording: SweepRecording) -> str:
    """One line about a sweep: its methods, settings that vary and their range, data set, number of networks."""
    sweep = recording.sweep
    ends = [(SETTINGS[name].label.lower(), values[0], values[-1]) for name, values in sweep.over.items()]
    spans = [f"{label} {number(low)} to {number(high)}" for label, low, high in ends]
    methods = " against ".join(LOOKS[method].label for method in sweep.config.methods)
    return " · ".join([methods, " and ".join(spans), sweep.config.data.label, networks(recording.networks)])


def size(sweep: Sweep, place: Place) -> str:
    """How large a sweep is, and how long it should take.

    Args:
        sweep: the sweep.
        place: where it would be trained.
    """
    count, workers = networks(sweep.networks), place.workers
    if place.trouble:
        return f"{count}. {sentence(place.trouble)}."
    if workers is None:
        return f"{count}. Asking the cluster how many workers it has …"
    if not workers:
        return f"{count}, as soon as the cluster has a worker."
    where = f"the cluster ({workers:,} worker{'' if workers == 1 else 's'} now)" if place.cluster else "this server"
    return f"{count}, about {roughly(place.slowdown * sweep.seconds(workers))} on {where}."


def left_out(sweep: Sweep) -> str:
    """A sentence for each method that cannot be trained at some batch sizes and is left out there; empty if none is."""
    sizes = [point.settings["batch_size"] for point in sweep.points()]
    return " ".join(filter(None, (get(method).left_out(*sizes) for method in sweep.config.methods)))


def troubles(recording: SweepRecording) -> list[str]:
    """Sentences about workers that stopped and networks that could not be trained."""
    stacks, sentences = recording.stacks, []
    lost = sum(bool(stack.losses) and stack.state not in ("failed", "cancelled") for stack in stacks.values())
    if lost:
        times = "once" if lost == 1 else f"{lost} times"
        sentences.append(f"A worker stopped unexpectedly {times}; its networks were trained again.")
    reasons = _reasons(recording)
    if recording.state != "finished" or len(reasons) > 1:  # else the headline says it
        sentences += [f"{networks(count)} could not be trained: {message}." for message, count in reasons.items()]
    return sentences


def _reasons(recording: SweepRecording) -> dict[str, int]:
    """Reason why networks could not be trained -> how many."""
    counts: dict[str, int] = {}
    for name, why in recording.failures.items():
        counts[why] = counts.get(why, 0) + len(recording.stacks[name].points)
    return counts


def pending(sweep: Sweep, running: Sweep) -> str:
    """Which settings differ from those of the sweep on screen, in one sentence; empty if none does."""
    labels = {name: label.lower() for name, label in LABELS.items()}
    names = [f"the values of {labels[name]}" for name in sweep.over if sweep.over.get(name) != running.over.get(name)]
    if set(sweep.over) < set(running.over):
        names.append("the settings that vary")
    fixed = [name for name in labels if name not in (*sweep.over, *running.over)]
    names += [labels[name] for name in fixed if getattr(sweep.config, name) != getattr(running.config, name)]
    if (sweep.equal_examples, sweep.usual_rates) != (running.equal_examples, running.usual_rates):
        names.append("the settings that follow the batch size")
    return changed(names) if names else ""
