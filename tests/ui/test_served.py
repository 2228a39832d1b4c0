"""What browsers load: made once, whole, under a name that changes with it, and kept as long as it may be wanted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from serving import ROOT

from app.ui import served
from app.ui.modules import STATIC
from app.ui.served import EVERYWHERE

ROOMS = {"ui", "race", "neuron", "sweep", "still"}


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A copy of app/static, with nothing made in it."""
    shutil.copytree(STATIC, tmp_path / "static", ignore=shutil.ignore_patterns("v-*", ".*", "fonts"))
    return tmp_path / "static"


def made(static: Path) -> list[str]:
    """The folders that were made, in whatever way they are named."""
    return sorted(path.name for path in static.iterdir() if path.name.startswith(("v-", ".")))


def age(folder: Path, days: int) -> None:
    when = folder.stat().st_mtime - 86_400 * days
    os.utime(folder, (when, when))


def test_the_folder_holds_a_script_and_a_style_sheet_for_each_room_and_plotly(static: Path) -> None:
    folder = static / served.prepare(static)
    assert made(static) == [folder.name] and re.fullmatch("v-[0-9a-f]{12}", folder.name)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {f"{room}/all.{kind}" for room in ROOMS for kind in ("js", "css")} | {"plotly.min.js"}
    assert b"plotly.js v" in (folder / "plotly.min.js").read_bytes()[:100]
    assert all(path.stat().st_mode & 0o044 for path in [folder, *folder.rglob("*")]), "whoever serves may read it"
    shared = (folder / "ui/all.js").read_text("utf-8")
    modules = set(re.findall(r'^modules\["ui/(.+)"\] \?\?=', shared, re.MULTILINE))
    assert modules == {path.name for path in (static / "ui").glob("*.js")}
    sheet = (folder / "ui/all.css").read_text("utf-8")
    for room in EVERYWHERE:
        assert f'\nmodules["{room}/component.js"] ??=' in shared
        assert not (static / room / f"{room}.css").exists() or f".{room}-" in sheet
    for room in ROOMS - {"ui"}:
        script = (folder / room / "all.js").read_text("utf-8")
        assert script.startswith('import { modules } from "../ui/all.js";\n')
        assert script.endswith(f'\nexport const {{ show }} = modules["{room}/component.js"];\n')
        assert 'modules["ui/' not in re.sub(r"const .* = modules.*;", "", script), "shared modules are there once"


def test_it_is_left_alone_when_it_is_right_and_made_anew_when_it_is_not(static: Path) -> None:
    folder = static / served.prepare(static)
    first = folder.stat().st_ino
    assert served.prepare(static) == folder.name and folder.stat().st_ino == first
    (folder / "race/all.js").write_text("half")
    assert served.prepare(static) == folder.name and folder.stat().st_ino != first
    assert len((folder / "race/all.js").read_bytes()) > 1000 and made(static) == [folder.name]


@pytest.mark.parametrize("changed", ["race/charts.js", "ui/ui.css"])
def test_a_change_of_any_file_changes_the_address(static: Path, changed: str) -> None:
    before = served.prepare(static)
    with (static / changed).open("a") as file:
        file.write("\n")
    after = served.prepare(static)
    assert before != after and made(static) == sorted([before, after]), "open tabs still need the old one"


def test_old_folders_go_but_for_the_newest_few_and_those_that_a_server_holds(static: Path) -> None:
    other = "import sys; from app.ui import served; from pathlib import Path; print(served.prepare(Path(sys.argv[1])),"
    program = [sys.executable, "-c", f"{other} flush=True); sys.stdin.read()", str(static)]
    server = subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin and server.stdout
    held = server.stdout.readline().strip()
    age(static / held, 10)
    for days in (9, 8, 7, 6):
        (static / f"v-{days}").mkdir()
        age(static / f"v-{days}", days)
    for name, days in ((".making-now", 0), (".making-old", 2), (".removing-old", 2)):
        (static / name).mkdir()
        age(static / name, days)
    with (static / "race/charts.js").open("a") as file:
        file.write("\n")
    own = served.prepare(static)
    assert made(static) == sorted([".making-now", own, held, "v-6", "v-7"])
    (static / ".making-now").rmdir()
    server.communicate()
    with (static / "race/charts.js").open("a") as file:
        file.write("\n")
    last = served.prepare(static)
    assert held not in made(static), "its server has ended"
    assert {own, last} <= set(made(static)), "this process holds both"


def test_servers_that_start_at_once_do_not_disturb_one_another(static: Path) -> None:
    program = (
        "import sys; from app.ui import served; from pathlib import Path; print(served.prepare(Path(sys.argv[1])))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(static)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = {process.communicate()[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert made(static) == sorted(said) and len(said) == 1


def test_where_it_cannot_be_written_it_says_what_to_do(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(served.tempfile, "mkdtemp", refused)
    with pytest.raises(OSError, match=r"static cannot be written to \(Permission denied\).*python -m app.ui.served"):
        served.prepare(static)
    monkeypatch.undo()
    folder = served.prepare(static)
    monkeypatch.setattr(served.tempfile, "mkdtemp", refused)
    assert served.prepare(static) == folder, "what was made before will do"
