"""Two peers of an Ableton Link session on this machine: ours and a stranger's."""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
import time
from queue import SimpleQueue

import pytest

from musicgen_live.errors import SyncError
from musicgen_live.player.transport.link_session import LinkSession
from tests.support.jack import wait_until

States = SimpleQueue[tuple[float, float, float, bool]]


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


def test_tempo_start_and_stop_of_another_peer_are_seen() -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    states: States = SimpleQueue()

    def seen(tempo: float, *, plays: bool) -> bool:
        while not states.empty():
            *_, now, now_plays = states.get()
            if now == pytest.approx(tempo, abs=0.01) and now_plays == plays:
                return True
        return False

    with Stranger(97) as stranger:
        # The older of two sessions is the one that lasts.
        time.sleep(1)
        session = LinkSession(140, lambda *state: states.put(state))
        try:
            # Whoever joins takes the tempo of the session.
            wait_until(lambda: seen(97, plays=False), "the tempo of the session")
            stranger.peer.tempo = 133
            stranger.peer.playing = True
            wait_until(lambda: seen(133, plays=True), "another tempo, and a start")
            stranger.peer.playing = False
            wait_until(lambda: seen(133, plays=False), "a stop")
        finally:
            session.close()
            session.close()


def test_beats_go_by_with_time() -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    states: States = SimpleQueue()
    session = LinkSession(120, lambda *state: states.put(state))
    wait_until(lambda: states.qsize() >= 10, "ten looks")
    session.close()
    looks = [states.get() for _ in range(10)]
    for (at_s, beat, tempo, _), (later_s, later_beat, *_) in itertools.pairwise(looks):
        # 30 ms: this machine may be busy between the look at the clock and that at the session.
        assert later_beat - beat == pytest.approx((later_s - at_s) * tempo / 60, abs=0.06)


def test_without_the_library_it_is_said_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aalink", None)
    with pytest.raises(SyncError, match=r"needs the library aalink .* Type: pip install '\.\[link\]'"):
        LinkSession(120, lambda *_: None)
