"""Headers that every answer carries: what its reader may do with it, and who may frame it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.front import environment, hosts
from app.front.policy import policy

POLICY = "content-security-policy"
FIXED = {
    "x-content-type-options": "nosniff",
    # A link to a run holds its id, which must not reach other sites.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def page_policy(scope: Scope, html: str = "") -> str:
    """The content security policy of an answer.

    Args:
        scope: the request.
        html: the page, if the answer is one.
    """
    host = Headers(scope=scope).get("host", "")
    return policy(html, host if hosts.name_of(host) else None, _frame_ancestors())


def _frame_ancestors() -> tuple[str, ...]:
    try:
        return environment.frame_ancestors()
    except ValueError:
        return ()  # the page itself says what is wrong


class SafeHeaders:
    """Middleware that adds these headers. An answer that has a policy of its own keeps it.

    Args:
        app: all that answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                for name, value in FIXED.items():
                    headers[name] = value
                headers.setdefault(POLICY, page_policy(scope))
                if not _frame_ancestors():
                    headers["x-frame-options"] = "SAMEORIGIN"  # for browsers that do not know frame-ancestors
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, send_with_headers)
