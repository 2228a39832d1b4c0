"""What pages cost that tests run without a server."""

from __future__ import annotations

import functools

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import app_test, local_script_runner

from app.background.runs import Runs
from app.session import server


def share() -> None:
    """Has all AppTests of this process share what a server does once, at its start or at the first visit.

    It looks through the installed packages for components, and compiles the script of each page. No workers are
    started ahead of the first race, which most pages never start: each takes seconds of a core.
    """
    compiled = local_script_runner.ScriptCache()
    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
    app_test.ScriptCache = local_script_runner.ScriptCache = lambda: compiled
    server.Runs = _Cold


class _Cold(Runs):
    def warm_up(self) -> None:
        """Does nothing."""
