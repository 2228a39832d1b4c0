"""The content security policy of the pages: what a browser may load, run and send for them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_DIRECTIVES = {
    "default-src": "'self'",
    # Streamlit runs the scripts of components, which come with the page's data, from blob: addresses, and its protocol
    # computes with WebAssembly.
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    # Streamlit's and Plotly's styles are made in the browser.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}


def policy(html: str = "", host: str | None = None, frame_ancestors: Iterable[str] = ()) -> str:
    """The policy for an answer: everything comes from this server, and no script runs that a text smuggled in.

    Args:
        html: the page; its inline scripts may run, by their hashes.
        host: by which name the browser reached the server. Some browsers count a WebSocket of the same host as
            another site.
        frame_ancestors: further sites whose pages may show this one in a frame.
    """
    hashes = "".join(f" '{_hash(script)}'" for script in dict.fromkeys(_INLINE_SCRIPT.findall(html)))
    sockets = f" ws://{host} wss://{host}" if host else ""
    more = {"script-src": hashes, "connect-src": sockets}
    parts = [f"{name} {value}{more.get(name, '')}" for name, value in _DIRECTIVES.items()]
    return "; ".join([*parts, " ".join(["frame-ancestors", "'self'", *frame_ancestors])])


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
