"""The files with which hosts install and start the dashboard: what pip chooses by them, and that they fit together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from package_index import PackageIndex
from serving import ROOT

from app.front import health

HOST = "https://download.pytorch.org"
FROM_THERE = ("torch", "torchvision")
CUDA = "nvidia-cublas==1.0"


def lines(name: str) -> list[str]:
    """What a file of requirements says, without comments."""
    text = (ROOT / name).read_text("utf-8")
    return [line for each in text.splitlines() if (line := re.sub(r"(^|\s)#.*", "", each).strip())]


def pins(name: str) -> dict[str, str]:
    """The packages that a file of requirements pins: name without extras -> version."""
    found = [line.partition("==") for line in lines(name) if "==" in line]
    return {package.partition("[")[0]: version for package, _, version in found}


def test_a_host_installs_the_same_versions_as_make_does() -> None:
    own = [line for line in lines("app/requirements.txt") if not line.startswith("--find-links ")]
    assert own == [line for line in lines("requirements.txt") if line != "-e ."]
    assert len(own) > 10


@pytest.fixture(scope="module")
def index() -> Iterator[PackageIndex]:
    """PyPI and PyTorch's index as they are, but for what is in the wheels: the second has other packages as well."""
    wanted = pins("requirements.txt")
    pypi = [(name, version, CUDA if name == "torch" else "") for name, version in wanted.items()]
    pytorch = [(name, f"{wanted[name]}+cpu", "") for name in FROM_THERE]
    old = [(name, "0.1", "") for name in ("filelock", "numpy", "pandas")]
    served = PackageIndex({"simple": [*pypi, ("nvidia-cublas", "1.0", "")], "whl/cpu": [*pytorch, *old]})
    yield served
    served.close()


def rewritten(name: str, index: PackageIndex, folder: Path) -> Path:
    """A file of requirements that names our index instead of PyTorch's, and does not install this project itself."""
    path = folder / "requirements.txt"
    path.write_text("\n".join(line for line in lines(name) if line != "-e .").replace(HOST, index.url))
    return path


def test_a_host_gets_torch_without_cuda_and_nothing_else_from_there(index: PackageIndex, tmp_path: Path) -> None:
    index.asked.clear()
    chosen = index.chosen(rewritten("app/requirements.txt", index, tmp_path))
    wanted = pins("requirements.txt")
    assert chosen == wanted | {name: f"{wanted[name]}+cpu" for name in FROM_THERE}
    asked = {path.split("/")[3] for path in index.asked if path.startswith("/whl/cpu/")}
    assert asked == set(FROM_THERE)


def test_the_file_of_this_machine_would_bring_cuda(index: PackageIndex, tmp_path: Path) -> None:
    """As the documentation says, and so that the test above can fail."""
    chosen = index.chosen(rewritten("requirements.txt", index, tmp_path))
    assert chosen == pins("requirements.txt") | {"nvidia-cublas": "1.0"}


def test_where_only_an_index_can_be_added_torch_comes_without_cuda(index: PackageIndex, tmp_path: Path) -> None:
    """Heroku hands one setting to pip: PIP_EXTRA_INDEX_URL."""
    path = rewritten("requirements.txt", index, tmp_path)
    wanted = pins("requirements.txt")
    chosen = index.chosen(path, PIP_EXTRA_INDEX_URL=f"{index.url}/whl/cpu")
    assert chosen == wanted | {name: f"{wanted[name]}+cpu" for name in FROM_THERE}


def test_the_container_holds_what_is_served_and_starts_it_as_other_hosts_do() -> None:
    made, kept = (ROOT / "Dockerfile").read_text("utf-8"), (ROOT / ".dockerignore").read_text("utf-8")
    copied = set(re.findall(r"^COPY (\S+) ", made, re.MULTILINE))
    assert copied == {"LICENSE", "app/requirements.txt", "app", "ipcore", "pages"}
    assert all((ROOT / name).exists() for name in copied)
    assert set(re.findall(r"^!(.+)$", kept, re.MULTILINE)) == {name.partition("/")[0] for name in copied}
    assert kept.index("\n*\n") < kept.index("!")
    command = (ROOT / "Procfile").read_text("utf-8").strip().removeprefix("web: ")
    assert made.strip().endswith(f'\nCMD ["sh", "-c", "exec {command}"]')
    assert health.PATH in made.partition("HEALTHCHECK")[2].partition("\n")[2].partition("\n")[0]
    assert "\nUSER plasticity\n" in made.partition("app.ui.served")[2], "root owns the files"


def test_the_documentation_of_hosts_names_what_the_files_say() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    (port,) = re.findall(r"^ENV PORT=(\d+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert f"\napp_port: {port}\n" in text and f"-p {port}:{port} " in text
    (needed,) = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    assert f'-r app/requirements.txt "{needed}"' in text
    assert f"PIP_EXTRA_INDEX_URL={HOST}/whl/cpu" in text
