"""Runs: every race that was made, kept: looked at again, compared, shared, exported."""

from html import escape

import streamlit as st

from app import saved_controls, saved_table, words
from app.saved_view import opened, together
from app.session import saved as session
from app.session import visitor
from ipcore.config import METHODS
from app.palette import LOOKS

STYLE = """<style>
.stMainBlockContainer { padding: 3.75rem 2rem 2rem; }
.stMainBlockContainer h1 { padding: 0; }
.runs-line { min-height: 1.6rem; font-variant-numeric: tabular-nums; }
.runs-line.trouble { color: light-dark(#b3261e, #ff8a80); }
.st-key-runs_said { min-height: 2.5rem; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.75rem 1rem 1rem; }
}
</style>"""
