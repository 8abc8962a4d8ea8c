"""Keeps the open pages of a take: passes events on to them, and what they ask for on to the session. Knows no network.

All of it but `publish` runs in the thread of the web server.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from musicgen_live.config.files import read_regular, reason_of
from musicgen_live.errors import SettingsError, TakeError
from musicgen_live.interfaces.event_json import event_values
from musicgen_live.interfaces.events import Event, Kept, Refused
from musicgen_live.interfaces.remote_changes import RemoteChanges
from musicgen_live.interfaces.screen.state import ScreenState
from musicgen_live.interfaces.web.allowance import Allowance
from musicgen_live.interfaces.web.messages import EVENTS_AS_ONE, FileData, Pong, Ports, events_so_far, hello
from musicgen_live.interfaces.web.port_lists import output_ports
from musicgen_live.interfaces.web.requests import (
    CardsRequest,
    ChangeRequest,
    FileRequest,
    Ping,
    PlayedMessage,
    PortRequest,
    PortsRequest,
    parse_message,
)
from musicgen_live.interfaces.web.session import PageSession

MAX_PAGES = 16
MAX_WAITING = 512
"""The messages that wait for a page before it counts as too slow and is let go: about half a minute of music."""

MESSAGES_PER_S, BURST = 100, 200
"""A page may send so many messages in a second, and so many at once; a slider that is dragged sends 60 a second."""

MOST_FILE_BYTES = 2**20
"""Of a file of kept bars: 32 bars have a few kB."""

LATEST_PLAYED_S = 1.0
"""A message that is said to have been played earlier than this counts as played then: its clock cannot be right."""

_MAX_REASON_LENGTH = 400


class Page:
    """The messages that wait for one page, and the limit on its requests."""

    def __init__(self, number: int, now_s: Callable[[], float]) -> None:
        self.number = number
        self._waiting: deque[str] = deque()
        self._has_news = asyncio.Event()
        self._allowance = Allowance(MESSAGES_PER_S, BURST, now_s)
        self._is_over = False
        self._is_slow = asyncio.Event()

    def send(self, message: Any) -> None:  # noqa: ANN401 (any JSON)
        """Have a message sent; nothing waits for it."""
        if len(self._waiting) >= MAX_WAITING:
            self._is_slow.set()
        if not self._is_slow.is_set():
            self._waiting.append(json.dumps(message))
            self._has_news.set()

    def end(self) -> None:
        """Let what waits be the last."""
        self._is_over = True
        self._has_news.set()

    async def wait_until_slow(self) -> None:
        """Wait until the page has not taken what was sent, so that it has lost some."""
        await self._is_slow.wait()

    async def next_text(self) -> str | None:
        """Wait for the next message to send; None if there will be none."""
        while not self._waiting:
            if self._is_over:
                return None
            self._has_news.clear()
            await self._has_news.wait()
        return self._waiting.popleft()

    def may_send(self) -> bool:
        """Count a message from the page; return False if it sends too many."""
        return self._allowance.take()


class Hub:
    """The state of the take, made from its events, and the pages that show it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        session: PageSession,
        now_s: Callable[[], float],
        instruments: list[str],
        reason_of: Callable[[Exception], str],
    ) -> None:
        """Handle events in `loop`, which may begin to run later."""
        self._loop = loop
        self._session = session
        self._now_s = now_s
        self._instruments = instruments
        self._reason_of = reason_of
        self._state = ScreenState()
        self._remote_changes = RemoteChanges("from the page", now_s)
        self._kept: dict[str, Path] = {}
        """The files of kept bars by their names, the only files that a page can have."""
        self._pages: list[Page] = []
        self._page_numbers = itertools.count()
        self._awaiting_ports: list[Page] = []
        self._port_listing: asyncio.Task[None] | None = None
        self._has_left = asyncio.Event()

    def publish(self, event: Event) -> None:
        """Take an event, from any thread, and return at once."""
        with suppress(RuntimeError):
            # The loop is closed once the server has stopped.
            self._loop.call_soon_threadsafe(self._handle, event)

    def _handle(self, event: Event) -> None:
        self._state.handle(event)
        self._remote_changes.handle(event)
        if isinstance(event, Kept):
            self._kept[Path(event.path).name] = Path(event.path)
        self._send_to(self._pages, [event_values(event)])

    def stop(self) -> None:
        """Let what was published be the last for every page."""
        for page in self._pages:
            page.end()

    async def wait_until_left(self) -> None:
        """Wait until every page has what there was for it, and is gone."""
        while self._pages:
            self._has_left.clear()
            await self._has_left.wait()

    def _send_to(self, pages: list[Page], values: list[dict[str, Any]]) -> None:
        for first in range(0, len(values), EVENTS_AS_ONE):
            for page in pages:
                page.send(values[first : first + EVENTS_AS_ONE])

    def enter(self) -> Page | None:
        """Return a new page, which is sent the take so far; None if there are too many."""
        if len(self._pages) >= MAX_PAGES:
            return None
        page = Page(next(self._page_numbers), self._now_s)
        page.send([hello(self._state, self._instruments, list(self._kept))])
        self._send_to([page], [event_values(event) for event in events_so_far(self._state)])
        self._pages.append(page)
        return page

    def leave(self, page: Page) -> None:
        """Send nothing more to a page, and release what is held there."""
        self._pages.remove(page)
        self._session.release_played(page.number)
        self._has_left.set()

    def receive(self, page: Page, text: str) -> None:
        """Do what a message of a page asks for; tell the page alone what is wrong with it."""
        name = "page"
        try:
            message = parse_message(text)
            if isinstance(message, Ping):
                page.send([Pong(event="pong", ping=message.number, now_s=self._now_s())])
            elif isinstance(message, ChangeRequest):
                name = message.name[:60]
                if (change := self._remote_changes.parse(message.name, message.params)) is not None:
                    self._session.steer(change)
            elif isinstance(message, PlayedMessage):
                now_s = self._now_s()
                at_s = min(now_s, max(now_s - LATEST_PLAYED_S, message.at_s))
                self._session.receive_played(page.number, at_s, message.message)
            elif isinstance(message, PortsRequest):
                self._list_ports(page)
            elif isinstance(message, CardsRequest):
                page.send([self._session.cards()])
            elif isinstance(message, PortRequest):
                name = "port"
                self._session.choose_port(message.output, message.name)
            elif isinstance(message, FileRequest):
                page.send([FileData(event="file", name=message.name, data=self._kept_file(message.name))])
            else:
                self._session.quit()
        except Exception as error:
            page.send([event_values(Refused(name, self._reason_of(error)[:_MAX_REASON_LENGTH]))])

    def _list_ports(self, page: Page) -> None:
        """Have a page sent the names of the ports, once they are known; one list at a time is made for all pages."""
        self._awaiting_ports.append(page)
        if self._port_listing is None or self._port_listing.done():
            self._port_listing = self._loop.create_task(self._send_ports())

    async def _send_ports(self) -> None:
        names = await output_ports()
        pages, self._awaiting_ports = self._awaiting_ports, []
        for page in pages:
            page.send([Ports(event="ports", outputs=names)])

    def _kept_file(self, name: str) -> str:
        """Return the bytes of a file of kept bars in base 64; SettingsError if none of this name was kept."""
        if name not in self._kept:
            raise SettingsError(f"{name[:60]!r} is no file of kept bars of this take")
        try:
            return base64.b64encode(read_regular(self._kept[name], most_bytes=MOST_FILE_BYTES)).decode()
        except OSError as error:
            raise TakeError(f"{name} cannot be read ({reason_of(error)})") from error
