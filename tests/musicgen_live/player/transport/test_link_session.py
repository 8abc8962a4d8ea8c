"""Two peers of an Ableton Link session on this machine: ours and a stranger's."""

from __future__ import annotations

import itertools
import sys
import time
from queue import SimpleQueue

import pytest

from musicgen_live.errors import SyncError
from musicgen_live.player.transport.link_session import LinkSession
from tests.support.jack import wait_until
from tests.support.link_peer import Stranger

States = SimpleQueue[tuple[float, float, float, bool]]


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
