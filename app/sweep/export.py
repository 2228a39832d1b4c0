"""A sweep as a page of HTML for others. No Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.export.html import Block, Charts, Code, Download, Facts, Prose, page
from app.export.parts import dated, jsonl
from app.export.parts import settings as of_networks
from app.sweep import words as sweep_words
from app.sweep.film import film, tables, whole
from app.sweep.summary import summarised
from app.ui import words
from ipcore.config import SETTINGS
from ipcore.recordings.reading import Sent
from ipcore.recordings.snippets.sweep import in_python, in_terminal
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

LISTED = 20
"""Values of a setting that are listed one by one, at most."""


def sweep_page(recording: SweepRecording, events: Iterable[Sent], *, name: str, when: datetime | None = None) -> str:
    """A sweep as one page of HTML that needs neither network nor server.

    Args:
        recording: the sweep.
        events: the events of the sweep; the page offers them as a file, which a dashboard can import.
        name: the name of the sweep, as its owner wrote it.
        when: the time at which it was made, if that is known.
    """
    packed, sweep, rows = jsonl(events, recording.cut_off), recording.sweep, tables(recording)
    what = f"{len(packed) / 1000:,.0f} kB; the dashboard imports it"
    blocks: list[Block] = [
        Charts(film(recording), rows, "sweep"),
        *map(Prose, left_out(recording, bool(rows["curves"]))),
        *findings(recording, summarised(recording), unfinished(recording)),
        Code("This sweep in code", in_python(sweep)),
        Code("", in_terminal(sweep)),
        Download("The recording", f"as JSON lines, gzip ({what}).", "recording.jsonl.gz", "application/gzip", packed),
    ]
    return page(name, blocks, by=about(recording, when))


@dataclass(frozen=True)
class SummaryTable:
    """The table with the best accuracy and the usable range of learning rates of each method.

    Args:
        table: the table as HTML, made by :func:`app.sweep.summary.table`.
        caption: how its numbers are defined.
    """

    table: str
    caption: str

    def html(self) -> str:
        return f"<h2>Summary</h2>{self.table}{Prose(self.caption).html()}"


def findings(recording: SweepRecording, summary: tuple[str, str], unfinished: str = "") -> list[Block]:
    """The results of a sweep, the networks that failed, and its settings.

    Args:
        recording: the sweep.
        summary: the table and the caption of its summary, made by :func:`app.sweep.summary.summarised`.
        unfinished: how it ended, if nothing else on the page says so.
    """
    troubles = filter(None, (unfinished, *sweep_words.troubles(recording)))
    return [SummaryTable(*summary), *map(Prose, troubles), settings(recording.sweep)]


def about(recording: SweepRecording, when: datetime | None = None) -> str:
    """One line: the settings that varied, how long the sweep took, and when it was made."""
    facts = [sweep_words.about(recording)]
    facts += [f"trained in {words.duration(recording.elapsed)}"] if recording.elapsed else []
    return dated(" · ".join(facts), when)


def unfinished(recording: SweepRecording) -> str:
    """How a sweep ended, in a sentence; empty if all its networks are done."""
    if recording.done_networks == recording.networks:
        return ""
    state = recording.state if recording.over else "stopped"  # a page ends what it shows
    status = sweep_words.of_run(
        state, recording, elapsed=recording.elapsed, estimate=recording.elapsed, under_way=0, message=recording.message
    )
    return f"{status.headline} ({status.facts[0]})."


def left_out(recording: SweepRecording, tabled: bool) -> list[str]:
    """What the page of a large sweep leaves out, in sentences.

    Args:
        recording: the sweep.
        tabled: whether the page has the tables of its learning curves.
    """
    points = len(recording.sweep.points())
    if not whole(recording):
        return [
            f"Only the best point's learning curves are on this page: those of all {points:,} would make it too large. "
            "The recording below has them."
        ]
    if not tabled:
        return ["The learning curves cannot be saved as CSV here: they are too long. The recording below has them."]
    return []


def settings(sweep: Sweep) -> Facts:
    """The settings that vary, and all others of the networks; those that differ from the default are marked."""
    fixed = of_networks(sweep.config)
    varied = {SETTINGS[name].label: listed(values) for name, values in sweep.over.items()}
    facts = {label: value for label, value in fixed.facts.items() if label not in varied}
    if sweep.usual_rates and "intrinsic_rate" not in sweep.over:
        facts[SETTINGS["intrinsic_rate"].label] = "usual for each batch size"
    if sweep.equal_examples:
        steps = SETTINGS["steps"].label
        facts[steps] += f" at batch size {words.number(sweep.config.batch_size)}, others by equal examples"
    return Facts("Settings", {**varied, **facts}, fixed.changed | varied.keys())


def listed(values: Sequence[float]) -> str:
    """The values of a setting; if they are many, only their number, the first and the last."""
    if len(values) > LISTED:
        return f"{len(values):,} values, {words.number(values[0])} to {words.number(values[-1])}"
    return ", ".join(map(words.number, values))
