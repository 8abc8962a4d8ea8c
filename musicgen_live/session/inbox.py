"""The inbox of a session: requests from other threads, and wake-ups."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Hashable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Imported for typing only: the player process is started before these are loaded.
    from musicgen_live.config.parameter import Change
    from musicgen_live.interfaces.events import PresetSaved, Refused
    from musicgen_live.player.commands import ChoosePort, Incoming, InputGone

    ForPlayer = Incoming | InputGone | ChoosePort
    Request = Change | Refused | PresetSaved | ForPlayer


class Inbox:
    """Requests, the request to quit, which overtakes them, and wake-ups.

    Of the waiting changes of a parameter only the latest is kept: a controller that sends thousands per second costs no
    more memory, and no more work, than one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[Hashable, Request] = {}
        self._wake_ups: SimpleQueue[None] = SimpleQueue()
        self._quits = False
        self._for_player = itertools.count()

    def put(self, change: Change) -> None:
        """Append a change, in place of an earlier one of the same parameter; from any thread."""
        # Presets and scenes may be saved under several names.
        self._add((change.name, change.value) if change.name in ("save", "store") else change.name, change)

    def put_event(self, event: Refused | PresetSaved) -> None:
        """Add an event that the session is to publish; from any thread."""
        self._add(event, event)

    def put_for_player(self, command: ForPlayer) -> None:
        """Append a command that a page of the browser has for the player; from any thread."""
        self._add(("player", next(self._for_player)), command)

    def _add(self, key: Hashable, request: Request) -> None:
        with self._lock:
            self._requests.pop(key, None)
            self._requests[key] = request
        self.wake()

    def wake(self) -> None:
        """End a wait, because the player has reported something; from any thread."""
        self._wake_ups.put(None)

    def quit(self) -> None:
        """Request the end, ahead of all other requests; from any thread or signal handler, as it takes no lock."""
        self._quits = True
        self.wake()

    @property
    def quits(self) -> bool:
        """True if the end was requested."""
        return self._quits

    def take(self, timeout_s: float = 0.0) -> list[Request]:
        """Return the waiting requests; without one, wait for it or for a wake-up, at most `timeout_s`."""
        with suppress(Empty):
            if timeout_s > 0:
                self._wake_ups.get(timeout=timeout_s)
            while True:
                self._wake_ups.get_nowait()
        with self._lock:
            requests, self._requests = self._requests, {}
        return list(requests.values())
