"""The Ableton Link session of this network, looked at again and again. Knows aalink, and nothing of music or MIDI."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from musicgen_live.errors import SyncError

LOOK_EVERY_S = 0.02

HOW_TO_INSTALL = "pip install '.[link]' in a clone of the repository, with uv: uv sync --extra link"

Seen = Callable[[float, float, float, bool], None]
"""Called with `time.monotonic()`, the session's beat then, its tempo, and whether it plays."""


class LinkSession:
    """A peer in the session, in a thread of its own, until closed."""

    def __init__(self, tempo: float, seen: Seen) -> None:
        """`tempo` is the session's if nobody else is in it. SyncError if the library is not installed."""
        try:
            import aalink
        except ImportError as error:
            raise SyncError(f"Ableton Link needs the library aalink ({error}). Type: {HOW_TO_INSTALL}") from error
        self._make_peer = aalink.Link
        self._tempo = tempo
        self._seen = seen
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
            self._loop.run_until_complete(self._look())
        finally:
            self._loop.close()

    async def _look(self) -> None:
        # Made here: a peer belongs to the loop that runs.
        peer = self._make_peer(self._tempo)
        peer.start_stop_sync_enabled = True
        peer.enabled = True
        while not self._left.is_set():
            at_s = time.monotonic()
            self._seen(at_s, peer.beat, peer.tempo, peer.playing)
            await asyncio.sleep(LOOK_EVERY_S)
        peer.enabled = False
