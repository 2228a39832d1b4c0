"""A still picture on its card: the title, a hint, the chart, and buttons that save it as CSV, PNG or SVG."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui.component import component

SAVING = '<div class="live still"></div>'
"""The element that holds the buttons by which a picture is saved."""


def picture(
    title: str, hint: str, figure: dict[str, Any], name: str, csv: str, file: str, light: dict[str, Any] | None = None
) -> None:
    """Draws a card.

    Args:
        title: the title of the picture.
        hint: what to look for, in a line.
        figure: the figure, for Plotly.
        name: the name of its elements: no other picture of the page has it.
        csv: its data.
        file: what they are saved as.
        light: the figure for a white background, if the one that is shown is not; it is saved.
    """
    with st.container(border=True, key=f"card_{name}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
            st.subheader(title, anchor=False, width="content")
            with st.container(horizontal=True, width="content", gap="xsmall"):
                about = f"The data of this picture: {title}"
                st.download_button("CSV", csv, file, "text/csv", key=f"csv_{name}", on_click="ignore", help=about)
                saved = {"title": title, "hint": hint, "figure": light or figure, "file": file.removesuffix(".csv")}
                component("still", SAVING)(key=f"save_{name}", data=saved, width="content")
        st.caption(hint)
        words = f"Chart: {title}. Its numbers are in the CSV."
        st.plotly_chart(figure, key=f"chart_{name}", config={"displayModeBar": False}, alt=words)
