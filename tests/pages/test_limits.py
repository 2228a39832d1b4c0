"""Bounds that whoever runs a server sets: every page works with lowered ones, and says which cannot be read.

Pages take them when they are first imported, so each case has a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from serving import ROOT

VISIT = """
import apptests, sys
from streamlit.testing.v1 import AppTest
from app.front import start
start.prepare()
apptests.share()
page = AppTest.from_file("app/main.py", default_timeout=60).run()
for name in sys.argv[1:]:
    page.switch_page(f"../pages/{name}.py").run()
    assert not page.exception, (name, page.exception)
    sliders = {slider.label: slider.value for slider in page.slider}
    print(name, sliders.get("Depth"), [error.value for error in page.error])
"""


def visit(limits: str, folder: Path, *pages: str) -> str:
    helpers = {"PYTHONPATH": str(ROOT / "tests/helpers")}
    environment = os.environ | helpers | {"IPCORE_LIMITS": limits, "IPCORE_STORE_DIR": str(folder)}
    command = [sys.executable, "-c", VISIT, *pages]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_pages_offer_what_lowered_bounds_allow(tmp_path):
    """Also where the default settings, and the recordings that ship, lie beyond them."""
    pages = ("live", "claims", "neuron", "depth", "robustness", "runs", "guide")
    said = visit(
        "depth=10,steps=500,width=128,batch_size=64,seeds=2,learning_rate=0.5,intrinsic_rate=0.03", tmp_path, *pages
    )
    lines = dict(line.split(" ", 1) for line in said.splitlines())
    assert lines.keys() == set(pages)
    assert lines["live"] == lines["depth"] == lines["robustness"] == "10 []"


def test_bounds_that_cannot_be_read_are_told(tmp_path):
    pages = ("live", "runs")
    lines = visit("depht=5", tmp_path, *pages).replace("\\", "").splitlines()  # Markdown has its marks escaped
    assert [line.split(" ", 1)[0] for line in lines] == list(pages)
    told = "This server is not set up correctly: IPCORE_LIMITS names 'depht'; it may name depth, width"
    assert all(told in line for line in lines)
