"""Another peer of an Ableton Link session, on a separate thread."""

from __future__ import annotations

import asyncio
import threading


class Stranger:
    """A peer with start and stop sync and bars of a length; tests set `peer.tempo` and `peer.playing`."""

    def __init__(self, tempo: float, bar_quarters: float = 4) -> None:
        self._tempo = tempo
        self._bar_quarters = bar_quarters
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._left = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._stay(),))

    async def _stay(self) -> None:
        import aalink

        self.peer = aalink.Link(self._tempo)
        self.peer.quantum = self._bar_quarters
        self.peer.start_stop_sync_enabled = True
        self.peer.enabled = True
        self._ready.set()
        await self._left.wait()
        self.peer.enabled = False

    def __enter__(self) -> Stranger:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._left.set)
        self._thread.join()
        self._loop.close()
