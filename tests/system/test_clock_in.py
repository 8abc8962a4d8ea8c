"""MIDI clocks of other programs, followed over JACK: `jack_midi_clock` with JACK's transport, a clock in Python."""

from __future__ import annotations

import os
import re
import shutil
import signal
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

import mido
import pytest

from musicgen_live.music.notes import PPQ
from tests.support.clock_senders import CLOCK_PORT, Sender, Transport
from tests.support.following import (
    FLAGS,
    MOST_CUT_OFF,
    following,
    interrupt,
    intervals_s,
    onsets_s,
    pitches_from,
    pitches_received,
    recorded_counts,
    wait_for_notes,
    wait_for_silence,
)
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.playing import ends_released, note_ons_of, player_of, playing

pytestmark = pytest.mark.midi

needs_jack_midi_clock = pytest.mark.skipif(
    not (shutil.which("jack_midi_clock") and shutil.which("jack_transport")),
    reason="no jack_midi_clock on this machine (Debian, Ubuntu: sudo apt install jack-midi-clock jack-tools)",
)


@needs_jack_midi_clock
def test_play_and_stop_of_jack_midi_clock(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    with following(jack, tmp_path) as (receiver, process), Transport(jack, 150) as transport:
        wait_until(lambda: "jack_midi_clock:mclk_out" in jack.ports(), "the port of jack_midi_clock")
        time.sleep(1)
        assert receiver.received == []
        transport.does("locate 0", "play")
        wait_for_notes(receiver, 20)
        transport.does("stop")
        wait_for_silence(receiver)
        first = pitches_received(receiver)
        assert first == pitches_from(plan, 0, len(first))
        # Eighths at 150 BPM: 200 ms. Loose, since the server's own clock stands still on a busy machine.
        assert statistics.median(intervals_s(receiver)) == pytest.approx(0.2, rel=0.05)
        received = len(receiver.received)
        # JACK locates in its next cycle; started sooner, it continues at its former position.
        transport.does("locate 0")
        time.sleep(0.5)
        transport.does("play")
        wait_for_notes(receiver, 6, received)
        again = pitches_received(receiver, received)
        assert again == first[: len(again)]
        transport.does("stop")
        wait_for_silence(receiver)
        out = interrupt(process)
    assert out.count("Stopped at bar") == 2
    note_ons = note_ons_of(tmp_path / "take.mid")
    runs = (first, pitches_received(receiver, received))
    # The second start is on a bar line of the take.
    counts = recorded_counts([pitch for _, pitch in note_ons], runs)
    assert any(note_ons[first_count][0] % 1920 == 0 for first_count, _ in counts)
    assert ends_released(tmp_path / "take.mid")
    tempos = [mido.tempo2bpm(m.tempo) for m in mido.MidiFile(tmp_path / "take.mid").tracks[0] if m.type == "set_tempo"]
    assert statistics.median(tempos) == pytest.approx(150, rel=0.05)


@needs_jack_midi_clock
def test_locate_of_jack_midi_clock(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    with following(jack, tmp_path) as (receiver, process), Transport(jack, 120) as transport:
        wait_until(lambda: "jack_midi_clock:mclk_out" in jack.ports(), "the port of jack_midi_clock")
        # Song positions need a transport master that maps frames to bars. At 120 BPM, 48 kHz, a bar has 96,000 frames.
        transport.does("master", "tempo 120", f"locate {4 * 96_000}")
        time.sleep(1)
        transport.does("play")
        wait_for_notes(receiver, 8)
        transport.does("stop")
        wait_for_silence(receiver)
        pitches = pitches_received(receiver)
        interrupt(process)
    # Bar 5, at the position of the clock's continue in its first beats.
    tick = next(tick for tick, pitch in plan if tick >= 4 * 1920 and pitches == pitches_from(plan, tick, len(pitches)))
    assert tick in range(4 * 1920, 4 * 1920 + 2 * 480 + 1)


def test_a_song_position_continue_and_start_again(
    jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]
) -> None:
    with following(jack, tmp_path) as (receiver, process), Sender(jack) as sender:
        jack.connect(sender.port, CLOCK_PORT)
        # The clock runs; without a start nothing is played.
        time.sleep(1)
        assert receiver.received == []
        sender.does("position 128", "continue")
        wait_for_notes(receiver, 5)
        sender.does("stop")
        wait_for_silence(receiver)
        first, continued = pitches_received(receiver), len(receiver.received)
        assert first == pitches_from(plan, 8 * 1920, len(first))
        sender.does("continue")
        wait_for_notes(receiver, len(first) + 3)
        sender.does("stop")
        wait_for_silence(receiver)
        # No note is missing or doubled.
        assert pitches_received(receiver) == pitches_from(plan, 8 * 1920, len(pitches_received(receiver)))
        second, received = pitches_received(receiver, continued), len(receiver.received)
        sender.does("start")
        wait_for_notes(receiver, 5, received)
        again = pitches_received(receiver, received)
        assert again == pitches_from(plan, 0, len(again))
        out = interrupt(process)
    assert re.search(r"A clock of 1[45]\d BPM comes in", out)
    assert receiver.sounding() == set()
    take = [pitch for _, pitch in note_ons_of(tmp_path / "take.mid")]
    assert any(recorded_counts(take, (first, second, pitches_received(receiver, received))))


def test_server_periods_near_the_pulse_period_change_no_tempo(tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    # A period has 10.7 ms, a pulse 14.4: pulses arrive 10.7 or 21.3 ms apart, as if some of 236 BPM were lost.
    with ExitStack() as stack:
        jack = stack.enter_context(JackServer(tmp_path / "jackd.log", period_frames=512))
        sender = stack.enter_context(Sender(jack, tempo=174))
        receiver, process = stack.enter_context(following(jack, tmp_path, "--clock-port", "drums"))
        sender.does("start")
        wait_for_notes(receiver, 40)
        sender.does("stop")
        wait_for_silence(receiver)
        interrupt(process)
    assert pitches_received(receiver) == pitches_from(plan, 0, len(pitches_received(receiver)))
    onsets = onsets_s(receiver)[8:]
    assert (onsets[-1] - onsets[0]) / (len(onsets) - 1) == pytest.approx(30 / 174, rel=0.05)


def test_a_dead_clock_is_continued_for_a_bar_and_found_again(
    jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]
) -> None:
    with ExitStack() as stack:
        sender = stack.enter_context(Sender(jack))
        receiver, process = stack.enter_context(following(jack, tmp_path, "--clock-port", "drums"))
        sender.does("start")
        wait_for_notes(receiver, 6)
        sender.kill()
        killed = len(pitches_received(receiver))
        wait_for_silence(receiver)
        # A bar at 150 BPM lasts 1.6 s and has eight eighths: some of them follow, not many.
        assert len(set(onsets_s(receiver))) >= killed // 4 + 4
        sender = stack.enter_context(Sender(jack))
        time.sleep(2)
        received = len(receiver.received)
        sender.does("start")
        wait_for_notes(receiver, 4, received)
        again = pitches_received(receiver, received)
        assert again == pitches_from(plan, 0, len(again))
        out = interrupt(process)
    assert "The clock comes from drums:out: press play there." in out
    assert 'The clock\'s MIDI port "drums:out" is gone; it is listened to again as soon as it is back.' in out
    assert "The clock has been silent for a bar, so the notes are released" in out
    assert 'The clock\'s MIDI port "drums:out" is back.' in out


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "frozen"])
def test_a_new_player_follows_the_clock(
    jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]], number: signal.Signals
) -> None:
    with ExitStack() as stack:
        sender = stack.enter_context(Sender(jack))
        receiver, process = stack.enter_context(following(jack, tmp_path, "--clock-port", "drums"))
        sender.does("start")
        wait_for_notes(receiver, 10)
        os.kill(player_of(process), number)
        received = len(receiver.received)
        wait_for_notes(receiver, 10, received)
        sender.does("stop")
        wait_for_silence(receiver)
        out = interrupt(process)
    assert "Another one goes on in its place." in out
    # Notes are recorded at their planned ticks, from bar 1 on.
    note_ons = note_ons_of(tmp_path / "take.mid")
    # A note due while the players changed may be late, and is recorded late.
    assert all(any(pitch == planned and 0 <= tick - at < PPQ / 4 for at, planned in plan) for tick, pitch in note_ons)
    assert len(set(note_ons) - set(plan)) <= 2
    after = pitches_received(receiver, received)
    pitches = [pitch for _, pitch in note_ons]
    # The stop may have cut off the last of them as they began.
    assert any(pitches[-count:] == after[:count] for count in range(len(after) - MOST_CUT_OFF, len(after) + 1))
    assert ends_released(tmp_path / "take.mid")


def test_a_missing_clock_port_is_one_sentence(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack), playing(jack, tmp_path, *FLAGS, "--clock-port", "nosuch") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert 'MIDI input port is called "nosuch"' in err or "There is no MIDI input port here" in err
    assert err.count("\n") == 1
    assert list(tmp_path.rglob("*.mid")) == []
