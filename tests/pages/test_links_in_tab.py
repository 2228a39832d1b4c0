"""Links within the dashboard stay in the tab. Streamlit opens those in Markdown in another, so there is none there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from race_pages import MAIN, Races, checked
from serving import ROOT
from streamlit.testing.v1 import AppTest

from app.lessons.lesson import lessons

PAGES = [path.stem for path in sorted((ROOT / "pages").glob("*.py")) if path.stem not in ("__init__", "status")]
IN_MARKDOWN = re.compile(r"\]\(\s*<?([^)\s>]*)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


class Anchors(HTMLParser):
    """The anchors of HTML: their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attributes))


def leads_away(target: str) -> bool:
    """Whether an address leads out of the dashboard, or to a place on the same page."""
    return re.match(r"(https?:|mailto:|#)", target) is not None


def in_another_tab(page: AppTest) -> Iterator[str]:
    """The links within the dashboard that a page opens in another tab."""
    for each in [*page.markdown, *page.caption, *page.get("alert")]:
        found = each.value
        yield from (target for one, other in IN_MARKDOWN.findall(found) if not leads_away(target := one or other))
    for each in page.get("html"):
        for anchor in Anchors(each.proto.body).found:
            target = anchor.get("href") or ""
            if not leads_away(target) and anchor.get("target") not in (None, "_self"):
                yield target


def test_the_check_sees_a_link_in_markdown_and_one_with_a_target() -> None:
    def wrong() -> None:
        import streamlit as st

        st.markdown("[there](guide), [here](https://doi.org/x) and [this](#this)")
        st.html(
            '<a href="depth?x" target="_blank">a</a> <a href="neuron">b</a> <a href="https://x" target="_top">c</a>'
        )

    assert list(in_another_tab(AppTest.from_function(wrong).run())) == ["guide", "depth?x"]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_opens_a_page_of_ours_in_another_tab(races: Races, name: str) -> None:
    page = AppTest.from_file(MAIN, default_timeout=20)
    assert list(in_another_tab(checked(page.switch_page(f"../pages/{name}.py").run()))) == []


def test_nor_does_a_lesson() -> None:
    words = [text for each in lessons() for text in (each.question, each.happened, each.try_next)]
    targets = [one or other for text in words for one, other in IN_MARKDOWN.findall(text)]
    assert [target for target in targets if not leads_away(target)] == []
