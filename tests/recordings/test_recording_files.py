"""Recordings as files of lines: whole, cut short, compressed or not, and files that are something else."""

from __future__ import annotations

import gzip

import pytest
from misfits import START, valid
from plain import all_plain, plain

from ipcore.jsonlines import encode
from ipcore.recordings.files import events_from_file
from ipcore.recordings.lines import CutOff
from ipcore.recordings.race import from_events


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_a_file_of_events_is_the_run(real, tmp_path, name):
    path = tmp_path / name
    lines = "".join(encode(event) + "\n" for event in real).encode()
    path.write_bytes(gzip.compress(lines) if name.endswith("gz") else lines)
    assert all_plain(events_from_file(path)) == real
    assert from_events(events_from_file(path)).revision == len(real)


def test_a_file_cut_short_gives_what_it_holds_and_then_says_so(real, tmp_path):
    path = tmp_path / "run.gz"
    whole = gzip.compress("".join(encode(event) + "\n" for event in real).encode())
    for packed in (whole[: len(whole) // 2], whole[:-4], whole[:40] + b"?" * 40 + whole[80:], b"not gzip"):
        path.write_bytes(packed)
        with pytest.raises(ValueError):
            list(events_from_file(path))
    path.with_suffix("").write_text(encode(real[0]) + "\n" + encode(real[1])[:-5])
    found = events_from_file(path.with_suffix(""))
    assert plain(next(found)) == real[0]
    with pytest.raises(CutOff, match="run is cut off in the middle"):
        next(found)


def test_a_file_is_compressed_or_not_whatever_its_name(tmp_path):
    lines = "".join(encode(event) + "\n" for event in (START, valid()["error"]))
    for content in (lines.encode(), gzip.compress(lines.encode()), lines.replace("\n", "\n\n").encode()):
        for name in ("a.jsonl", "a.jsonl.gz", "a"):
            (tmp_path / name).write_bytes(content)
            assert all_plain(events_from_file(tmp_path / name)) == [START, valid()["error"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"step,method,seed,loss,accuracy\n1,ip,0,2.3,\n", "table.csv is no recording: not a line of JSON"),
        (b"\x89PNG\r\n\x1a\n\x00", "table.csv is no recording: not a line of JSON"),
        (encode(START).encode() + b"\n1,ip,0,2.3\n", "table.csv, line 2: not a line of JSON"),
        (gzip.compress(encode(START).encode())[:-9], "table.csv is cut off in the middle"),
    ],
)
def test_a_file_that_is_something_else_is_said_to_be_no_recording(tmp_path, content, why):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError) as refused:
        list(events_from_file(path))
    assert why in str(refused.value) and "Expecting" not in str(refused.value) and "codec" not in str(refused.value)
