"""Polls the Ableton Link session of this network. Knows aalink, and neither music nor MIDI."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from musicgen_live.errors import SyncError

POLL_EVERY_S = 0.02

HOW_TO_INSTALL = "pip install '.[link]' in a clone of the repository, with uv: uv sync --extra link"

OnState = Callable[[float, float, float, bool], None]
"""Gets `time.monotonic()`, the session's beat at that moment, its tempo, and the shared play state."""


class LinkSession:
    """A peer in the session, on a separate thread, until closed."""

    def __init__(self, tempo: float, on_state: OnState) -> None:
        """Join the session; if it has no other peer, it gets `tempo`. SyncError if the library is not installed."""
        try:
            import aalink
        except ImportError as error:
            raise SyncError(f"Ableton Link needs the library aalink ({error}). Type: {HOW_TO_INSTALL}") from error
        self._make_peer = aalink.Link
        self._tempo = tempo
        self._on_state = on_state
        self._loop = asyncio.new_event_loop()
        self._left = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the session. A second call does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._left.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._poll())
        finally:
            self._loop.close()

    async def _poll(self) -> None:
        # Made here, because a peer belongs to the running loop.
        peer = self._make_peer(self._tempo)
        peer.start_stop_sync_enabled = True
        peer.enabled = True
        while not self._left.is_set():
            at_s = time.monotonic()
            self._on_state(at_s, peer.beat, peer.tempo, peer.playing)
            await asyncio.sleep(POLL_EVERY_S)
        peer.enabled = False
