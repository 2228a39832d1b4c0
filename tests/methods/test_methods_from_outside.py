"""A rule in a file outside the project: it is in every command, on every page and in exports, or a clear error."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from serving import ROOT

from ipcore.config import METHODS
from ipcore.methods import METHODS_VARIABLE

EXAMPLE = ROOT / "tests/helpers/homeostatic.py"
NAME = "homeostatic"


def python(
    *arguments: str, methods: object = EXAMPLE, folder: Path, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """A Python process with methods from outside."""
    environment = os.environ | {
        METHODS_VARIABLE: str(methods),
        "IPCORE_STORE_DIR": str(folder),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/helpers'}",
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240)


COMMANDS = """
import json, sys
from ipcore.cli.main import main
for arguments in json.loads(sys.argv[1]):
    print("##", arguments[0], flush=True)
    status = main(arguments)
    assert status == 0, (arguments, status)
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """What each command printed, and where it wrote its files. The rule's path is relative to another folder."""
    folder = tmp_path_factory.mktemp("outside")
    shutil.copy(EXAMPLE, folder / "rule.py")
    small = ["--methods", f"{NAME},ip", "--dataset", "moons", "--depth", "2", "--width", "8", "--steps", "30"]
    commands = [
        ["chi", NAME, "--json"],
        ["train", *small, "--json", "--record", "race.jsonl"],
        ["sweep", "--over", "learning_rate=0.1,1", *small, "--workers", "1", "--json", "--record", "sweep.jsonl"],
        ["export", "race.jsonl", "--html", "race.html", "--csv", "race.csv"],
        ["export", "sweep.jsonl", "--html", "sweep.html", "--csv", "sweep.csv"],
        ["replay", "race.jsonl", "--json"],
    ]  # fmt: skip
    ran = python("-c", COMMANDS, json.dumps(commands), methods="rule.py", folder=folder, cwd=folder)
    assert ran.returncode == 0, ran.stderr[-3000:]
    parts = re.split(r"^## (\w+)\n", ran.stdout, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True)), folder


def test_it_trains_sweeps_and_has_a_multiplier(done):
    said, _ = done
    assert json.loads(said["chi"])["chi"] == pytest.approx(1.0687, abs=1e-4)
    assert json.loads(said["train"])["results"][NAME]["test_accuracy"][0] > 0
    assert NAME in json.loads(said["sweep"])["results"] and NAME in said["replay"]


def test_exports_hold_it(done):
    _, folder = done
    for name in ("race", "sweep"):
        assert f",{NAME}," in (table := (folder / f"{name}.csv").read_text()) or f"\n{NAME}," in table
        assert f"IP against {NAME}" in (folder / f"{name}.html").read_text("utf-8")


VISIT = """
import apptests, json, sys
from streamlit.testing.v1 import AppTest
from app.front import start
from ipcore.methods.registry import SPARE_LOOKS
start.prepare()
apptests.share()
page = AppTest.from_file("app/main.py", default_timeout=60).run()
for name in sys.argv[1:]:
    page.switch_page(f"../pages/{name}.py").run()
    assert not page.exception, (name, page.exception)
    for group in page.button_group:
        if "homeostatic" in str(group.options).lower():
            group.set_value([*group.value, "homeostatic"]).run()
            assert not page.exception, (name, page.exception)
    text = " ".join(element.value for element in [*page.markdown, *page.error])
    options = " ".join(str(each.options) for each in [*page.button_group, *page.selectbox]).lower()
    frames = b"".join(bytes(element.proto.bytes) for element in page.get("bidi_component")).decode("latin-1")
    print(json.dumps({"page": name, "text": text, "options": options, "colour": SPARE_LOOKS[0][0][0] in frames}))
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    names = ("live", "claims", "neuron", "depth", "robustness", "runs", "guide")
    ran = python("-c", VISIT, *names, folder=tmp_path_factory.mktemp("pages"))
    assert ran.returncode == 0, ran.stderr[-3000:]
    return {said["page"]: said for said in map(json.loads, ran.stdout.splitlines())}


@pytest.mark.parametrize("page", ["live", "neuron", "robustness", "runs"])
def test_pages_offer_it(pages, page):
    assert NAME in pages[page]["options"]


def test_one_neuron_is_drawn_with_its_own_colour(pages):
    assert pages["neuron"]["colour"]


@pytest.mark.parametrize("page", ["guide", "neuron"])
def test_the_guide_and_the_rules_explain_it(pages, page):
    assert r"\langle y^2\rangle" in pages[page]["text"] and "Homeostatic" in pages[page]["text"]


def test_depth_has_its_multiplier(pages):
    assert f"| {NAME} | 1.069 | – | – |" in pages["depth"]["text"] and "| IP | 1.134 | 1." in pages["depth"]["text"]


RULES = {
    "empty": "",
    "broken": "import nothing_of_that_name",
    "wrong": "from ipcore.methods import Method, register\nregister(Method(name='B ad', label='x', description='x'))",
    "known": EXAMPLE.read_text("utf-8").replace('name="homeostatic"', 'name="ip"'),
    "trained": "from ipcore.methods import Method, register\n"
    "register(Method(name='ln', label='ln', description='It.', backprop=('gamma',)))",
    "heavy": f"import torch\n{EXAMPLE.read_text('utf-8')}",
}
"""Files that cannot be used."""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty", "it registers no method"),
        ("broken", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("wrong", "name of method 'B ad' must be"),
        ("known", "there is a method 'ip'"),
        ("trained", "'ln' is no local rule: backprop needs code within the project"),
        ("heavy", "it imports torch"),
        ("absent", "FileNotFoundError"),
        ("text", "its name does not end in .py"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it_and_what_is_allowed(tmp_path, name, says):
    path = tmp_path / (f"{name}.txt" if name == "text" else f"{name}.py")
    if name in (*RULES, "text"):
        path.write_text(RULES.get(name, ""), "utf-8")
    ran = python("-c", "from ipcore.methods import names, problem; print(*names()); print(problem())",
                 methods=path, folder=tmp_path)  # fmt: skip
    known, problem = ran.stdout.splitlines()
    assert tuple(known.split()) == METHODS, "nothing of it is taken in"
    assert problem.startswith(f"IPCORE_METHODS names {str(path)!r}, which cannot be used (") and says in problem
    assert problem.endswith("calls ipcore.methods.register(Method(...)) for one or more new methods")


def test_commands_workers_and_pages_tell_it_and_do_nothing(tmp_path):
    for module in ("ipcore", "ipcore.worker"):
        ran = python("-m", module, *(["chi", "plain"] if module == "ipcore" else []), methods="no.py", folder=tmp_path)
        assert ran.returncode == 2 and ran.stderr.startswith("error: IPCORE_METHODS names '") and not ran.stdout
    visit = (
        "from streamlit.testing.v1 import AppTest\nfrom app.front import start\nstart.prepare()\n"
        "page = AppTest.from_file('app/main.py', default_timeout=60).run()\n"
        "print([error.value for error in page.error], len(page.button))"
    )
    ran = python("-c", visit, methods="no.py", folder=tmp_path)
    said = ran.stdout.replace("\\", "")  # Markdown has its marks escaped
    assert "This server is not set up correctly: IPCORE_METHODS names" in said
    assert said.rstrip().endswith(" 0")


def test_a_recording_of_a_method_that_is_not_known_here_is_refused_by_its_name(done, tmp_path):
    ran = python("-m", "ipcore", "replay", str(done[1] / "race.jsonl"), methods="", folder=tmp_path)
    assert ran.returncode == 2 and f"must be one or more of {', '.join(METHODS)}, not 'homeostatic'" in ran.stderr


def test_clusters_compare_what_the_files_hold(tmp_path):
    rule, digests = tmp_path / "rule.py", []
    for text in (EXAMPLE.read_text("utf-8"), EXAMPLE.read_text("utf-8").replace("0.25", "0.5"), None):
        if text:
            rule.write_text(text, "utf-8")
        say = "from ipcore.executors.task import versions; print(versions()['IPCORE_METHODS'])"
        digests.append(python("-c", say, methods=rule if text else "", folder=tmp_path).stdout.strip())
    assert len(set(digests)) == 3 and digests[2] == "none"
