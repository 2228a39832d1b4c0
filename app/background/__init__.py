"""Races and sweeps that train in the background, their slots and queues; no Streamlit."""
