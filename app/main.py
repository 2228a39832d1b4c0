"""The dashboard's entry: page configuration and navigation, nothing else."""

import streamlit as st

st.set_page_config(page_title="Intrinsic plasticity", page_icon=":material/neurology:", layout="wide")
st.navigation([st.Page("../pages/live.py", title="Live race", icon=":material/monitoring:", default=True)]).run()
