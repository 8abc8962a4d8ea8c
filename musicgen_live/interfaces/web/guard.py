"""Refuses requests that come from elsewhere than our own page, and adds the headers that keep a page to itself.

Local web tools were broken through DNS rebinding and cross-site WebSockets again and again; hence the exact Host of
every request, and the exact Origin of every WebSocket and of every request that could change something.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from musicgen_live.interfaces.web.address import allowed_hosts

POLICY_VIOLATION = 1008
"""The code with which a WebSocket is closed that may not be opened (RFC 6455, 7.4.1)."""

_READING = ("GET", "HEAD")


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it comes from our page, and answer it by itself otherwise."""
        reason = _refusal(scope)
        if reason is None:
            await self._app(scope, receive, _with_headers(scope, send, _header(scope, b"host")[0]))
        elif scope["type"] == "websocket":
            # Before it is accepted, this is the answer 403.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": reason})
        else:
            await PlainTextResponse(reason, 403)(scope, receive, _with_headers(scope, send, None))


def _refusal(scope: Scope) -> str | None:
    """Return the reason why a request is refused; None if it is not."""
    hosts = _header(scope, b"host")
    if len(hosts) != 1 or hosts[0].lower() not in allowed_hosts(scope["server"]):
        return "The address of the page is not the one that musicgen-live has printed."
    if scope["type"] == "websocket" or scope["method"] not in _READING:
        origins = _header(scope, b"origin")
        if len(origins) != 1 or origins[0].lower() != f"http://{hosts[0].lower()}":
            return "Only the page of musicgen-live itself may do that."
    return None


def _header(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


def _with_headers(scope: Scope, send: Send, host: str | None) -> Send:
    """Return `send` with the headers of a page that loads, and is shown in, nothing but itself at `host`."""
    if scope["type"] != "http":
        return send
    # Older browsers do not take a WebSocket for one of 'self'.
    sockets = f" ws://{host}" if host else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        f"connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = [
        (b"content-security-policy", policy.encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cache-control", b"no-cache"),
    ]

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_with_headers
