"""The time to encode and to decode events, against the json module, and to import recordings.

For an event in the middle of the default race: the JSON module writes and reads plain values and validates nothing;
ours encodes the event's struct, and decodes and validates it at once. A worker's events take a third way: their lines
are decoded to plain values, by which the scheduler acts, and the recording validates these.
"""

from __future__ import annotations

import gzip
import io
import json
import statistics
import time
from collections.abc import Callable

from app.store.recorded import RACE, SHIPPED
from benchmarks.timing import in_turn, median_ratio, seconds_per_call
from ipcore.config import RunConfig
from ipcore.jsonlines import decode, encode
from ipcore.recordings.importing import read
from ipcore.recordings.reading import STREAMS
from tests.helpers.recordings import events

NAMES = ("steps", "test", "snapshot")
WINDOW = 0.02
"""Seconds for which each way is timed in each round."""
IMPORTS = 5
"""How often each recording is imported; the median counts."""
LONG = RunConfig(steps=100_000)


OURS = {"encode": "json encode", "decode": "json decode", "from a worker": "json decode"}
"""Each way of ours -> the way of the json module that it is compared with."""


def main() -> None:
    """Prints a line for each event, and one for each recording that is imported."""
    packed = SHIPPED[RACE][1].read_bytes()
    lines = gzip.decompress(packed).splitlines()
    print("events: microseconds for one, and as many times as fast as the json module")
    for name in NAMES:
        alike = [line for line in lines if json.loads(line)["event"] == name]
        line = alike[len(alike) // 2]
        times = in_turn({way: _timed(call) for way, call in ways(line).items()})
        figures = [
            f"{way} {1e6 * statistics.median(times[way]):7.1f} µs ({median_ratio(times[other], times[way]):4.1f} x)"
            for way, other in OURS.items()
        ]
        print(f"{name:<10}{len(line):>8,} bytes   {'   '.join(figures)}")
    made = "".join(encode(event) + "\n" for event in events(LONG, snapshots=400))
    for name, file in (("the default race", packed), ("a race of 100,000 steps", gzip.compress(made.encode(), 1))):
        print(f"{'import of ' + name:<36}{_import_seconds(file):6.2f} s of processor time")


def ways(line: bytes) -> dict[str, Callable[[], object]]:
    """What is timed with one event: names as in OURS.

    Args:
        line: the event as a line of JSON.
    """
    stream = STREAMS["race"]
    values, event = json.loads(line), stream.decode(line)
    return {
        "json encode": lambda: json.dumps(values, separators=(",", ":")),
        "json decode": lambda: json.loads(line),
        "encode": lambda: encode(event),
        "decode": lambda: stream.decode(line),
        "from a worker": lambda: stream.convert(decode(line)),
    }


def _timed(call: Callable[[], object]) -> Callable[[], float]:
    return lambda: seconds_per_call(call, WINDOW)


def _import_seconds(file: bytes) -> float:
    """Processor seconds of an import, the median of several."""
    times = []
    for _ in range(IMPORTS):
        began = time.process_time()
        read(io.BytesIO(file))
        times.append(time.process_time() - began)
    return statistics.median(times)
