"""The bundler: our modules as one script, and its refusal of what it does not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.export.bundle import STATIC, bundle

VERSION = "const version = new URL(import.meta.url).search;\n"


def write(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        path = folder / f"{name.replace('__', '/')}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, "utf-8")
    return folder


def test_each_module_is_there_once_after_those_it_imports(tmp_path: Path) -> None:
    write(
        tmp_path,
        a__main=VERSION + 'const { one } = await import("./one.js" + version);\n'
        'const two = await import("../b/two.js" + version);\nuse(one, two.TWO);\n',
        a__one=VERSION + 'const { TWO } = await import("../b/two.js" + version);\n'
        "export function one() {}\nexport class One {}\nexport async function later() {}\nfunction mine() {}\n",
        b__two="export const TWO = 2;\n",
    )
    script = bundle("a/main.js", tmp_path)
    assert re.findall(r'^modules\["(.+)"\] =', script, re.MULTILINE) == ["b/two.js", "a/one.js", "a/main.js"]
    assert 'const { one } = modules["a/one.js"];' in script and 'const two = modules["b/two.js"];' in script
    assert re.findall(r"^return \{ (.*) \};$", script, re.MULTILINE) == ["TWO", "one, One, later", ""]
    assert "import" not in script and "export" not in script and "version" not in script


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ('import { a } from "./b.js";\n', "imports or exports in another way: import {"),
        ('const x = await import("./b.js");\n', "imports or exports in another way: const x"),
        ("export default function () {}\n", "imports or exports in another way: export default"),
        ("export { a };\n", "imports or exports in another way: export {"),
        ("const here = new URL(import.meta.url);\n", "imports or exports in another way: const here"),
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
        return VERSION + f'const {{ x }} = await import("./{name}.js" + version);\nexport const y = 1;\n'

    write(tmp_path, a=importing("b"), b=importing("a"))
    with pytest.raises(ValueError, match=r"in a circle: a\.js -> b\.js -> a\.js"):
        bundle("a.js", tmp_path)


def test_an_import_stays_within_the_folder(tmp_path: Path) -> None:
    write(tmp_path, a__main=VERSION + 'const { x } = await import("../../secret.js" + version);\n')
    with pytest.raises(ValueError, match="secret"):
        bundle("a/main.js", tmp_path)


def test_the_exported_page_brings_every_module_of_the_charts() -> None:
    script = bundle("export/page.js")
    brought = set(re.findall(r'^modules\["live/(.+)"\] =', script, re.MULTILINE))
    assert brought == {path.name for path in (STATIC / "live").glob("*.js")} - {"main.js", "loading.js"}
