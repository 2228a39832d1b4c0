"""What would have a browser style the whole page with each frame of a race is not written anywhere.

Measured with its processor slowed four times, before and after: 4 s of 8 were spent on styles, and 0.3 s.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from serving import ROOT

from app.ui.modules import STATIC

SHEETS = [path for folder in (STATIC, ROOT / "app/front") for path in folder.rglob("*.css") if "v-" not in str(path)]
MODULES = [path for path in STATIC.rglob("*.js") if "v-" not in str(path)]
WRITING = "ui/writing.js"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_rule_depends_on_what_an_element_holds(sheet: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    assert ":has(" not in rules, (
        "each change within such an element has the browser style all that the rule could be of"
    )


def test_words_are_written_on_canvases_in_one_way() -> None:
    assert SHEETS and len(MODULES) > 40
    texts = {path.relative_to(STATIC).as_posix(): path.read_text("utf-8") for path in MODULES}
    assert [name for name, text in texts.items() if re.search(r"\bpen\.font = |\.fillText\(", text)] == [WRITING]
    assert not [name for name, text in texts.items() if "strokeText(" in text], (
        "it takes fifty times as long as fillText"
    )
