"""The audit of the installed packages, with a stand-in for pip-audit."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import audit

WEAK = {"name": "a", "version": "1.0", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}
FINE = {"name": "b", "version": "2.0", "vulns": []}
SKIPPED = {"name": "ours", "skip_reason": "distribution marked as editable"}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (3.0)"}


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([FINE, SKIPPED], 0, "1 packages, no known weakness."),
        ([WEAK, FINE], 1, "2 packages, 1 with known weaknesses:\n  a 1.0: PYSEC-1, PYSEC-2"),
        ([FINE, SKIPPED, UNKNOWN], 0, "1 packages, no known weakness.\nNot looked at: c."),
        ([SKIPPED, UNKNOWN], 2, "could not look: the index knows none of 1 packages.\nNo audit has been done yet."),
        (None, 2, "pip-audit could not look: no network\nNo audit has been done yet."),
    ],
)
def test_what_is_found_is_said_and_kept(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    packages: list[object] | None,
    status: int,
    said: str,
) -> None:
    answer = json.dumps({"dependencies": packages, "fixes": []}) if packages else ""
    monkeypatch.setattr(audit, "find_spec", lambda name: True)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=answer, stderr="no network\n"))
    path = tmp_path / "audit.json"
    assert audit.main([], path) == status
    shown = capsys.readouterr()
    assert (shown.out + shown.err).strip().endswith(said)
    assert path.exists() is (status != 2)
    assert audit.main(["--last"], path) == 0
    assert capsys.readouterr().out.strip().endswith(said if status != 2 else "No audit has been done yet.")


def test_without_pip_audit_it_says_so_and_when_it_last_ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(audit, "find_spec", lambda name: None)
    assert audit.main([], tmp_path / "audit.json") == 2
    assert "pip install pip-audit. No audit has been done yet." in capsys.readouterr().err
