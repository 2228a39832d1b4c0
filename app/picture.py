"""A still picture on its card: title, what to look for, the chart, its data as CSV."""

from __future__ import annotations

from typing import Any

import streamlit as st


def picture(title: str, hint: str, figure: dict[str, Any], name: str, csv: str, file: str) -> None:
    """Draws a card.

    Args:
        title: of the picture.
        hint: what to look for, in a line.
        figure: for Plotly.
        name: of its elements: no other picture of the page has it.
        csv: its data.
        file: what they are saved as.
    """
    with st.container(border=True, key=f"card_{name}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(title, anchor=False, width="content")
            about = f"The data of this picture: {title}"
            st.download_button("CSV", csv, file, "text/csv", key=f"csv_{name}", on_click="ignore", help=about)
        st.caption(hint)
        words = f"Chart: {title}. Its numbers are in the CSV."
        st.plotly_chart(figure, key=f"chart_{name}", config={"displayModeBar": False}, alt=words)
