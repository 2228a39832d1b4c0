"""The summary of a sweep in words: a table of the methods, and a caption that says what its numbers are. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from app.sweep.words import left_out
from app.ui.palette import LOOKS
from app.ui.words import difference_in_words, number
from ipcore.config import METHODS, SETTINGS
from ipcore.recordings.sweep import SweepRecording
from ipcore.statistics.intervals import Interval
from ipcore.statistics.ranges import NOTHING_LEARNED, USABLE
from ipcore.sweeps.plan import Sweep

if TYPE_CHECKING:
    from ipcore.sweeps.summary import Differences, Summary


def summarised(recording: SweepRecording) -> tuple[str, str]:
    """The summary of a sweep so far: a table in HTML, and its caption."""
    found = recording.summaries()
    return table(recording.sweep, found, recording.differences()), caption(recording.sweep, found)


def table(sweep: Sweep, found: Mapping[str, Summary], compared: Differences | None = None) -> str:
    """The summary of each method as a table in HTML. Cells have their labels with them, for narrow screens.

    Args:
        sweep: the sweep.
        found: the summary of each method, see :func:`ipcore.sweeps.summary.summaries`.
        compared: the paired differences of the methods; None if there are none.
    """
    rated = "learning_rate" in sweep.over
    other = next((name for name in sweep.over if name != "learning_rate"), None)
    usable, group = "Usable range of learning rates (factors of 10)", ""
    columns = ["Best mean accuracy", "Reached at"]
    columns += [f"Best minus {LOOKS[compared.minus].label} (% points)"] if compared else []
    labels = columns
    if rated and other:
        places = [f"{SETTINGS[other].label.lower()} {number(value)}" for value in sweep.over[other]]
        group = f'<tr><th colspan="{len(columns) + 1}"></th><th colspan="{len(places)}">{usable} at</th></tr>'
        labels = [*columns, *(f"{usable} at {place}" for place in places)]
        columns = [*columns, *places]
    elif rated:
        labels = columns = [usable, *columns]
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in ["Method", *columns])
    rows = "".join(_row(sweep, method, found[method], labels, compared) for method in METHODS if method in found)
    region = 'class="sweep-summary" tabindex="0" role="region" aria-label="Summary"'  # it scrolls, also by keyboard
    return f"<div {region}><table><thead>{group}<tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _row(sweep: Sweep, method: str, each: Summary, labels: Sequence[str], compared: Differences | None) -> str:
    place = "–"
    if each.best_point is not None:
        values = sweep.points()[each.best_point].values
        place = ", ".join(f"{SETTINGS[name].label.lower()} {number(value)}" for name, value in values.items())
    cells = [_with_interval(best_in_words(each), each.best, _percent), place]
    if compared:
        cells.append(difference_in_words(compared.best.get(method)))
    ranges = [_with_interval(span.in_words, span.decades, lambda decades: f"{decades:.2f}") for span in each.ranges]
    cells = [*cells, *ranges] if len(sweep.over) == 2 else [*ranges, *cells]
    light, dark = LOOKS[method].color
    name = f'<th scope="row" style="color:light-dark({light},{dark})">{escape(LOOKS[method].label)}</th>'
    row = (f'<td data-label="{escape(label)}">{escape(cell)}</td>' for label, cell in zip(labels, cells, strict=True))
    return f'<tr data-method="{method}">{name}{"".join(row)}</tr>'


def best_in_words(found: Summary) -> str:
    """The best mean accuracy of a method, ``"diverged"`` where no network went on, a dash where none is done."""
    if found.best_point is not None and math.isnan(found.best.mean):
        return "diverged"
    return _share(found.best.mean) + (" (at chance)" if found.learned is False else "")


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def _percent(share: float) -> str:
    """A share as a number of percent. An interval may extend beyond what an accuracy can be; its text does not."""
    return f"{100 * min(max(share, 0), 1):.1f}"


def _with_interval(value: str, found: Interval, written: Callable[[float], str]) -> str:
    """A value with its interval in brackets, if there is one that has a width."""
    if not (found.known and found.low < found.high):
        return value
    return f"{value} ({written(found.low)} to {written(found.high)})"


def caption(sweep: Sweep, found: Mapping[str, Summary]) -> str:
    """How the numbers of the summary are defined, why some are missing, and which methods are left out.

    Args:
        sweep: the sweep.
        found: the summary of each method.
    """
    spans = [span for each in found.values() for span in each.ranges]
    sentences = []
    if any(span.decades.reason == NOTHING_LEARNED for span in spans):
        sentences.append(
            f"No method learned: the best mean accuracy is not above guessing ({_share(sweep.config.data.chance)}) by "
            "more than its interval, so there is no usable range."
        )
    elif spans:
        sentences.append(
            "The usable range is the length on a log₁₀ axis of learning rates where the mean accuracy, interpolated "
            f"linearly, is at least guessing + {USABLE} × (the best mean of any method in this sweep − guessing)."
        )
        if any(span.open for span in spans):
            sentences.append("≥: the method is that good up to an end of the rates tried, so the range may be longer.")
    known = [each for each in found.values() if each.best_point is not None]
    if any(each.on_half for each in known):
        sentences.append("The best value is chosen on one half of the test examples and measured on the other.")
    elif known:
        sentences.append(
            "This sweep is from an earlier version: its best value is chosen and measured on the same test examples, "
            "so that accuracy is a little too high."
        )
    if any(each.best.known for each in known):
        sentences.append("In brackets: 95 % intervals (Student's t over seeds).")
        if len(sweep.config.methods) > 1:
            sentences.append("Differences are paired by seeds, which share initial weights and minibatches.")
    elif known:
        sentences.append(f"There are no intervals: {known[0].best.reason}.")
    return " ".join(filter(None, [*sentences, left_out(sweep)]))
