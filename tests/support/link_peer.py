"""Another peer of an Ableton Link session, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading


class Stranger:
    """Another peer, in a thread of its own: plays at once and sets its tempo when told."""

    def __init__(self, tempo: float) -> None:
        self._tempo = tempo
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._left = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._stay(),))

    async def _stay(self) -> None:
        import aalink

        self.peer = aalink.Link(self._tempo)
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
