"""Hostile links and widget states: made up at random, given to every page, and to a real server on this machine.

    python -m benchmarks.hostile [--links 100000] [--visits 2000] [--seed 0]

Links go through what every page does with its address, without a browser: reading, validating, writing back. Visits
go to a server that is started for them. It fails if a page answers with an exception, if a script does not run to its
end, if a run was started, or if the server's log has a traceback. That no browser asks elsewhere is held by the policy
of the pages and by tests/browser.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.Common_pb2 import DoubleArray, SInt64Array, StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetState

from app.depth import settings as depth
from app.neuron import settings as neuron
from app.race import settings as race
from app.saved import settings as saved
from app.store.schema import DATABASE_VARIABLE, FILE, FOLDER_VARIABLE
from app.sweep import settings as sweep
from benchmarks.visits import Shown, Visit, ids, state
from tests.helpers.serving import free_port, serve

ROOT = Path(__file__).resolve().parents[1]
PAGES: dict[str, Any] = {"": race, "neuron": neuron, "depth": depth, "robustness": sweep, "runs": saved}
"""The page's name in its address -> what reads its settings from there."""
ALL_PAGES = (*PAGES, "claims", "guide")
LINKS, VISITS = 100_000, 2_000
LONGEST_NOTICE = 400
"""Characters of a sentence on what is ignored in a link."""
PIECES = (
    "", " ", "0", "-1", "1e999", "-1e999", "nan", "inf", "-inf", "1e-320", "9" * 400, "0x10", "1_000", "١٢٣", "½", "²",
    "1.5.2", "true", "None", "null", "[]", "{}", "()", ",", ",,,,", ";", "=", "&", "%00", "\x00", "\x1b[31m",
    "\r\nSet-Cookie: a=b", "\u202e", "\u200b", "\ufeff", "😀", "é" * 300, "x" * 20_000, "../../etc/passwd",
    "..\\..\\windows", "/dev/zero", "file:///etc/passwd", "http://127.0.0.1:9/", "javascript:alert(1)",
    "data:text/html,<script>", "![x](http://a.b/c.png)", "[press](http://a.b)", "<script>alert(1)</script>",
    "<img src=http://a.b/c.png onerror=alert(1)>", "`code`", "$x^2$", ":material/home:", "**bold**", '" OR 1=1',
    "'; DROP TABLE runs; --", "{{7*7}}", "${7*7}", "%s%s%n", "__class__", "__import__('os')", "=1+1", "@SUM(A1)",
    "|calc", "plain", "ip", "moons", "mnist", "spirals", "0.01", "5", "100", "2147483648", "1e5",
)  # fmt: skip
"""What values are put together from."""
ODD_NAMES = (
    "",
    "run",
    "compare",
    "embed",
    "embed_options",
    "__proto__",
    "owner",
    "visitor",
    "page",
    "theme",
    "session_state",
)


@dataclass
class Found:
    """What went wrong, by kind, with an example of each.

    Args:
        counts: how often what was looked at.
        wrong: a sentence on each thing that went wrong.
    """

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def value(chance: random.Random) -> str:
    """A value for something: a piece, several, or characters at random."""
    kind = chance.random()
    if kind < 0.5:
        return chance.choice(PIECES)
    if kind < 0.8:
        return chance.choice((",", "", "-", ":", " ")).join(chance.choices(PIECES, k=chance.randint(2, 5)))
    return "".join(chr(chance.randint(0, 0xD7FF)) for _ in range(chance.randint(1, 40)))


def link(page: str, chance: random.Random) -> str:
    """The part of an address behind the question mark, for a page."""
    known = tuple(PAGES[page].DEFAULTS) if page in PAGES else tuple(race.DEFAULTS)
    pairs = []
    for _ in range(chance.randint(1, 6)):
        name = chance.choice(known) if chance.random() < 0.75 else chance.choice((*ODD_NAMES, value(chance)[:60]))
        pairs.append((name, value(chance)))
    return urlencode(pairs, errors="replace")


def look_at(page: str, query: str) -> None:
    """Does what a page does with its address.

    Args:
        page: its name in the address.
        query: what stands behind the question mark.

    Raises:
        AssertionError: if something of the link got through that may not.
    """
    settings = PAGES[page]
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    found, notices = settings.from_url(parameters)
    assert set(found) <= set(settings.DEFAULTS), "a setting that the page does not have"
    assert all(len(notice) <= LONGEST_NOTICE for notice in notices), "a notice without an end"
    values = {**settings.DEFAULTS, **found}
    written = settings.to_url(values)
    again, ignored = settings.from_url(written)
    assert not ignored, f"the page does not understand its own link: {ignored}"
    assert settings.to_url({**settings.DEFAULTS, **again}) == written, "a link that changes when it is opened again"
    if hasattr(settings, "choose"):
        settings.choose(values)


def links(count: int, chance: random.Random, found: Found) -> None:
    """Looks at links of every page.

    Args:
        count: of each page.
        chance: makes them up.
        found: takes what was found.
    """
    for page in PAGES:
        for _ in range(count):
            query = link(page, chance)
            found.counts["links read"] += 1
            try:
                look_at(page, query)
            except Exception as error:
                found.wrong.append(f"/{page}?{query[:300]}: {type(error).__name__}: {error}")


def states(widgets: Mapping[str, str], chance: random.Random) -> Iterator[WidgetState]:
    """Values for some of a page's widgets, of a kind that these do not have; none that presses a button.

    Args:
        widgets: the id of each widget, and its kind.
        chance: makes them up.
    """
    makers: tuple[Callable[[str], WidgetState], ...] = (
        lambda id: state(id, string_value=value(chance)),
        lambda id: state(id, double_value=chance.choice((0.0, -1.0, 1e300, float("nan"), float("inf")))),
        lambda id: state(id, int_value=chance.choice((0, -1, 2**62, 7))),
        lambda id: state(id, bool_value=chance.random() < 0.5),
        lambda id: state(id, json_value=value(chance)),
        lambda id: state(id, bytes_value=value(chance).encode("utf-8", "replace")),
        lambda id: WidgetState(id=id, double_array_value=DoubleArray(data=[1e300, float("nan")])),
        lambda id: WidgetState(id=id, int_array_value=SInt64Array(data=[-5, 2**62])),
        lambda id: WidgetState(id=id, string_array_value=StringArray(data=[value(chance) for _ in range(3)])),
    )
    pressed = ("button", "download_button")
    free = [id for id, kind in widgets.items() if kind not in pressed] or ["nothing"]
    for _ in range(chance.randint(1, 4)):
        yield chance.choice(makers)(chance.choice([*free, value(chance)[:200], "$$ID-0-None"]))


def wrong_in(shown: Shown) -> str:
    """What is wrong with what a page drew; empty if nothing is."""
    if shown.exceptions():
        return "; ".join(shown.exceptions())[:300]
    return "" if shown.ended == "FINISHED_SUCCESSFULLY" else shown.ended


def visits(url: str, count: int, chance: random.Random, found: Found) -> None:
    """Pays visits to a server: half of them with hostile links, half with hostile states of widgets.

    Args:
        url: the server.
        count: how many scripts are run.
        chance: makes up what they are given.
        found: takes what was found.
    """
    while count > 0:
        with Visit(url) as visit:
            page = chance.choice(ALL_PAGES)
            widgets: Mapping[str, str] = {}
            for _ in range(min(count, 8)):
                count -= 1
                kind = chance.choice(("link", "states")) if widgets else "link"
                query = link(page, chance) if kind == "link" else ""
                given = list(states(widgets, chance)) if kind == "states" else []
                shown = visit.run(query, page, given)
                found.counts[f"{kind} on a server"] += 1
                widgets = ids(shown) or widgets
                if wrong := wrong_in(shown):
                    found.wrong.append(f"/{page}?{query[:300]} with {str(given)[:300]}: {wrong}")


def runs_in(folder: Path) -> int:
    """How many runs the store in a folder holds."""
    if not (folder / FILE).exists():
        return 0
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
        return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])


def report(found: Found) -> str:
    """What was found, in lines."""
    counted = [f"{count:,} {what}" for what, count in found.counts.items()]
    return "\n".join([", ".join(counted), f"{len(found.wrong):,} went wrong", *found.wrong[:20]])


def main(arguments: list[str] | None = None) -> None:
    """Looks at links and pays visits, prints what was found, and exits with 1 if something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=LINKS, help="links of each page")
    parser.add_argument("--visits", type=int, default=VISITS, help="scripts that a real server runs")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    chance, found = random.Random(asked.seed), Found()
    began = time.monotonic()
    links(asked.links, chance, found)
    print(f"links: {time.monotonic() - began:.0f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        port, store = free_port(), Path(folder) / "store"
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py"), "--server.port", str(port)]
        variables = {DATABASE_VARIABLE: "", FOLDER_VARIABLE: str(store)}
        server = serve([*command, "--server.address", "127.0.0.1"], port, Path(folder) / "log", **variables)
        try:
            visits(server.url, asked.visits, chance, found)
        finally:
            server.stop()
        log = server.log_path.read_text("utf-8", "replace")
        if "Traceback" in log:
            found.wrong.append("a traceback in the server's log: " + log[log.index("Traceback") :][-1500:])
        if started := runs_in(store):
            found.wrong.append(f"{started} runs were started")
    print(report(found))
    sys.exit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()
