"""Text from elsewhere is shown as it is, whatever Markdown it holds."""

import re

import pytest

from app.ui.markdown import plain

JOINER = "\u2060"


def shown(markdown: str) -> str:
    """What a reader sees of escaped text: without the backslashes and the invisible characters."""
    return re.sub(r"\\(.)", r"\1", markdown).replace(JOINER, "")


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://127.0.0.1:9/x.png)",
        "[press](javascript:alert(1))",
        "<img src=http://127.0.0.1:9/x.png>",
        "`code` **bold** _slanted_ ~~gone~~",
        "$x^2$ and \\alpha",
        ":red[text] :material/home: :smile:",
        "| a | b |",
        "- an item",
        "# a title",
        "1. first",
        "a:b @someone",
    ],
)
def test_the_text_is_kept_and_every_mark_is_escaped(text):
    markdown = plain(text)
    assert shown(markdown) == text
    assert not re.search(r"(?<!\\)[`*_\[\]<>&|~$]|(?<!\\):(?=\S)", markdown.replace("\\\\", ""))


def test_bare_addresses_are_broken_up_since_streamlit_makes_links_of_them_after_escapes_are_gone():
    """What its renderer looks for, as its JavaScript spells it, is not in the text without backslashes."""
    found = re.sub(r"\\(.)", r"\1", plain("http://a.b/x https://a.b WWW.a.b me@a.b :smile: :material/home:"))
    assert not re.search(r"(?i)https?://|www\.|\w@\w|:[\w/]+:", found)


def test_a_mark_at_the_start_makes_no_list_or_title():
    assert plain("- a") == "\\- a" and plain("# a") == "\\# a" and plain("12. a") == "12\\. a"


def test_text_stays_on_one_line():
    assert plain("one\n\n# two\n```\nthree") == "one # two \\`\\`\\` three"


def test_common_sentences_are_left_as_they_are():
    text = "depth must be a whole number from 1 to 50, not '900'; 'speed' is not a setting of this page."
    assert plain(text) == text
