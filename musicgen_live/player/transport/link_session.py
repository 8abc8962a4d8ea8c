"""Polls the Ableton Link session of this network. Knows aalink, and neither music nor MIDI."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from musicgen_live.errors import SyncError

POLL_EVERY_S = 0.02

READ_WITHIN_S = 0.001
"""A reading that took longer is left out: a busy machine interrupted it, so its moment is not known."""

HOW_TO_INSTALL = "pip install '.[link]' in a clone of the repository, with uv: uv sync --extra link"

OnState = Callable[[float, float, float, bool], None]
"""Gets `time.monotonic()`, the session's beat at that moment, in quarters, its tempo, and the shared play state."""


class LinkSession:
    """A peer in the session, on a separate thread, until closed."""

    def __init__(
        self, tempo: float, bar_quarters: float, on_state: OnState, *, beat_zero_s: float | None = None
    ) -> None:
        """Join the session; if it has no other peer, it gets `tempo`. SyncError if the library is not installed.

        The beats are counted so that multiples of `bar_quarters` are the session's bar lines. Peers agree on bar lines
        only if they agree on the length of a bar, which Link calls the quantum. `beat_zero_s` is the moment of a bar
        line, from which beats are counted until the session is joined.
        """
        try:
            import aalink
        except ImportError as error:
            raise SyncError(f"Ableton Link needs the library aalink ({error}). Type: {HOW_TO_INSTALL}") from error
        self._make_peer = aalink.Link
        self._tempo = tempo
        self._bar_quarters = bar_quarters
        self._beat_zero_s = beat_zero_s
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
        peer.quantum = self._bar_quarters
        peer.start_stop_sync_enabled = True
        peer.enabled = True
        if self._beat_zero_s is not None:
            # A request, unlike a command, moves nobody else's beats.
            peer.request_beat((time.monotonic() - self._beat_zero_s) * self._tempo / 60)
        while not self._left.is_set():
            at_s = time.monotonic()
            state = (peer.beat, peer.tempo, peer.playing)
            if time.monotonic() - at_s <= READ_WITHIN_S:
                self._on_state(at_s, *state)
            await asyncio.sleep(POLL_EVERY_S)
        peer.enabled = False
