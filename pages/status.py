"""The page Status: how the server is doing. Only for its owner, who knows the secret of IPCORE_STATUS_TOKEN."""

from __future__ import annotations

import time

import streamlit as st

from app.front import environment, status
from app.session import owner, server
from app.ui.markdown import plain
from app.ui.style import style

WRONG = 1.0  # seconds that a wrong secret costs
EVERY = 5.0  # seconds between two looks at the server


def is_owner() -> bool:
    """Whether this visit has shown the secret; if not, asks for it."""
    token = environment.status_token()
    if token is None:
        return False
    if owner.is_known(token):
        return True
    with st.form("secret", border=False, width=420):
        said = st.text_input("Secret of this server", type="password", max_chars=1000, autocomplete="current-password")
        sent = st.form_submit_button("Show the status")
    if sent and owner.show(said, token):
        st.rerun()
    if sent:
        time.sleep(WRONG)
        st.error("That is not the secret of this server. Whoever runs it has set it as IPCORE_STATUS_TOKEN.")
    return False


def section(title: str, facts: status.Facts) -> None:
    """Draws a few facts under a title."""
    st.subheader(title, anchor=False)
    rows = "".join(f"\n| {plain(name)} | {plain(value)} |" for name, value in facts.items())
    st.markdown(f"| What | Now |\n|---|---|{rows}")


@st.fragment(run_every=EVERY)
def now() -> None:
    """Draws the state of the server, again and again."""
    section("Visitors", status.visitors())
    section("Runs", status.runs(server.runs(), server.sweeps()))
    section("Store", status.store(server.saver()))
    section("Limits", status.bounds())
    st.subheader("Faults in the log", anchor=False)
    found = status.faults()
    if found:
        st.dataframe(found, hide_index=True)
    else:
        st.markdown("None since the server started.")


style("ui/page.css")
st.title("Status", anchor=False)
if is_owner():
    server.prepare()
    now()
