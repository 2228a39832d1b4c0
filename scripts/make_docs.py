"""Writes the generated parts of the documentation: ``make docs``.

    .venv/bin/python scripts/make_docs.py [--check]

A generated part stands in a Markdown file between two comments, ``<!-- generated: NAME -->`` and ``<!-- end -->``. The
function that ``PARTS`` names for it makes it from the code that it describes. With ``--check`` nothing is written, and
the exit status is 1 if a file would change.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
os.environ.pop("IPCORE_METHODS", None)  # the methods of the project, not those of whoever runs this

from ipcore.claims.claims import CLAIMS  # noqa: E402
from ipcore.claims.results import Cell  # noqa: E402
from ipcore.claims.results import read as read_claims  # noqa: E402
from ipcore.config import CHOICES, METHODS, SETTINGS, SWEEP_TOTALS, TOTALS, RunConfig  # noqa: E402
from ipcore.datasets import DATASETS  # noqa: E402
from ipcore.methods import get, names  # noqa: E402
from ipcore.recordings.importing import LIMITS, Limits  # noqa: E402
from ipcore.recordings.reference import reference, sections  # noqa: E402
from ipcore.worker import commands as worker_commands  # noqa: E402

PART = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
SOURCES = ("app", "ipcore", "pages", "benchmarks", "scripts", "tests")
"""Folders that hold Python."""
SERVED = ("app", "ipcore", "pages")
"""Folders with the Python code of the dashboard and of the commands."""


def documents() -> list[Path]:
    """Every Markdown file of the documentation: those in the root folder and those in docs/."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


# -- Markdown ---------------------------------------------------------------------------------------------------------


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def prose(text: str) -> str:
    """A docstring as one line of Markdown, without line breaks, Sphinx roles and double backticks."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", " ".join(text.split()))
    return text.replace("``", "`")


def first_sentence(text: str) -> str:
    """The first sentence of a docstring, without its full stop."""
    return re.split(r"(?<=[.;]) |\.$", prose(text.split("\n\n")[0]), maxsplit=1)[0].rstrip(".;")


def number(value: float) -> str:
    """A number with commas between thousands; it has an exponent only if it is at least 10^10."""
    if value >= 1e10:
        return f"{value:.3g}".replace("e+", "e")
    return f"{value:,.6f}".rstrip("0").rstrip(".")


# -- the folders and their layers -------------------------------------------------------------------------------------

BESIDE = {
    "tests": "The same rooms as above, and helpers/ with what tests share",
    "benchmarks": "What is timed, against what",
    "scripts": "make_docs.py, take_pictures.py, record_claims.py and build_mnist_5k.py",
    "docs": "The documentation and its pictures",
}
"""What the folders contain that have no docstring of a package to say so."""
WITHIN_APP = {
    "recordings": "What a first visit shows: default race, measurement and sweep, the claims and their runs",
    "static": "JavaScript, style sheets and fonts, served as they are",
}


def folder_tree() -> str:
    """Every folder and what it contains; for a package that is the first sentence of its docstring."""
    lines = []
    for top in ("app", "ipcore", "pages"):
        lines.append((f"{top}/", _docstring_of(ROOT / top)))
        rooms = {path.parent.name: _docstring_of(path.parent) for path in (ROOT / top).glob("*/__init__.py")}
        rooms |= WITHIN_APP if top == "app" else {}
        lines += [(f"  {name}/", said) for name, said in sorted(rooms.items())]
    lines += [(f"{name}/", said) for name, said in BESIDE.items() if (ROOT / name).is_dir()]
    return "```text\n" + "".join(f"{name:<16}{said}\n" for name, said in lines) + "```\n"


def _docstring_of(package: Path) -> str:
    source = (package / "__init__.py").read_text("utf-8")
    return first_sentence(ast.get_docstring(ast.parse(source)) or "").replace("`", "")


def layers() -> str:
    """The layers of import-linter's contracts, one contract a line: a layer may import only those to its right."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    lines = [" -> ".join(contract["layers"]) for contract in contracts if contract["type"] == "layers"]
    return "```text\n" + "\n".join(_wrapped(lines)) + "\n```\n"


def _wrapped(lines: Iterable[str], width: int = 112) -> Iterator[str]:
    for line in lines:
        while len(line) > width:
            head, _, _ = line[:width].rpartition(" -> ")
            yield head
            line = "    " + line[len(head) + 1 :]
        yield line


# -- settings ---------------------------------------------------------------------------------------------------------

TOTALS_IN_WORDS = {
    "parameters": "trained numbers of a race, over all replicas and methods",
    "work": "multiply-adds of a race, over all steps, replicas and methods",
    "sweep_networks": "networks of a sweep",
    "sweep_work": "multiply-adds of a sweep, over all its networks",
}


def settings() -> str:
    """Every field of RunConfig: its default, its bounds and what it does."""
    fresh = RunConfig()
    rows = [
        ["`dataset`", fresh.dataset, "", "", "One of the data sets below."],
        ["`methods`", ",".join(fresh.methods), "", "", f"One or more of {', '.join(METHODS)}."],
    ]
    for name, each in SETTINGS.items():
        rows.append([f"`{name}`", number(each.default), number(each.low), number(each.high), each.help])
    for name, choice in CHOICES.items():
        rows.append([f"`{name}`", choice.default, "", "", f"One of {', '.join(choice.options)}. {choice.help}"])
    return table(("setting", "default", "from", "to", "meaning"), rows)


def totals() -> str:
    """The limits on a whole race and a whole sweep."""
    rows = [[f"`{name}`", number(most), TOTALS_IN_WORDS[name]] for name, most in (TOTALS | SWEEP_TOTALS).items()]
    return table(("total", "at most", "what is counted"), rows)


def datasets() -> str:
    """Every data set: its examples and where it comes from."""
    rows = [
        [f"`{name}`", each.label, f"{each.features:,}", str(each.classes), f"{each.train:,}, {each.test:,}", each.kind]
        for name, each in DATASETS.items()
    ]
    return table(("name", "data set", "numbers per example", "classes", "train, test", "comes"), rows)


def import_limits() -> str:
    """The limits on a recording that is imported."""
    rows = [
        [f"`{name}`", number(getattr(LIMITS, name)), re.split(r"[.:;]|, which", prose(said))[0]]
        for name, said in _arguments(Limits)
    ]
    return table(("limit", "at most", "what is counted"), rows)


def _arguments(described: type) -> Iterator[tuple[str, str]]:
    """The names and texts in the section ``Args`` of a docstring."""
    _, _, section = inspect.cleandoc(described.__doc__ or "").partition("Args:\n")
    yield from re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)


# -- methods ----------------------------------------------------------------------------------------------------------


def methods() -> str:
    """A table of every method, and its formulas, from its record."""
    rows = []
    for each in map(get, names()):
        trained = ", ".join(("weights", *each.backprop))
        rows.append(
            [f"`{each.name}`", each.label, each.description, trained, str(each.least_batch), prose(each.source)]
        )
    heads = ("name", "in words", "who sets gain and bias", "trained by backprop", "smallest minibatch", "source")
    formulas = [
        f"**{each.label[0].upper()}{each.label[1:]}**\n\n" + "\n\n".join(f"$${line}$$" for line in each.formula)
        for each in map(get, names())
        if each.formula
    ]
    return "\n\n".join([table(heads, rows).rstrip(), *formulas]) + "\n"


# -- environment variables --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variable:
    """An environment variable, as the code describes it.

    Args:
        name: the name of the variable.
        meaning: what it is for, from the docstring.
        default: what is used if it is not set.
        module: the file that defines it, relative to the project.
    """

    name: str
    meaning: str
    default: str
    module: str


def variables() -> list[Variable]:
    """Every constant ``…_VARIABLE`` of the project, which names an environment variable, and its docstring.

    Raises:
        ValueError: if such a constant has no docstring with the word "Default:".
    """
    found = []
    for path in sources():
        source = path.read_text("utf-8")
        body = ast.parse(source).body if "_VARIABLE = " in source else []
        for constant, after in itertools.pairwise([*body, None]):
            name = _name_of_variable(constant)
            if name is None:
                continue
            meaning, found_default, default = prose(_text_of(after)).partition(" Default: ")
            where = path.relative_to(ROOT).as_posix()
            if not found_default:
                raise ValueError(f"{where}: the docstring of {name} must say what it means, and its default")
            found.append(Variable(name, meaning, default.rstrip("."), where))
    return sorted(found, key=lambda variable: variable.name)


def sources() -> list[Path]:
    """Every Python file of the project."""
    return [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]


def _name_of_variable(statement: ast.stmt | None) -> str | None:
    if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1):
        return None
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Name) and target.id.endswith("_VARIABLE") and isinstance(value, ast.Constant):
        return str(value.value)
    return None


def _text_of(statement: ast.stmt | None) -> str:
    """The text of a statement that consists of a text only, as a docstring does; else an empty text."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return str(statement.value.value)
    return ""


def environment(served: bool) -> str:
    """A table of the variables that the dashboard and the commands read, or that only tests and scripts read."""
    rows = [
        [f"`{each.name}`", each.meaning, each.default, f"`{each.module}`"]
        for each in variables()
        if each.module.startswith(SERVED) == served
    ]
    return table(("variable", "meaning", "default", "stated in"), rows)


# -- the claims -------------------------------------------------------------------------------------------------------


def claims() -> str:
    """What the paper's abstract claims, what the thesis's adds, what is ours, and what cannot be compared."""
    rows = [
        (each.id, each.paper, each.thesis or "–", each.ours, each.cannot_compare or "–") for each in CLAIMS.values()
    ]
    heads = ("claim", "the paper's abstract, in our words", "the thesis's abstract adds", "ours", "cannot be compared")
    return table(heads, rows)


CLAIMS_RESULT = ROOT / "app" / "recordings" / "claims" / "result.json"
"""The result of the claims that comes with the project."""


def claims_result() -> str:
    """The verdicts of the result that comes with the project, their conditions, and the accuracies behind them."""
    if not CLAIMS_RESULT.exists():
        return "No result is stored yet.\n"
    result = read_claims(CLAIMS_RESULT)
    asked, found = result.settings, result.findings
    seeds = f"{asked.seeds} seeds, {asked.first_seed} to {asked.first_seed + asked.seeds - 1}"
    said = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    kind = ", with --quick" if asked.quick else ""
    parts = [
        f"{asked.networks:,} networks on {asked.dataset}, width {asked.width}, {asked.steps} steps, {seeds}{kind}; "
        f"versions: {said}.\n",
        table(
            ("claim", "verdict", "what carries it"),
            [
                (f"{name}: {CLAIMS[name].title}", f"{each.verdict} ({each.counted()})", each.summary)
                for name, each in found.items()
            ],
        ),
    ]
    for name, each in found.items():
        parts.append(f"### {name}: {CLAIMS[name].title}\n")
        rows = [(at.where + ("" if at.decides else " (beside)"), at.verdict, at.words or "–") for at in each.conditions]
        parts.append(table(("place", "verdict", "found"), rows))
    parts += ["### Accuracies\n", "Mean test accuracy over seeds; ± half the 95 % interval (Student's t).\n"]
    return "\n".join([*parts, *_accuracies(result.cells)])


def _accuracies(cells: Iterable[Cell]) -> Iterator[str]:
    """A table for each start, depth and batch size, with a row for each method and a column for each rate."""
    places: dict[tuple[str, int, int], dict[str, dict[float, str]]] = {}
    for cell in cells:
        place = places.setdefault((cell.start, cell.depth, cell.batch_size), {})
        half = "" if cell.high is None or cell.mean is None else f" ± {cell.high - cell.mean:.3f}"
        text = "–" if cell.mean is None else f"{cell.mean:.3f}{half}"
        place.setdefault(cell.method, {})[cell.learning_rate] = text
    for (start, depth, batch_size), methods in places.items():
        rates = sorted({rate for row in methods.values() for rate in row})
        head = f"start {start}, {depth} layers, batch size {batch_size}"
        rows = [(method, *(row.get(rate, "–") for rate in rates)) for method, row in methods.items()]
        yield table((head, *(f"{rate:g}" for rate in rates)), rows)


# -- commands and events ----------------------------------------------------------------------------------------------


def commands() -> str:
    """The reference of the commands to a worker."""
    return sections(worker_commands, worker_commands.COMMANDS)


def events() -> str:
    """The reference of all events. Its headings are one level lower, because it is a part of a document."""
    return re.sub(r"^#", "##", reference(), flags=re.MULTILINE)


PARTS: dict[str, Callable[[], str]] = {
    "tree": folder_tree,
    "layers": layers,
    "settings": settings,
    "totals": totals,
    "datasets": datasets,
    "import-limits": import_limits,
    "environment": lambda: environment(served=True),
    "environment-tests": lambda: environment(served=False),
    "methods": methods,
    "claims": claims,
    "claims-result": claims_result,
    "commands": commands,
    "events": events,
}
"""Each part by its name, and the function that writes it."""


def renewed(text: str) -> str:
    """A document in which each generated part has been updated.

    Raises:
        ValueError: if it has a part for which there is no function.
    """

    def write(part: re.Match[str]) -> str:
        name = part["name"]
        if name not in PARTS:
            raise ValueError(f"no generated part is called {name}; there are {', '.join(PARTS)}")
        return f"{part[1]}{PARTS[name]()}{part[3]}"

    return PART.sub(write, text)


def main(arguments: list[str] | None = None) -> int:
    """Updates every generated part, or only says which files would change, and returns the exit status."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--check", action="store_true", help="write nothing; exit status 1 if a file would change")
    given = options.parse_args(arguments)
    changed = []
    for path in documents():
        text = path.read_text("utf-8")
        new = renewed(text)
        if new != text:
            changed.append(path)
            if not given.check:
                path.write_text(new, "utf-8")
    for path in changed:
        print(f"{path.relative_to(ROOT)} {'is out of date: run make docs' if given.check else 'written'}")
    return 1 if changed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
