"""A sweep as a page of HTML for others. No Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.export.html import Block, Charts, Code, Download, Facts, Prose, page
from app.export.parts import dated, jsonl
from app.export.parts import settings as of_networks
from app.sweep import words as sweep_words
from app.sweep.film import film, tables, whole
from app.ui import words
from ipcore.config import SETTINGS
from ipcore.recordings.snippets.sweep import in_python, in_terminal
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

LISTED = 20
"""Values of a setting that are listed one by one, at most."""


def sweep_page(
    recording: SweepRecording, events: Iterable[dict[str, Any]], *, name: str, when: datetime | None = None
) -> str:
    """A sweep as one page of HTML that needs neither network nor server.

    Args:
        recording: the sweep.
        events: the same sweep as events: the page holds it to be saved, and imported elsewhere.
        name: of the sweep, as its owner wrote it.
        when: it was made.
    """
    packed, sweep, rows = jsonl(events), recording.sweep, tables(recording)
    what = f"{len(packed) / 1000:,.0f} kB; the dashboard imports it"
    blocks: list[Block] = [
        Charts(film(recording), rows, "sweep"),
        *map(Prose, left_out(recording, bool(rows["curves"]))),
        *findings(recording, sweep_words.summary(sweep, recording.summaries()), unfinished(recording)),
        Code("This sweep in code", in_python(sweep)),
        Code("", in_terminal(sweep)),
        Download("The recording", f"as JSON lines, gzip ({what}).", "recording.jsonl.gz", "application/gzip", packed),
    ]
    return page(name, blocks, by=about(recording, when))


@dataclass(frozen=True)
class Summary:
    """The table of each method's best and its usable range of learning rates, and what its numbers are.

    Args:
        table: of :func:`app.sweep.words.summary`.
        caption: what its numbers are.
    """

    table: str
    caption: str

    def html(self) -> str:
        return f"<h2>Summary</h2>{self.table}{Prose(self.caption).html()}"


def findings(recording: SweepRecording, table: str, unfinished: str = "") -> list[Block]:
    """What a sweep found, what went wrong in it, and its settings.

    Args:
        recording: of it.
        table: of its summary, see :func:`app.sweep.words.summary`.
        unfinished: how it ended, if that is not said elsewhere.
    """
    said = filter(None, (unfinished, *sweep_words.troubles(recording)))
    return [Summary(table, sweep_words.caption(recording.sweep)), *map(Prose, said), settings(recording.sweep)]


def about(recording: SweepRecording, when: datetime | None = None) -> str:
    """One line: what was swept, how long it took, and when."""
    said = [sweep_words.about(recording)]
    said += [f"trained in {words.duration(recording.elapsed)}"] if recording.elapsed else []
    return dated(" · ".join(said), when)


def unfinished(recording: SweepRecording) -> str:
    """How it ended, in a sentence, if not all networks are done; otherwise nothing."""
    if recording.done_networks == recording.networks:
        return ""
    state = recording.state if recording.over else "stopped"  # a page ends what it shows
    said = sweep_words.of_run(
        state, recording, elapsed=recording.elapsed, estimate=recording.elapsed, under_way=0, message=recording.message
    )
    return f"{said.headline} ({said.facts[0]})."


def left_out(recording: SweepRecording, tabled: bool) -> list[str]:
    """What a large sweep leaves out of its page, in sentences.

    Args:
        recording: the sweep.
        tabled: whether the tables of its learning curves come along.
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
    """What is swept, and every other setting of the networks; those that differ from the default are marked."""
    fixed = of_networks(sweep.config)
    swept = {SETTINGS[name].label: listed(values) for name, values in sweep.over.items()}
    facts = {label: value for label, value in fixed.facts.items() if label not in swept}
    if sweep.usual_rates and "intrinsic_rate" not in sweep.over:
        facts[SETTINGS["intrinsic_rate"].label] = "usual for each batch size"
    if sweep.equal_examples:
        steps = SETTINGS["steps"].label
        facts[steps] += f" at batch size {words.number(sweep.config.batch_size)}, others by equal examples"
    return Facts("Settings", {**swept, **facts}, fixed.changed | swept.keys())


def listed(values: Sequence[float]) -> str:
    """Values of a setting; of many, how many and from where to where."""
    if len(values) > LISTED:
        return f"{len(values):,} values, {words.number(values[0])} to {words.number(values[-1])}"
    return ", ".join(map(words.number, values))
