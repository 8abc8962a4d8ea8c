"""Ableton Link sessions of another peer, followed over JACK."""

from __future__ import annotations

import itertools
import json
import socket
import time
from pathlib import Path

import pytest

from musicgen_live.midi.messages import NOTE_ON
from musicgen_live.music.notes import PPQ
from tests.support.following import (
    interrupt,
    latest_interval_s,
    pitches_from,
    pitches_received,
    wait_for_notes,
    wait_for_silence,
)
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.osc import packet
from tests.support.playing import ends_released, free_port, note_messages, playing

pytestmark = pytest.mark.midi


def test_a_link_session_is_followed(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    from tests.support.link_peer import Stranger

    flags = ("--port", "stranger", "--sync", "link", "--seed", "5", "--out", "take.mid")
    with Stranger(150) as peer, Receiver(jack) as receiver:
        time.sleep(1)
        with playing(jack, tmp_path, *flags) as process:
            # The peers are connected when the music has the other's tempo.
            wait_until(lambda: latest_interval_s(receiver) == pytest.approx(0.2, rel=0.05), "the session's tempo")
            peer.peer.playing = True
            # After more than a bar the start was received, and the music has restarted.
            wait_for_notes(receiver, 24, len(receiver.received))
            peer.peer.playing = False
            wait_for_silence(receiver)
            received = len(receiver.received)
            peer.peer.playing = True
            wait_for_notes(receiver, 5, received)
            out = interrupt(process)
    assert "Time comes from Ableton Link" in out
    assert "Stopped at bar" in out
    again = pitches_received(receiver, received)
    assert again == pitches_from(plan, 0, len(again))


@pytest.mark.parametrize(("meter", "bar_quarters"), [("3/4", 3), ("7/8", 3.5)])
def test_bar_1_begins_on_a_bar_line_of_the_session(
    jack: JackServer, tmp_path: Path, meter: str, bar_quarters: float
) -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    from tests.support.link_peer import Stranger

    with Stranger(140, bar_quarters) as peer:
        time.sleep(1)
        with playing(jack, tmp_path, "--sync", "link", "--meter", meter, "--json", "--out", "take.mid") as process:
            assert process.stdout is not None
            for line in process.stdout:
                place = json.loads(line)
                if place["event"] == "place" and place["runs"] and place["tick"] >= bar_quarters * PPQ:
                    break
            phase: float = peer.peer.phase - (time.monotonic() - place["at_s"]) * 140 / 60
    beat = place["tick"] / PPQ
    # 0.2 of a beat: this machine may be busy between the readings.
    assert (beat - phase + 0.1) % bar_quarters < 0.2


def test_changes_that_pour_in_leave_the_music_whole(jack: JackServer, tmp_path: Path) -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    values = {"/tempo": (90.0, 130.0), "/temperature": (0.8, 1.2), "/transpose": (-2, 2), "/velocity": (60, 90)}
    packets = [packet(address, value) for address, both in values.items() for value in both]
    port = free_port()
    flags = ("--port", "stranger", "--sync", "link", "--osc", str(port), "--out", "take.mid")
    with Receiver(jack) as receiver, playing(jack, tmp_path, *flags) as process:
        wait_for_notes(receiver, 8)
        received = len(receiver.received)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            begin_s = time.monotonic()
            for number in itertools.count():
                stranger.sendto(packets[number % len(packets)], ("127.0.0.1", port))
                ahead_s = begin_s + number / 20_000 - time.monotonic()
                if number >= 60_000:
                    break
                if ahead_s > 0.001:
                    time.sleep(ahead_s)
        during = len(pitches_received(receiver, received))
        wait_for_notes(receiver, during + 8, received)
        interrupt(process)
        assert during > 0
        assert receiver.sounding() == set()
    ons = [message[1] for message in note_messages(tmp_path / "take.mid") if message[0] == NOTE_ON]
    assert ons == pitches_received(receiver)
    assert ends_released(tmp_path / "take.mid")
