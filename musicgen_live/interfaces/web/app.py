"""The web application: the files of the page, the sounds of the instruments that ship, and the WebSocket."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from musicgen_live.interfaces.web.api import Api
from musicgen_live.interfaces.web.files import PageFiles
from musicgen_live.interfaces.web.guard import POLICY_VIOLATION, Guard
from musicgen_live.interfaces.web.hub import Hub, Page
from musicgen_live.interfaces.web.requests import token_of
from musicgen_live.interfaces.web.training import Trainer

STATIC = Path(__file__).resolve().parent / "static"

TOKEN_WAIT_S = 10.0
"""A WebSocket that has not sent its token by then is closed."""

WRONG_TOKEN, TOO_MANY_PAGES, TOO_MANY_MESSAGES, TOO_SLOW, TAKE_OVER = 4401, 4429, 4430, 4408, 4000
"""Codes with which a WebSocket is closed, which the page explains (RFC 6455, 7.4.2: from 4000 on, free to use)."""

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".ogg": "audio/ogg",
}


def make_app(hub: Hub, token: str, sounds: Sequence[Path], api: Api, files: PageFiles, trainer: Trainer) -> Guard:
    """Return the application; `sounds` are the files of the instruments, served by name below `/sound/`."""
    routes: list[BaseRoute] = [WebSocketRoute("/socket", PageSocket(hub, token).serve)]
    for path in sorted(STATIC.iterdir()):
        routes.append(_file_route("/" if path.name == "index.html" else f"/{path.name}", path))
    routes += [_file_route(f"/sound/{path.name}", path) for path in sounds]
    routes += [
        api.route("GET", "/api/takes", files.list_takes),
        api.route("GET", "/api/takes/{id}", files.show_take),
        api.route("POST", "/api/takes/{id}", files.change_take),
        api.route("POST", "/api/look", files.look),
        api.route("POST", "/api/continue", files.continue_from),
        api.route("GET", "/api/training", trainer.status),
        api.route("POST", "/api/training/file", trainer.add_file),
        api.route("POST", "/api/training/start", trainer.start),
        api.route("POST", "/api/training/stop", trainer.stop),
    ]
    return Guard(Starlette(routes=routes))


def _file_route(url: str, path: Path) -> Route:
    """Return the route of one file: no URL is ever turned into a path."""

    async def send_file(_request: Request) -> Response:
        return FileResponse(path, media_type=_TYPES[path.suffix])

    return Route(url, send_file)


class PageSocket:
    """The WebSocket of a page, from its token to its end."""

    def __init__(self, hub: Hub, token: str) -> None:
        self._hub = hub
        self._token = token.encode()

    async def serve(self, socket: WebSocket) -> None:
        """Serve a page until it goes, or until it is let go."""
        await socket.accept()
        try:
            async with asyncio.timeout(TOKEN_WAIT_S):
                token = token_of(await _receive_text(socket))
        except (TimeoutError, WebSocketDisconnect):
            await _close(socket, WRONG_TOKEN)
            return
        if not hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self._token):
            await _close(socket, WRONG_TOKEN)
            return
        page = self._hub.enter()
        if page is None:
            await _close(socket, TOO_MANY_PAGES)
            return
        try:
            await self._talk(socket, page)
        finally:
            self._hub.leave(page)

    async def _talk(self, socket: WebSocket, page: Page) -> None:
        """Send and receive until either ends or the page is too slow, then close."""
        work = (_send_all(socket, page), self._receive_all(socket, page), _wait_until_slow(page))
        done, pending = await asyncio.wait(map(asyncio.create_task, work), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        results = await asyncio.gather(*done, *pending, return_exceptions=True)
        codes = [result for result in results if isinstance(result, int)]
        if codes:
            await _close(socket, codes[0])

    async def _receive_all(self, socket: WebSocket, page: Page) -> int | None:
        """Receive until the page goes; return the code to close with if it sends too much."""
        while True:
            try:
                text = await _receive_text(socket)
            except WebSocketDisconnect:
                return None
            if not page.may_send():
                return TOO_MANY_MESSAGES
            self._hub.receive(page, text)


async def _send_all(socket: WebSocket, page: Page) -> int:
    """Send what there is for a page until there is no more; return the code to close with."""
    while (text := await page.next_text()) is not None:
        await socket.send_text(text)
    return TAKE_OVER


async def _wait_until_slow(page: Page) -> int:
    await page.wait_until_slow()
    return TOO_SLOW


async def _receive_text(socket: WebSocket) -> str:
    """Return the next message; for one of bytes, which the page never sends, WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect" or message.get("text") is None:
        raise WebSocketDisconnect(POLICY_VIOLATION)
    return str(message["text"])


async def _close(socket: WebSocket, code: int) -> None:
    """Close a WebSocket, which its page may have closed before."""
    try:
        await socket.close(code)
    except (RuntimeError, WebSocketDisconnect, OSError):
        return
