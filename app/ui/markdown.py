"""Text from elsewhere in sentences that Streamlit renders as Markdown: links, names, files, error messages."""

from __future__ import annotations

import re

import streamlit as st

from app.ui.words import sentence

_JOINER = "\u2060"
"""WORD JOINER, a character without width. Where it stands, Streamlit sees no address, emoji or name of an icon."""
_MARKS = re.compile(r"([\\`*_\[\]<>&|~$]|:(?=\S))")
_AT_START = re.compile(r"^(?:[-+#=]|\d+(?=\.))")


def plain(text: str) -> str:
    """Markdown that shows a text as it is: nothing in it becomes an image, a link, a formula, an icon or a style.

    A backslash before a mark takes its meaning. Streamlit also makes links of bare addresses, and pictures of names
    between colons, after the backslashes are gone: an invisible character keeps these apart.

    Args:
        text: of any kind; line breaks become spaces.
    """
    line = _MARKS.sub(r"\\\1", " ".join(text.split()))
    line = _AT_START.sub(lambda found: found[0] + "\\" if found[0].isdigit() else "\\" + found[0], line)
    line = re.sub(r"([:@])(?=\S)", rf"\1{_JOINER}", line)
    return re.sub(r"(?i)(www)(?=\.)", rf"\1{_JOINER}", line)


def ignored_in_link(notices: list[str]) -> None:
    """Draws a warning that names the parts of the link that were ignored, if there are any.

    Args:
        notices: a sentence on each, without its full stop; it may repeat what the link says.
    """
    if notices:
        st.warning(plain(f"Ignored in the link: {'; '.join(notices)}."))


def error(text: str) -> None:
    """Draws a sentence on what went wrong."""
    st.error(plain(sentence(text)))
