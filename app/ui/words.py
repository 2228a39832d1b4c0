"""Texts about runs and settings that several pages show, above all the status line. Pure; no Streamlit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.ui.numbers import number
from ipcore.config import CHOICES, SETTINGS, RunConfig
from ipcore.datasets import DATASETS
from ipcore.recordings.measurement import Measurement
from ipcore.recordings.race import Recording
from ipcore.statistics.intervals import Interval

LIVE = ("queued", "starting", "running", "paused")
"""States of a run that may still change by itself."""
LABELS = {
    "dataset": "Data set",
    "methods": "Methods",
    **{name: each.label for name, each in (SETTINGS | CHOICES).items()},
}
"""Name of a setting -> its label on the pages."""


@dataclass(frozen=True)
class Status:
    """One status line.

    Args:
        headline: the state in a few words.
        facts: short facts in their fixed order, each ``""`` where not known: step counter, speed, time left.
        share: the share of the work done, 0 to 1, or None if not known.
        tone: ``"calm"``, ``"busy"`` or ``"trouble"``.
    """

    headline: str
    facts: tuple[str, str, str]
    share: float | None
    tone: str = "calm"

    def to_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return asdict(self)


def duration(seconds: float) -> str:
    """A length of time as one would say it: ``"0.4 s"``, ``"12 s"``, ``"3 min 05 s"``, ``"2 h 10 min"``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def count(number: int, one: str, several: str) -> str:
    """A number of things: ``"1 other race"``, ``"7 other races"``."""
    return f"{number:,} {one if number == 1 else several}"


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def value(name: str, chosen: Any) -> str:
    """The value of a setting, as a person writes it: ``"0.01"``, ``"Xavier"``, ``"all"`` for all training examples.

    Args:
        name: a key of SETTINGS or CHOICES of :mod:`ipcore.settings`.
        chosen: its value.
    """
    if name in CHOICES:
        return CHOICES[name].options[chosen]
    return "all" if name == "train_examples" and chosen == 0 else number(chosen)


_PHRASES = {
    "initialization": "{}",
    "biases": "initial biases {}",
    "optimizer": "{}",
    "train_examples": "{} training examples",
    "steps": "{} steps",
    "seeds": "{} seeds",
}
"""Setting -> how its value is said where it differs from the default; others follow their label: "depth 30"."""


def unusual(config: Mapping[str, Any], without: Collection[str] = ()) -> list[str]:
    """The settings that differ from their defaults, in a few words each: ``["depth 30", "Xavier", "Adam"]``.

    Args:
        config: settings by name; those that are left out have their defaults. Methods are not looked at.
        without: the names of further settings that are not looked at.
    """
    default = RunConfig().to_dict()  # not before: bounds of this server that cannot be parsed are said on the page
    said = []
    for name, usual in default.items():
        chosen = config.get(name, usual)
        if name in ("methods", *without) or chosen == usual:
            continue
        if name == "dataset":
            said.append(DATASETS[chosen].label if chosen in DATASETS else str(chosen))
        else:
            said.append(_PHRASES.get(name, f"{LABELS[name].lower()} {{}}").format(value(name, chosen)))
    return said


def downloading(progress: dict[str, Any]) -> tuple[str, float | None]:
    """What is being downloaded, in words, and the share that has arrived (None if that is not known).

    Args:
        progress: ``what``, and ``done`` and ``total`` in bytes, of a :class:`~ipcore.recordings.race.Recording`.
    """
    done, total = progress["done"], progress["total"]
    if done is None:
        return str(progress["what"]), None
    if not total:
        return f"{progress['what']}: {done / 1e6:.1f} MB", None
    return f"{progress['what']}: {done / 1e6:.1f} of {total / 1e6:.1f} MB", min(1.0, done / total)


def enumeration(names: Sequence[str]) -> str:
    """``"depth"``, ``"depth and width"``, ``"depth, width and steps"``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def changed(names: Sequence[str]) -> str:
    """A sentence that names settings that were changed and wait for the next start.

    Args:
        names: the names as the sentence has them, at least one.
    """
    return f"Changes of {enumeration(names)} take effect at the next start."


def pending(fields: Sequence[str]) -> str:
    """Which changed settings wait for the next start, in one sentence."""
    return changed([LABELS[field].lower() for field in fields])


def refusal(problem: object, labels: Mapping[str, str] = LABELS) -> str:
    """Why settings are refused, as a sentence in which settings have their labels: "Batch size must be at least 2."

    Args:
        problem: the message of an error, in which settings have their names, such as ``batch_size``.
        labels: name of a setting -> its label.
    """

    def named(found: re.Match[str]) -> str:
        word = found[0]
        return labels[word] if found.start() == 0 else labels[word].lower() if "_" in word else word

    names = "|".join(map(re.escape, labels))
    text = re.sub(rf"\b(?:{names})\b", named, str(problem))
    return f"{sentence(text)}."


def of_recording(recording: Recording, *, default: bool) -> Status:
    """The status line of a recording that is shown in place of a race of one's own.

    Args:
        recording: the recording of a finished race with the settings of the page.
        default: whether it is the default race, which a first visit shows.
    """
    facts = ("", f"{recording.step:,} steps", f"trained in {duration(recording.elapsed)}")
    return Status(invitation("race", default), facts, None)


def invitation(kind: str, default: bool) -> str:
    """A sentence about a recording with the settings of the page, and about what Start would do.

    Args:
        kind: ``"race"`` or ``"sweep"``.
        default: whether it is the default one, which comes with the project.
    """
    which = f"of the default {kind}" if default else "with exactly these settings"
    return f"This is a recording {which}. Press Start to train it live."


def of_nothing(refused: bool) -> Status:
    """The status line where nothing was trained with the settings of the page.

    Args:
        refused: whether they cannot be trained at all.
    """
    if refused:
        return Status("These settings cannot be trained.", ("", "", ""), None)
    return Status(
        "Nothing is recorded here with these settings. Press Start to train with your settings.", ("", "", ""), None
    )


@dataclass(frozen=True)
class Traffic:
    """What else a server does while a run is under way.

    Args:
        speed: steps a second of late, by the clock on the wall; 0 if that is not known.
        beside: how many other races its worker trains by turns with it.
        wait: seconds that it will wait in the queue; None if that is not known.
        restoring: whether its worker was lost and it is trained again to where it stood.
    """

    speed: float = 0.0
    beside: int = 0
    wait: float | None = None
    restoring: bool = False


def of_run(
    state: str,
    recording: Recording,
    *,
    position: int | None = None,
    message: str = "",
    traffic: Traffic = Traffic(),
) -> Status:
    """The status line of a run.

    Args:
        state: the state of the run.
        recording: all of it so far.
        position: its place in the queue, from 1, while it waits.
        message: what went wrong, if something did.
        traffic: what else the server does.
    """
    step, steps, elapsed = recording.step, recording.config.steps, recording.elapsed
    rate = traffic.speed or (step / elapsed if elapsed > 0 else 0.0)
    counter = f"step {step:,} of {steps:,}"
    speed = f"{rate:,.0f} steps/s" if rate >= 10 else f"{rate:.1f} steps/s" if rate > 0 else ""
    left = f"{duration((steps - step) / rate)} left" if rate > 0 and step < steps else ""
    if speed and traffic.beside:
        speed += f" beside {count(traffic.beside, 'other race', 'other races')}"
    if speed and recording.device != "cpu":
        speed += f" on {recording.device}"
    share = step / steps
    if traffic.restoring and state in ("queued", "starting"):
        headline = f"Going back to step {step:,}, because its worker stopped: nothing is lost"
        return Status(headline, (counter, "", ""), share, "busy")
    if recording.progress and state in ("starting", "running"):
        headline, fetched = downloading(recording.progress)
        return Status(headline, (counter, "", ""), fetched, "busy")
    match state:
        case "queued":
            place = f": {ordinal(position)} in the queue" if position else " for a free worker"
            if position and traffic.wait is not None:
                place += f", about {duration(traffic.wait)}"
            return Status(f"Waiting{place}", (counter, "", ""), None, "busy")
        case "starting":
            return Status("Starting", (counter, "", ""), share, "busy")
        case "running":
            return Status("Training", (counter, speed, left), share, "busy")
        case "paused":
            return Status(f"Paused at step {step:,}", (counter, speed, left), share)
        case "finished":
            return Status("Finished", (counter, speed, f"took {duration(elapsed)}"), share)
        case "stopped":
            return Status(sentence(message or f"stopped at step {step:,}"), (counter, speed, ""), share)
        case "interrupted":
            headline = sentence(message or state)
            return Status(headline, (counter, speed, ""), share, "trouble")
        case _:
            return Status(sentence(message or "the run failed"), (counter, "", ""), share, "trouble")


def watched_by(others: int) -> str:
    """A sentence that other visitors watch the same race, and what follows from that."""
    return (
        f"{count(others, 'other visitor watches', 'other visitors watch')} this race too, because the same settings "
        "give the same numbers. Pause, step or change a rate, and it continues as a race of your own."
    )


def unsaved(trouble: str) -> str:
    """A sentence that runs are not being saved, and why."""
    return f"Runs are not being saved: {trouble}."


def saved_in_part(why: str) -> str:
    """A sentence that a part of a run could not be saved, and why."""
    return f"Not all of this run is saved: {why}."


def store_replaced(when: str) -> str:
    """Two sentences for the time after the store was removed or replaced.

    Args:
        when: the time at which that was noticed.
    """
    return (
        f"The saved runs on this server were removed or replaced (noticed at {when}). "
        "Runs under way are saved; earlier ones are gone unless whoever runs the server puts them back."
    )


def with_trouble(status: Status, trouble: str) -> Status:
    """The status line of a run that is not saved.

    Args:
        status: the status line.
        trouble: what is wrong, as a sentence; empty if nothing is.
    """
    if not trouble:
        return status
    return replace(status, headline=f"{status.headline.rstrip('.')}. {trouble}", tone="trouble")


def of_measurement(state: str, measurement: Measurement, *, position: int = 0, message: str = "") -> str:
    """The state of a measurement, in a sentence.

    Args:
        state: the state of its run.
        measurement: all of it so far.
        position: its place in the queue, from 1, while it waits.
        message: what went wrong, if something did.
    """
    match state:
        case "queued":
            return f"Waiting for a worker: {ordinal(position)} in the queue." if position else "Waiting for a worker."
        case "starting" | "running" if measurement.progress:
            return f"{downloading(measurement.progress)[0]}."
        case "starting" | "running" if measurement.settled:
            done, total = measurement.settled
            return f"Measuring: the rules are settling, minibatch {done} of {total}."
        case "starting" | "running":
            return "Measuring: the weights are being drawn."
        case "finished":
            return f"Measured in {duration(measurement.elapsed)}."
        case _:
            return f"{sentence(message or 'the measurement was stopped')}. Press Measure to try again."


def sentence(text: str) -> str:
    """The text, beginning with a capital letter."""
    return text[:1].upper() + text[1:]


def difference_in_words(difference: Interval | None) -> str:
    """A difference of two accuracies in percentage points with its 95 % interval, such as ``"+2.1 (+1.0 to +3.2)"``.

    A dash stands for one that has no interval, since a difference of single seeds says little.
    """
    if difference is None or not difference.known:
        return "–"
    mean, low, high = (f"{100 * value:+.1f}" for value in (difference.mean, *difference.ends))
    return f"{mean} ({low} to {high})"
