"""The guide: it says what it must, and every link in it leads to a page."""

import ast
import re

import pytest
from race_pages import MAIN, checked
from serving import ROOT
from streamlit.testing.v1 import AppTest


@pytest.fixture
def page(races) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=20)
    page.switch_page("../pages/guide.py")
    return checked(page.run())


@pytest.fixture
def guide(page) -> str:
    return "\n".join(element.value for element in page.markdown)


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
    assert 300 < len(prose.split()) < 1000


def test_its_links_lead_to_pages(page):
    links = {each.proto.page for each in page.get("page_link")}
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert "claims" in links and links <= pages


def test_no_page_shows_a_comment():
    """Streamlit shows a text that stands alone in the script of a page."""
    for path in (ROOT / "pages").glob("*.py"):
        alone = [each for each in ast.parse(path.read_text("utf-8")).body[1:] if isinstance(each, ast.Expr)]
        assert not [each.lineno for each in alone if isinstance(each.value, ast.Constant)], path.name
