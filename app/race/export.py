"""A race as a page of HTML for others. No Streamlit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.export.html import Block, Charts, Code, Download, Table, page
from app.export.parts import dated, jsonl, settings
from app.race.film import film, tables
from app.ui import words
from app.ui.palette import LOOKS
from ipcore.config import SETTINGS
from ipcore.datasets import DATASETS
from ipcore.recordings.race import Recording
from ipcore.recordings.reading import Sent
from ipcore.recordings.results import compared, in_words, results
from ipcore.recordings.snippets.race import in_python, in_terminal

CHANGES = 200
"""The most rows of the table of changes in flight."""


def run_page(recording: Recording, events: Iterable[Sent], *, name: str, when: datetime | None = None) -> str:
    """A run as one page of HTML that needs neither network nor server.

    Args:
        recording: the run.
        events: the events of the run; the page offers them as a file, which a dashboard can import.
        name: the name of the run, as its owner wrote it.
        when: the time at which it was made, if that is known.
    """
    packed = jsonl(events, recording.cut_off)
    what = f"{len(packed) / 1000:,.0f} kB; the dashboard imports it"
    blocks: list[Block | None] = [
        final_table(recording),
        Charts(film(recording), tables(recording)),
        settings(recording.config),
        changes(recording),
        Code("This run in code", in_python(recording)),
        Code("", in_terminal(recording)),
        Download("The recording", f"as JSON lines, gzip ({what}).", "recording.jsonl.gz", "application/gzip", packed),
    ]
    return page(name, filter(None, blocks), by=about(recording, when))


def about(recording: Recording, when: datetime | None = None) -> str:
    """One line: the methods, the data set, the steps done, the time they took, and the date."""
    config, step = recording.config, recording.step
    steps = f"{step:,} steps" if step == config.steps else f"{step:,} of {config.steps:,} steps"
    facts = [
        " against ".join(LOOKS[method].label for method in config.methods),
        DATASETS[config.dataset].label,
        steps,
        f"trained in {words.duration(recording.elapsed)}"
        + (f" on {recording.threads} threads" if recording.threads != 1 else "")
        + (f" on {recording.device}" if recording.device != "cpu" else ""),
        *([recording.message] if recording.cut_off else []),
    ]
    return dated(" · ".join(facts), when)


def final_table(recording: Recording) -> Table:
    """Test accuracy, training loss, first-layer gradient of each method, and its networks at chance or diverged.

    Numbers are means over the seeds that have not diverged, with their standard deviations. From three seeds on
    there is also the difference of the test accuracy from that of plain, paired by seeds.
    """
    config = recording.config
    test = recording.tests[-1] if recording.tests else None
    head = ["method", "test accuracy", "training loss", "first-layer |dL/dW|", "at chance", "diverged"]
    rows, all_found = [], results(recording)
    minus, differences = compared(all_found) or ("", {})
    paired = any(each.known for each in differences.values())
    if paired:
        head.insert(2, f"minus {LOOKS[minus].label}, paired by seeds (95 % interval)")
    for method, found in all_found.items():
        counts = sum(map(bool, found["at_chance"])), sum(step is not None for step in found["diverged"])
        rows.append(
            [
                LOOKS[method].label,
                in_words(found, "test_accuracy", ".1f", 100, " %"),
                *([words.difference_in_words(differences.get(method))] if paired else []),
                in_words(found, "train_loss", ".3f"),
                in_words(found, "first_layer_gradient", ".2e"),
                *(f"{count} of {config.seeds}" if count else "none" for count in counts),
            ]
        )
    title = "At the end" if recording.over else "So far"
    title += f", tested on {test.examples:,} examples" if test else ""
    title += f": mean ± standard deviation of {config.seeds} seeds" if config.seeds > 1 else ""
    return Table(title, head, rows)


def changes(recording: Recording) -> Table | None:
    """The newest :data:`CHANGES` changes in flight, with their number if there are more; None if there are none."""
    older = max(0, len(recording.marks) - CHANGES)
    rows = [[f"{older:,} more before", "", "", ""]] if older else []
    rows += [
        [f"{mark.step:,}", SETTINGS[mark.setting].label, words.number(mark.previous), words.number(mark.value)]
        for mark in recording.marks[older:]
    ]
    return Table("Changed during training", ["after step", "setting", "from", "to"], rows) if rows else None
