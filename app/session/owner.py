"""Whether this visit has shown the secret of whoever runs the server."""

from __future__ import annotations

import hmac

import streamlit as st

_SHOWN = "status_token"


def is_known(secret: str) -> bool:
    """Whether this visit has shown the secret that holds now.

    Args:
        secret: the secret of this server.
    """
    return st.session_state.get(_SHOWN) == secret


def show(said: str, secret: str) -> bool:
    """Notes that this visit has shown the secret, if what it said is that; returns whether it is.

    Args:
        said: what was typed.
        secret: the secret of this server.
    """
    if not hmac.compare_digest(said.strip().encode(), secret.encode()):
        return False
    st.session_state[_SHOWN] = secret
    return True
