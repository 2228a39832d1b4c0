"""The guide: it says what it must, and every link in it leads to settings that exist."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from race_pages import MAIN, checked
from streamlit.testing.v1 import AppTest

from app.depth import settings as depth_controls
from app.neuron import settings as neuron_controls
from app.race import settings as controls
from app.sweep import settings as sweep_controls


@pytest.fixture
def guide(races) -> str:
    page = AppTest.from_file(MAIN, default_timeout=20)
    page.switch_page("../pages/guide.py")
    return "\n".join(element.value for element in checked(page.run()).markdown)


def test_it_says_what_is_whose(guide):
    text = " ".join(guide.split())
    assert "derived here from the Infomax principle; the paper's own printed update may differ in form" in text
    assert "Ours:" in text and "the finding on multipliers" in text.replace("*", "")
    assert "usually between the median and the mean" in text
    assert "From starts that give the same potentials, the course of $u$ is the same for $x$ and for $a\\,x+c$" in text
    assert "was recorded when this project was made; a press of *Start* or *Measure* computes it anew" in text
    assert "10.1371/journal.pone.0238454" in text


def test_it_is_a_few_hundred_words(guide):
    prose = re.sub(r"\$\$.*?\$\$|\$.*?\$|\|.*\||\(.*?\)", " ", guide, flags=re.DOTALL)
    assert 300 < len(prose.split()) < 900


def test_it_says_that_a_neuron_has_to_be_played(guide):
    assert "on *Live race* press Start, on *One neuron* press Play" in " ".join(guide.split())


@pytest.mark.parametrize("claim", [f"C{number}" for number in range(1, 8)])
def test_every_claim_links_to_what_shows_it(guide, claim):
    (row,) = [line for line in guide.splitlines() if line.startswith(f"| {claim} |")]
    links = re.findall(r"\]\(([^)]+)\)", row)
    assert links, "no link"
    readers = {
        "./": controls.from_url, "depth": depth_controls.from_url, "neuron": neuron_controls.from_url,
        "robustness": sweep_controls.from_url,
    }  # fmt: skip
    for link in links:
        parts = urlsplit(link)
        found, notices = readers[parts.path](dict(parse_qsl(parts.query)))
        assert found and not notices, link
        if parts.path == "./":
            assert not controls.choose({**controls.DEFAULTS, **found}).problem
