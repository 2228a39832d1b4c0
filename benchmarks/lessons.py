"""Trains the run of each lesson with several seeds and says whether it comes out as the lesson says.

    python -m benchmarks.lessons [--seeds 3] [--first-seed 100] [LESSON ...]

Races are trained once for each seed, sweeps with as many other seeds as they have. Seed 0, whose runs are shipped,
is not among them unless asked for. It ends with status 1 if a mean over seeds is not as expected.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.lessons.lesson import Lesson, lessons
from app.lessons.numbers import of_neuron, of_recording
from ipcore.recordings.files import events_from_file, from_events


def command(lesson: Lesson, seed: int, file: Path) -> list[str]:
    """The command that trains the run of a lesson from a seed on and records it in a file."""
    settings = {**lesson.query, "first_seed": str(seed)}
    over = ["--over", f"learning_rate={settings.pop('learning_rates')}"] if lesson.kind == "sweep" else []
    options = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", value)]
    what = "sweep" if lesson.kind == "sweep" else "train"
    return [sys.executable, "-m", "ipcore", what, *over, *options, "--record", str(file)]


def measured(lesson: Lesson, seed: int) -> Mapping[str, float]:
    """The numbers of a lesson's run from a seed on."""
    if lesson.kind == "neuron":
        from app.neuron import settings as neuron_controls

        found, _ = neuron_controls.from_url(lesson.query)
        setup, _ = neuron_controls.choose(neuron_controls.DEFAULTS | found)
        assert setup is not None
        return of_neuron(setup, dict(lesson.numbers))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.jsonl.gz"
        subprocess.run(command(lesson, seed, file), check=True, stdout=subprocess.DEVNULL)
        return of_recording(from_events(events_from_file(file)), dict(lesson.numbers))


def confirmed(lesson: Lesson, seeds: Sequence[int]) -> bool:
    """Prints what is expected of a lesson and what came out; returns whether the means are as expected."""
    runs = [measured(lesson, seed) for seed in (seeds[:1] if lesson.kind == "neuron" else seeds)]
    means = {name: sum(run[name] for run in runs) / len(runs) for name in lesson.numbers}
    for each in lesson.expect:
        values = ", ".join(f"{each.of(run):.3g}" for run in runs)
        count = sum(each.holds(run) for run in runs)
        print(f"| {lesson.place} {lesson.id} | {each} | {values} | {count} of {len(runs)} |", flush=True)
    return all(each.holds(means) for each in lesson.expect)


def main() -> int:
    """Confirms the lessons that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="ids of lessons; default: all")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds")
    parser.add_argument("--first-seed", type=int, default=100, help="the first of them")
    chosen = parser.parse_args()
    print("| lesson | expected | measured, seed by seed | holds |\n|---|---|---|---|")
    wanted = [each for each in lessons() if not chosen.lessons or each.id in chosen.lessons]
    step = {"sweep": 3}
    outcomes = [
        confirmed(each, [chosen.first_seed + step.get(each.kind, 1) * index for index in range(chosen.seeds)])
        for each in wanted
    ]
    print(f"{sum(outcomes)} of {len(outcomes)} lessons come out as they say.")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
