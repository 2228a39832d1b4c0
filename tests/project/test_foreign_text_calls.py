"""Every call that has Streamlit render Markdown or HTML: what it shows is ours, or it is escaped.

Found by reading the sources, so that no path of a page is forgotten. tests/pages/test_foreign_text.py looks at the
same from the other side: pages that are given foreign text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from serving import ROOT

MARKDOWN = frozenset(
    "badge button caption checkbox dialog download_button error expander file_uploader form form_submit_button header "
    "info link_button markdown metric multiselect number_input page_link pills popover progress radio "
    "segmented_control select_slider selectbox slider spinner status subheader success tabs text_area text_input title "
    "toast toggle warning write html picture".split()
)
"""Functions of Streamlit that render their text, their label or their hint as Markdown."""
TEXTS = ("body", "label", "help", "text", "tabs", "title", "hint", "caption", "captions")
"""Names of the arguments with texts; the first argument without a name is one, too."""
ESCAPES = {"plain", "escape", "len", "number", "duration", "ordinal", "note"}
"""Functions whose results hold no Markdown and no HTML: those that escape, and those that write numbers."""
OURS = {"method_texts", "card", "starts"}
"""Modules whose texts are ours: made of texts and numbers of the program, or escaped there, which their tests hold."""
FIELDS = {"label", "help", "seeds", "share"}
"""Fields of records of settings and methods, which the program and whoever runs the server write."""
ALLOWED = {
    ("app/background/spool.py", "body"): "bytes of a file, which no page shows",
    ("app/compare/races/view.py", "run.letter"): "A to F",
    ("app/compare/races/view.py", "table(runs, groups, dark)"): "escaped in app/compare/parts.py",
    ("app/compare/sweeps/view.py", "table(runs, _groups(runs, setting, settings), dark)"): "the same",
    (
        "app/session/saved/opened.py",
        "replay.findings(shown.run, recording)",
    ): "blocks of an exported page, escaped there",
    ("app/session/saved/opened.py", "session.open_run(id)"): "called for its effect; the label is a constant",
    ("app/session/links.py", "name"): "a chart of the page: a link can only choose among their names",
    ("app/session/links.py", "_wide(shown)"): "a style with a number",
    ("app/ui/status_line.py", "now.tone"): "one of three words",
    ("app/ui/style.py", "_text(*sheets)"): "style sheets of ours",
    ("pages/depth.py", "table(rows)"): "labels of methods, and numbers",
    ("pages/depth.py", "depth_charts.theory"): "a sentence with numbers",
    ("pages/depth.py", "span[0]"): "a number",
    ("pages/depth.py", "span[1]"): "a number",
    ("pages/guide.py", "page"): "the name of a page, of this file",
    **{
        ("pages/lessons.py", part): "of the file of a lesson, which is ours"
        for part in (
            "lesson.place",
            "lesson.title",
            "lesson.question",
            "lesson.try_next",
            "lesson.kind",
            "name",
            "each.place",
            "each.title",
            "after.title",
        )
    },
    ("pages/lessons.py", "lesson.told(session.numbers(lesson.id))"): "the same, with numbers",
    ("pages/lessons.py", "session.PAGES[lesson.kind]"): "the address of a page of ours",
    ("pages/live.py", "count"): "1 or 10",
    ("pages/status.py", "title"): "constants of this file",
    ("pages/robustness.py", "table"): "labels of methods, and numbers",
    ("pages/robustness.py", "caption"): "a sentence with numbers",
}
"""A file, and a part of what it shows -> why that holds no foreign text."""


class Scope:
    """Where a call stands: what its names were given.

    Args:
        tree: the module.
        function: the innermost function around the call, if there is one.
    """

    def __init__(self, tree: ast.Module, function: ast.AST | None) -> None:
        self.given: dict[str, list[ast.expr | None]] = {}
        for node in [*ast.walk(function), *tree.body] if function else ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._note(target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
                self._note(node.target, node.value)
            elif isinstance(node, ast.For | ast.comprehension):
                self._note(node.target, None)
            elif isinstance(node, ast.arg):
                self.given.setdefault(node.arg, []).append(None)

    def _note(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.given.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple):
            for position, each in enumerate(target.elts):
                part = value.elts[position] if isinstance(value, ast.Tuple) else None
                self._note(each, part)

    def foreign(self, node: ast.expr | None, depth: int = 0) -> Iterator[str]:
        """The parts of an expression that may hold foreign text, as they are written."""
        match node:
            case None:
                yield "?"
            case ast.Constant() | ast.Compare():
                pass
            case ast.Name(id=name) | ast.Attribute(attr=name) if name.isupper() or name in FIELDS:
                pass
            case ast.Subscript(value=ast.Name(id=name)) if name.isupper():
                pass
            case ast.Attribute(value=ast.Subscript(value=ast.Name(id=name))) if name.isupper():
                pass
            case ast.ListComp(elt=elt):
                yield from self.foreign(elt, depth)
            case ast.JoinedStr(values=values):
                for part in values:
                    yield from self.foreign(part, depth)
            case ast.FormattedValue(value=value, format_spec=spec):
                if not (isinstance(spec, ast.JoinedStr) and _is_of_numbers(spec)):
                    yield from self.foreign(value, depth)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
                yield from self.foreign(one, depth)
                yield from self.foreign(other, depth)
            case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
                for part in values:
                    yield from self.foreign(part, depth)
            case ast.Name(id=name) if name in self.given and depth < 5:
                for given in self.given[name]:
                    if given is None:
                        yield name
                    else:
                        yield from self.foreign(given, depth + 1)
            case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant()), args=[parts]):
                if isinstance(parts, ast.GeneratorExp | ast.ListComp):
                    yield from self.foreign(parts.elt, depth)
                elif isinstance(parts, ast.Call) and isinstance(parts.func, ast.Name) and parts.func.id == "map":
                    yield from self.foreign(ast.Call(parts.args[0], [], []), depth)
                else:
                    yield from self.foreign(parts, depth)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in ESCAPES:
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module))) if module in OURS:
                pass
            case _:
                yield ast.unparse(node)


def _is_of_numbers(spec: ast.JoinedStr) -> bool:
    """Whether a format is one that a text cannot have, so that only a number is written."""
    return any(isinstance(part, ast.Constant) and set(str(part.value)) & set(",fgeEd%") for part in spec.values)


@cache
def calls(path: Path) -> list[tuple[ast.Call, Scope]]:
    """The calls in a file that show a text."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    scope = cache(partial(Scope, tree))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MARKDOWN:
            around = [each for each in functions if each.lineno <= node.lineno <= (each.end_lineno or 0)]
            found.append((node, scope(max(around, key=lambda each: each.lineno, default=None))))
    return found


def shown(path: Path) -> Iterator[tuple[int, str]]:
    """Line and source of what a file shows that may be foreign."""
    for call, scope in calls(path):
        if ast.unparse(call.func).partition(".")[0] in ("markdown", "log", "re"):
            continue
        texts = [*call.args[:1], *(each.value for each in call.keywords if each.arg in TEXTS)]
        for text in texts:
            for part in scope.foreign(text):
                yield call.lineno, part


FILES = [path for folder in ("app", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_text_that_is_shown_is_ours_or_escaped() -> None:
    found, used = [], set()
    for path in FILES:
        name = path.relative_to(ROOT).as_posix()
        for line, part in shown(path):
            key = (name, part.split("(")[0] if part.startswith("depth_charts") else part)
            used.add(key)
            if key not in ALLOWED:
                found.append(f"{name}:{line}: {part}")
    assert not found, "text that may be foreign: escape it with app.ui.markdown.plain, or html.escape in st.html"
    assert used == set(ALLOWED), "no exception is left over"


def test_the_pages_show_texts_through_these_functions() -> None:
    assert sum(len(calls(path)) for path in FILES) > 100


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("st.warning('ours')", []),
        ("st.warning(message)", ["message"]),
        ("st.warning(f'no {plain(name)} in {len(names)} of {share:.1%}')", []),
        ("st.warning(f'no {name} in {many}')", ["name", "many"]),
        ("st.button('ours', help=f'about {name}')", ["name"]),
        ("text = plain(name)\nst.info(text)", []),
        ("text = name\nst.info(text)", ["name"]),
        ("def f(name):\n    st.info(name)", ["name"]),
        ("for name in names:\n    st.info(name)", ["name"]),
        ("st.html(', '.join(names))", ["names"]),
        ("st.html(', '.join(map(escape, names)))", []),
        ("st.html(', '.join(f'<b>{escape(name)}</b>' for name in names))", []),
        ("st.html('<b>' + str(name))", ["str(name)"]),
        ("column.markdown(run.name)", ["run.name"]),
        ("st.markdown(WORDS)", []),
    ],
)
def test_what_counts_as_foreign(tmp_path: Path, source: str, parts: list[str]) -> None:
    path = tmp_path / "page.py"
    path.write_text(source)
    assert [part for _, part in shown(path)] == parts
