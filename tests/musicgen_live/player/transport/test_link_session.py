"""Two peers of an Ableton Link session on this machine: ours and an independent one."""

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
        # Of two sessions that join, the older one lasts.
        time.sleep(1)
        session = LinkSession(140, 4, lambda *state: states.put(state))
        try:
            # A peer that joins takes the tempo of the session.
            wait_until(lambda: seen(97, plays=False), "the tempo of the session")
            stranger.peer.tempo = 133
            stranger.peer.playing = True
            wait_until(lambda: seen(133, plays=True), "another tempo, and a start")
            stranger.peer.playing = False
            wait_until(lambda: seen(133, plays=False), "a stop")
        finally:
            session.close()
            session.close()


@pytest.mark.parametrize("bar_quarters", [3, 3.5, 5], ids=["3/4", "7/8", "5/4"])
def test_peers_agree_on_the_beats_of_a_bar(bar_quarters: float) -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    states: States = SimpleQueue()

    def agrees() -> bool:
        while not states.empty():
            states.get()
        at_s, beat, tempo, _ = states.get(timeout=10)
        phase: float = stranger.peer.phase - (time.monotonic() - at_s) * tempo / 60
        # 0.2 of a beat: this machine may be busy between the readings.
        return (beat - phase + 0.1) % bar_quarters < 0.2

    with Stranger(97, bar_quarters) as stranger:
        # The session is then at a beat that begins none of these bars.
        time.sleep(1.7)
        session = LinkSession(140, bar_quarters, lambda *state: states.put(state))
        try:
            wait_until(lambda: stranger.peer.num_peers == 1, "two peers")
            wait_until(agrees, "the same place in the bar")
            stranger.peer.tempo = 133
            wait_until(lambda: states.get(timeout=10)[2] == pytest.approx(133, abs=0.01), "another tempo")
            assert agrees()
        finally:
            session.close()


def test_beats_go_by_with_time() -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    states: States = SimpleQueue()
    session = LinkSession(120, 4, lambda *state: states.put(state))
    wait_until(lambda: states.qsize() >= 10, "ten states")
    session.close()
    first_states = [states.get() for _ in range(10)]
    for (at_s, beat, tempo, _), (later_s, later_beat, *_) in itertools.pairwise(first_states):
        # 30 ms: this machine may be busy between reading the clock and reading the session.
        assert later_beat - beat == pytest.approx((later_s - at_s) * tempo / 60, abs=0.06)


def test_a_peer_alone_goes_on_counting_from_a_bar_line() -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    states: States = SimpleQueue()
    # Five quarters ago was a bar line: it is the third beat of a bar of 3/4.
    session = LinkSession(120, 3, lambda *state: states.put(state), beat_zero_s=time.monotonic() - 2.5)
    at_s, beat, *_ = states.get(timeout=10)
    session.close()
    assert beat == pytest.approx(5 + (time.monotonic() - at_s) * 2, abs=0.2)


def test_without_the_library_the_error_shows_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aalink", None)
    with pytest.raises(SyncError, match=r"needs the library aalink .* Type: pip install '\.\[link\]'"):
        LinkSession(120, 4, lambda *_: None)
