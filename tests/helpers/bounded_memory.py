"""Imports of files that are made to take gigabytes, in a process that may not have them."""

from __future__ import annotations

import subprocess
import sys

from serving import ROOT

HEAD = """
import gzip, io, json, resource
from dataclasses import replace
from ipcore.recordings.importing import LIMITS, read
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 400_000_000,) * 2)

def bomb(*parts):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        for part, times in parts:
            for _ in range(times):
                file.write(part)
    return out.getvalue()
"""
TAIL = """
for name, data in files.items():
    try:
        read(io.BytesIO(data), LIMITS)
    except ValueError as error:
        print(name, "|", error)
"""


def refusals(program: str, imports: str = "") -> dict[str, str]:
    """Why each file was refused, in a process that may have 400 MB more than it starts with.

    Args:
        program: makes ``files``, from their names to their bytes; ``bomb`` is there to compress (part, times) pairs,
            and ``LIMITS`` may be set to others.
        imports: lines that it needs, before the memory is bounded.
    """
    whole = imports + HEAD + program + TAIL
    done = subprocess.run([sys.executable, "-c", whole], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(line.split(" | ") for line in done.stdout.splitlines())
