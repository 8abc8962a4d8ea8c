"""Serves the page of a take in a thread of its own, and is an observer: called with an event, it only queues it."""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from musicgen_live.config.files import reason_of as reason_of_os
from musicgen_live.config.user_config import TAKES_FOLDER
from musicgen_live.config.user_folder import takes_path
from musicgen_live.errors import PortError
from musicgen_live.interfaces.events import Event, Refused, UserMessage
from musicgen_live.interfaces.web.address import Address, reachable_host, url_host
from musicgen_live.interfaces.web.files import PageFiles
from musicgen_live.interfaces.web.hub import Hub
from musicgen_live.interfaces.web.requests import MOST_MESSAGE_BYTES
from musicgen_live.interfaces.web.session import PageSession
from musicgen_live.midi.takes.index import TakeIndex

TOKEN_BYTES = 16
MAX_CONNECTIONS = 64
MOST_HEADER_BYTES = 16_384
LAST_EVENTS_S = 1.0
"""The time in which pages take the last events, when the take is over."""


class WebServer:
    """Serves the page from the moment it is made; its libraries are imported in its thread, while others work."""

    def __init__(
        self,
        session: PageSession,
        address: Address,
        sounds: Sequence[Path] = (),
        *,
        takes: Path = TAKES_FOLDER,
        now_s: Callable[[], float] = time.monotonic,
        reason_of: Callable[[Exception], str] = str,
    ) -> None:
        """Listen at an address, at a free port for port 0; PortError if it is not available.

        The server's thread calls `session` with what pages ask for, and refuses in its name if it fails itself. `now_s`
        dates the events. `sounds` are the files that the page may load to sound, `takes` is the folder of new takes.
        `reason_of` gives the text of any error that a message causes.
        """
        self._session = session
        self._now_s = now_s
        self._reason_of = reason_of
        self._sounds = sounds
        self._token = secrets.token_hex(TOKEN_BYTES)
        instruments = sorted(path.stem for path in sounds if path.suffix == ".json")
        self._socket = _listening_socket(address)
        self.address: Address = self._socket.getsockname()[:2]
        self._loop = asyncio.new_event_loop()
        self._is_closing = asyncio.Event()
        self._hub = Hub(self._loop, session, now_s, instruments, reason_of)
        index = TakeIndex(takes_path(), lambda text: self._hub.publish(UserMessage(text)))
        self._files = PageFiles(index, takes, session.steer)
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of the page. Its token, after the #, is not sent with requests and stands in no log."""
        host, port = self.address
        return f"http://{url_host(reachable_host(host))}:{port}/#{self._token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Take an event for all pages."""
        self._files.handle(event)
        self._hub.publish(event)

    def close(self) -> None:
        """Send the last events and stop; a second call does nothing.

        It takes up to two seconds, or ten while a model is trained, which first writes a checkpoint.
        """
        with suppress(RuntimeError):
            # The loop is closed if the server has failed.
            self._loop.call_soon_threadsafe(self._is_closing.set)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._serve_until_closed())
        except Exception as error:
            self._session.refuse(Refused("web", f"The page is gone, and the music goes on. {self._reason_of(error)}"))
        finally:
            self._loop.close()

    async def _serve_until_closed(self) -> None:
        import uvicorn

        from musicgen_live.interfaces.web.api import Api
        from musicgen_live.interfaces.web.app import make_app
        from musicgen_live.interfaces.web.training import Trainer

        api = Api(self._token, self._reason_of, self._now_s)
        trainer = Trainer()
        config = uvicorn.Config(
            make_app(self._hub, self._token, self._sounds, api, self._files, trainer),
            ws="websockets-sansio",
            ws_max_size=MOST_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            http="h11",
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        serving = self._loop.create_task(server.serve([self._socket]))
        closing = self._loop.create_task(self._is_closing.wait())
        await asyncio.wait((serving, closing), return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        stopping = asyncio.create_task(asyncio.to_thread(trainer.close))
        self._hub.stop()
        with suppress(TimeoutError):
            # A page that takes no more must not keep the program from its end.
            async with asyncio.timeout(LAST_EVENTS_S):
                await self._hub.wait_until_left()
        server.should_exit = True
        await serving
        await stopping
        for connection in server.server_state.connections:
            # That of a page that reads nothing, not even that it was closed.
            connection.transport.abort()
        await asyncio.sleep(0)


def _listening_socket(address: Address) -> socket.socket:
    """Return a socket that listens; PortError if the address is not available."""
    host, port = address
    try:
        family, kind, protocol, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise PortError(_unavailable(address, error, "write an address of this machine, or leave it out")) from error
    try:
        if sys.platform != "win32":
            # The port of a take that ended a moment ago; on Windows this would let two programs share a port.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(found)
        listening.listen()
    except OSError as error:
        listening.close()
        raise PortError(_unavailable(address, error, "choose another port, or write --web alone")) from error
    return listening


def _unavailable(address: Address, error: OSError | UnicodeError, advice: str) -> str:
    reason = reason_of_os(error) if isinstance(error, OSError) else str(error)
    return f"The page cannot be served at {address[0]}:{address[1]} ({reason}); {advice}"
