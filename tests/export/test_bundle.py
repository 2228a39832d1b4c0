"""The bundler: our modules as one script, and its refusal of what it does not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.export.bundle import bundle
from app.ui.modules import STATIC


def write(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        path = folder / f"{name.replace('__', '/')}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, "utf-8")
    return folder


def test_each_module_is_there_once_after_those_it_imports(tmp_path: Path) -> None:
    write(
        tmp_path,
        a__main='import { one } from "./one.js";\nimport * as two from "../b/two.js";\nuse(one, two.TWO);\n',
        a__one='import {\n  TWO,\n  THREE,\n} from "../b/two.js";\n'
        "export function one() {}\nexport class One {}\nexport async function later() {}\nfunction mine() {}\n",
        b__two="export const TWO = 2;\nexport const THREE = 3;\n",
    )
    script = bundle("a/main.js", tmp_path)
    assert re.findall(r'^modules\["(.+)"\] \?\?=', script, re.MULTILINE) == ["b/two.js", "a/one.js", "a/main.js"]
    assert 'const { one } = modules["a/one.js"];' in script and 'const two = modules["b/two.js"];' in script
    assert 'const {\n  TWO,\n  THREE,\n} = modules["b/two.js"];' in script
    assert re.findall(r"^return \{ (.*) \};$", script, re.MULTILINE) == ["TWO, THREE", "one, One, later", ""]
    assert "import" not in script and "export" not in script


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ('import "./b.js";\n', 'imports or exports in another way: import "./b.js"'),
        ('import b from "./b.js";\n', "imports or exports in another way: import b from"),
        ('import { a as c } from "./b.js";\n', "imports or exports in another way: import { a as c }"),
        ('import { a } from "b.js";\n', "imports or exports in another way: import { a }"),
        ('const x = await import("./b.js");\n', "imports or exports in another way: const x"),
        ('const x = import ("./b.js");\n', "imports or exports in another way: const x"),
        ("export default function () {}\n", "imports or exports in another way: export default"),
        ("export { a };\n", "imports or exports in another way: export {"),
        ('export * from "./b.js";\n', "imports or exports in another way: export *"),
        ("export let a = 1;\n", "imports or exports in another way: export let"),
        ("const here = new URL(import.meta.url);\n", "asks for its address: const here"),
        ('const end = "</SCRIPT>";\n', "would end the script: const end"),
        ('const note = "<!--";\n', "would end the script: const note"),
    ],
)
def test_what_it_does_not_know_is_refused(tmp_path: Path, source: str, refusal: str) -> None:
    write(tmp_path, main="const before = 1;\n" + source, b="export const a = 1;\n")
    with pytest.raises(ValueError, match=re.escape(f"main.js {refusal}")):
        bundle("main.js", tmp_path)


def test_a_circle_is_refused(tmp_path: Path) -> None:
    def importing(name: str) -> str:
        return f'import {{ x }} from "./{name}.js";\nexport const y = 1;\n'

    write(tmp_path, a=importing("b"), b=importing("a"))
    with pytest.raises(ValueError, match=r"in a circle: a\.js -> b\.js -> a\.js"):
        bundle("a.js", tmp_path)


def test_an_import_stays_within_the_folder(tmp_path: Path) -> None:
    write(tmp_path, a__main='import { x } from "../../secret.js";\n')
    with pytest.raises(ValueError, match="secret"):
        bundle("a/main.js", tmp_path)


def test_the_exported_page_brings_every_module_of_the_charts() -> None:
    script = bundle("export/page.js")
    brought = set(re.findall(r'^modules\["(.+)"\] \?\?=', script, re.MULTILINE))
    needless = {"ui/component.js", "ui/loading.js"}
    needless |= {f"{room}/component.js" for room in ("race", "sweep", "present")}
    rooms = ("ui", "race", "sweep", "present", "export")
    assert brought == {f"{room}/{path.name}" for room in rooms for path in (STATIC / room).glob("*.js")} - needless
