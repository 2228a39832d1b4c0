"""Makes the recordings that the pages "Claims" and "Lessons" open, in app/recordings/claims and app/recordings/lessons.

    .venv/bin/python scripts/record_claims.py [ID ...]

It trains what app/claims/examples.py lists, and lessons of app/lessons/files that none of these shows, with the
commands of the project, which takes some minutes. A recording is made only if its id is given, or if there is none.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from app.claims.examples import BY_ID  # noqa: E402
from app.lessons.lesson import lessons  # noqa: E402
from app.store.recorded import CLAIMS, LESSONS, SHIPPED  # noqa: E402


def command(kind: str, query: str, file: Path) -> list[str]:
    """The command that trains what has these settings, as a link has them, and records it in a file."""
    settings = dict(parse_qsl(query))
    over = []
    if kind == "sweep":
        over = ["--over", f"learning_rate={settings.pop('learning_rates')}"]
    options = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", value)]
    return [
        sys.executable,
        "-m",
        "ipcore",
        "sweep" if kind == "sweep" else "train",
        *over,
        *options,
        "--record",
        str(file),
    ]


def main(ids: list[str]) -> None:
    """Makes the recordings with these ids, or those that are not there yet."""
    runs = {id: (BY_ID[id].kind, BY_ID[id].query) for id in CLAIMS}
    runs |= {f"lesson-{each.id}": (each.kind, each.settings) for each in lessons() if f"lesson-{each.id}" in LESSONS}
    for id, (kind, query) in runs.items():
        _, file = SHIPPED[id]
        if id in ids if ids else not file.exists():
            file.parent.mkdir(exist_ok=True)
            subprocess.run(command(kind, query, file), cwd=ROOT, check=True)
            print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
