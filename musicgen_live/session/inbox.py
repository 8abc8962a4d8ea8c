"""The inbox of a session: requests from other threads, and wake-ups."""

from __future__ import annotations

import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Imported for typing only: the player process is started before these are loaded.
    from musicgen_live.config.parameters import Change
    from musicgen_live.interfaces.events import Refused

    Request = Change | Refused


class Inbox:
    """Requests in the order in which they were put, the request to quit, which overtakes them, and wake-ups."""

    def __init__(self) -> None:
        self._requests: SimpleQueue[Request | None] = SimpleQueue()
        self._quits = threading.Event()

    def put(self, request: Request) -> None:
        """Add a request; from any thread."""
        self._requests.put(request)

    def wake(self) -> None:
        """End a wait, because the player has reported something; from any thread."""
        self._requests.put(None)

    def quit(self) -> None:
        """Request the end, ahead of all other requests; from any thread."""
        self._quits.set()
        self.wake()

    @property
    def quits(self) -> bool:
        """True once the end was requested."""
        return self._quits.is_set()

    def take(self, timeout_s: float = 0.0) -> list[Request]:
        """Return the requests that are there, waiting for the first one, or for a wake-up, at most `timeout_s`."""
        found: list[Request | None] = []
        with suppress(Empty):
            found.append(self._requests.get(timeout=timeout_s) if timeout_s > 0 else self._requests.get_nowait())
            while True:
                found.append(self._requests.get_nowait())
        return [request for request in found if request is not None]
