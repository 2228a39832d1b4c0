"""The presenter mode: charts fill the screen, for a talk. What it does is in app/static/present; here is its place.

A link asks for it with ``present=1``, or with names of charts such as ``present=loss,accuracy``.
"""

from __future__ import annotations

import streamlit as st

from app.ui.component import component

PARAMETER = "present"
"""The part of an address that asks for it."""
ELEMENT = '<div class="live present-place-on-page"></div>'
"""The element that holds the button."""
KEY = "present"
"""The key of the component."""
_ASKED = "present_asked"
LONGEST = 200
"""The most characters of names of charts in a link."""


def take() -> None:
    """Takes the request out of the address, before a page reads its settings there."""
    if PARAMETER in st.query_params:
        st.session_state[_ASKED] = st.query_params[PARAMETER][:LONGEST]
        del st.query_params[PARAMETER]


def offer() -> None:
    """Draws the button, on a page that may have charts; it shows itself only where there are some."""
    component("present", ELEMENT)(key=KEY, data={"asked": st.session_state.get(_ASKED)})
