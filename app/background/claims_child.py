"""A quick run of the claims, for the server that started it: ``python -m app.background.claims_child FILE``.

It keeps what is measured in FILE, as ``python -m ipcore claims --quick --record FILE`` does, and goes on from it. It
ends as soon as its standard input does, so that none is left behind by a server that is gone. It writes JSON lines:
``{"done": seconds, "total": seconds}``, and at the end ``{"result": {...}}``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from ipcore.claims import record
from ipcore.claims.claims import CLAIMS
from ipcore.claims.experiments import QUICK, Plan
from ipcore.claims.judging import judge
from ipcore.claims.running import known, measure
from ipcore.executors.choice import executor_for

NICENESS = 5
"""By how much its priority is lowered; its workers lower theirs further."""


def say(**values: Any) -> None:
    """Writes a line."""
    print(json.dumps(values), flush=True)


def main(path: Path) -> None:
    """Measures what is missing, until it is whole or standard input ends."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    ended = threading.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    plan = Plan(tuple(CLAIMS), quick=True, seeds=QUICK.seeds)
    measured = known(plan, record.read(path))
    with closing(record.open_for_more(path)) as file, closing(executor_for("claims")) as executor:
        measure(
            measured,
            executor,
            lambda key, result: print(record.line(key, result), file=file),
            lambda done, total: say(done=done, total=total),
            ended.is_set,
        )
    if not ended.is_set():
        say(result=json.loads(judge(measured).to_json()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
