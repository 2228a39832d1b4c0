"""Looks for known weaknesses in the packages that are installed, with pip-audit, and keeps what was found.

    python scripts/audit.py          # asks the advisories of the package index; needs a network and pip-audit
    python scripts/audit.py --last   # says when that was last done, and what was found

What was found is kept in docs/audit.json. The exit status is 0 if nothing was found, 1 if something was, and 2 if
pip-audit is not installed or could not ask. A package that the index does not know, such as a local build of torch,
is named as not looked at.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RESULT = Path(__file__).resolve().parents[1] / "docs" / "audit.json"
COMMAND = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable")
FOUND, NOT_DONE = 1, 2
EDITABLE = "distribution marked as editable"
"""Why pip-audit skips this project itself."""


@dataclass(frozen=True)
class Audit:
    """What one audit found.

    Args:
        date: when it was done, such as ``2026-11-29``.
        packages: how many packages were looked at.
        found: package and version -> the names of its known weaknesses.
        skipped: the packages that could not be looked at.
    """

    date: str
    packages: int
    found: dict[str, list[str]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        """The audit in a few lines."""
        head = f"Audit of {self.date}: {self.packages} packages, "
        rest = [f"Not looked at: {', '.join(self.skipped)}."] if self.skipped else []
        if not self.found:
            return "\n".join([f"{head}no known weakness.", *rest])
        lines = [f"  {package}: {', '.join(names)}" for package, names in sorted(self.found.items())]
        return "\n".join([f"{head}{len(self.found)} with known weaknesses:", *lines, *rest])


def read(text: str, date: str) -> Audit:
    """What pip-audit printed.

    Args:
        text: its JSON.
        date: when it ran.

    Raises:
        ValueError: if it is none.
    """
    try:
        answers: list[dict[str, Any]] = json.loads(text)["dependencies"]
        packages = [each for each in answers if "version" in each]
        found = {
            f"{each['name']} {each['version']}": [weak["id"] for weak in each["vulns"]]
            for each in packages
            if each["vulns"]
        }
        skipped = [each["name"] for each in answers if each.get("skip_reason", EDITABLE) != EDITABLE]
    except (KeyError, TypeError) as error:
        raise ValueError(f"pip-audit answered in a form that is not known: {error}") from None
    return Audit(date, len(packages), found, skipped)


def last(path: Path = RESULT) -> str:
    """When the packages were last looked at, in words."""
    if not path.exists():
        return "No audit has been done yet."
    return Audit(**json.loads(path.read_text("utf-8"))).in_words()


def main(arguments: Sequence[str] | None = None, path: Path = RESULT) -> int:
    """Does what the command line asks for and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--last", action="store_true", help="only say when the packages were last looked at")
    if parser.parse_args(arguments).last:
        print(last(path))
        return 0
    if find_spec("pip_audit") is None:
        print(f"pip-audit is not installed: python -m pip install pip-audit. {last(path)}", file=sys.stderr)
        return NOT_DONE
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    try:
        audit = read(done.stdout, f"{datetime.now(UTC):%Y-%m-%d}")
    except ValueError:
        print(f"pip-audit could not look: {done.stderr.strip()[-500:]}\n{last(path)}", file=sys.stderr)
        return NOT_DONE
    if not audit.packages:
        print(f"pip-audit could not look: the index knows none of {len(audit.skipped)} packages.", file=sys.stderr)
        print(last(path), file=sys.stderr)
        return NOT_DONE
    path.write_text(json.dumps(asdict(audit), indent=1) + "\n", "utf-8")
    print(audit.in_words())
    return FOUND if audit.found else 0


if __name__ == "__main__":
    sys.exit(main())
