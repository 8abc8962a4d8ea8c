"""Answers requests for JSON: with the token alone, bounded in rate and size, and never twice at a time.

What takes the time of a file runs in one other thread, so that neither pages nor music wait for it.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from musicgen_live.errors import MusicgenError
from musicgen_live.interfaces.web.allowance import Allowance
from musicgen_live.midi.file_reader import MOST_BYTES

REQUESTS_PER_S, BURST = 30, 90
"""The requests of all pages together; a folder of files is sent one file after the other."""

Answer = dict[str, Any] | bytes
Handler = Callable[[dict[str, str], bytes], Answer]
"""Gets the parameters of path and query, and the body; returns JSON, or the bytes of a MIDI file. Runs in a thread."""


class TooLargeError(Exception):
    """A body has more bytes than are read."""


class Api:
    """Makes routes whose handlers are plain functions."""

    def __init__(self, token: str, reason_of: Callable[[Exception], str], now_s: Callable[[], float]) -> None:
        """`reason_of` gives the text of an error that is no `MusicgenError`."""
        self._token = f"Bearer {token}".encode()
        self._reason_of = reason_of
        self._allowance = Allowance(REQUESTS_PER_S, BURST, now_s)
        self._one_at_a_time = asyncio.Lock()

    def route(self, method: str, path: str, handler: Handler) -> Route:
        """Return the route of a handler."""

        async def answer(request: Request) -> Response:
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            try:
                body = await _body(request)
            except TooLargeError:
                return _error(f"A file has more than {MOST_BYTES / 1e6:g} MB, which are not read.", 413)
            except ClientDisconnect:
                return Response(status_code=400)
            parameters = {**request.query_params, **{name: str(text) for name, text in request.path_params.items()}}
            async with self._one_at_a_time:
                return await asyncio.to_thread(self._handled, handler, parameters, body)

        return Route(path, answer, methods=[method])

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to a request without the token, or one too many; None to go on."""
        given = request.headers.get("authorization", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._token):
            return _error("This address is not the one of the take that plays now.", 401)
        return None if self._allowance.take() else _error("Too many requests; wait a moment.", 429)

    def _handled(self, handler: Handler, parameters: dict[str, str], body: bytes) -> Response:
        try:
            answer = handler(parameters, body)
        except MusicgenError as error:
            return _error(str(error), 422)
        except Exception as error:
            return _error(self._reason_of(error), 500)
        return Response(answer, media_type="audio/midi") if isinstance(answer, bytes) else JSONResponse(answer)


def _error(reason: str, status: int) -> Response:
    return JSONResponse({"error": reason}, status)


async def _body(request: Request) -> bytes:
    """Return the body of a request; TooLargeError before more than `MOST_BYTES` of it are kept."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)
