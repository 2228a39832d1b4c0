"""Makes the recordings that the page "Claims" opens, in app/recordings/claims.

    .venv/bin/python scripts/record_claims.py [ID ...]

It trains what app/claims/examples.py lists, with the commands of the project, which takes some minutes. A recording is
written anew only if its id is given, or if there is none.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from app.claims.examples import BY_ID, Example  # noqa: E402

FOLDER = ROOT / "app" / "recordings" / "claims"
"""Where the recordings are kept; app/store/recorded.py names them."""


def command(example: Example, file: Path) -> list[str]:
    """The command that trains an example and records it in a file."""
    settings = dict(parse_qsl(example.query))
    over = []
    if example.kind == "sweep":
        over = ["--over", f"learning_rate={settings.pop('learning_rates')}"]
    options = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", value)]
    kind = "sweep" if example.kind == "sweep" else "train"
    return [sys.executable, "-m", "ipcore", kind, *over, *options, "--record", str(file)]


def main(ids: list[str]) -> None:
    """Records the examples with these ids, or those that have no recording yet."""
    FOLDER.mkdir(exist_ok=True)
    for example in BY_ID.values():
        file = FOLDER / f"{example.id}.jsonl.gz"
        if example.kind != "neuron" and (example.id in ids if ids else not file.exists()):
            subprocess.run(command(example, file), cwd=ROOT, check=True)
            print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
