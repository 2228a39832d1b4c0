"""The dashboard's entry: the server, and the script of every page: page configuration and navigation, nothing else."""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

# Started from another folder, Python does not find the packages beside this one, or finds others of an installation.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.front import environment, health, start, upkeep, widget_states
from app.front.delivery import Delivery
from app.front.frames import Frames
from app.front.headers import SafeHeaders
from app.front.hosts import KnownHosts
from app.front.opening import Opening
from app.front.room import Room
from app.front.uploads import Uploads
from app.session import present
from app.ui import markdown, served
from ipcore.config import limits
from ipcore.methods import registry

HERE = Path(__file__)
ICON = HERE.parent / "static" / "icon.svg"  # a file of ours: Streamlit fetches named icons from the network


def page() -> None:
    """Draws the page that a visitor is on."""
    st.set_page_config(page_title="Intrinsic plasticity", page_icon=str(ICON), layout="wide")
    try:
        limits()
        environment.check()
        start.check()
        registry.check()
        served.folder()
    except (ValueError, OSError) as error:
        markdown.error(f"This server is not set up correctly: {error}.")
        st.stop()
    pages = [
        st.Page("../pages/live.py", title="Watch networks learn", icon=":material/monitoring:", default=True),
        st.Page("../pages/lessons.py", title="Lessons", icon=":material/school:"),
        st.Page("../pages/claims.py", title="Claims", icon=":material/fact_check:"),
        st.Page("../pages/neuron.py", title="One neuron", icon=":material/blur_circular:"),
        st.Page("../pages/depth.py", title="Depth", icon=":material/layers:"),
        st.Page("../pages/robustness.py", title="Robustness", icon=":material/ssid_chart:"),
        st.Page("../pages/runs.py", title="Runs", icon=":material/inventory_2:"),
        st.Page("../pages/guide.py", title="Guide", icon=":material/menu_book:"),
    ]
    if environment.status_token():  # for the owner, who knows its address
        pages.append(st.Page("../pages/status.py", title="Status", visibility="hidden"))
    present.take()
    st.navigation(pages).run()
    present.offer()


# This file is both: `streamlit run` imports it for the server, which runs it again for each visitor.
if get_script_run_ctx(suppress_warning=True) is None:
    start.prepare()
    widget_states.guard()
    before = [  # the first is asked first
        Middleware(SafeHeaders),
        Middleware(KnownHosts),
        Middleware(Frames),
        Middleware(Room, free=upkeep.free),
        Middleware(Uploads),
        Middleware(Delivery),
        Middleware(Opening),
    ]
    app = st.App(HERE.resolve(), routes=[health.route], middleware=before, lifespan=upkeep.lifespan)
else:
    page()
