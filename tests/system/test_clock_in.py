"""Strangers' clocks followed over JACK: `jack_midi_clock` and JACK's transport, a clock in Python, Ableton Link."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import mido
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.music.notes import PPQ
from musicgen_live.session.play import render
from tests.support.clock_senders import CLOCK_PORT, Sender, Transport
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.playing import ends_released, player_of, playing

pytestmark = pytest.mark.midi

FLAGS = ("--port", "stranger", "--sync", "clock", "--seed", "5", "--out", "take.mid")


@pytest.fixture
def plan(tmp_path: Path) -> list[tuple[int, int]]:
    """Tick and pitch of every note of the music that is played below."""
    from tests.support.models import toy_model

    settings = Settings(model=str(toy_model(tmp_path)), steps=200)
    render(settings, 5, tmp_path / "plan.mid", lambda _: None)
    return strikes_of(tmp_path / "plan.mid")


def strikes_of(path: Path) -> list[tuple[int, int]]:
    found, tick = [], 0
    for message in mido.MidiFile(path).tracks[1]:
        tick += message.time
        if message.type == "note_on":
            found.append((tick, message.note))
    return found


def from_tick(plan: list[tuple[int, int]], tick: int, count: int) -> list[int]:
    """The pitches of the music from a tick on."""
    return [pitch for at_tick, pitch in plan if at_tick >= tick][:count]


def struck(receiver: Receiver, after: int = 0) -> list[int]:
    """The pitches struck at the receiver, after so many messages."""
    return [message[1] for message in receiver.messages()[after:] if message[0] == 0x90]


def onsets_s(receiver: Receiver, after: int = 0) -> list[float]:
    """When something was struck; chords are one onset."""
    found: list[float] = []
    for received in receiver.received[after:]:
        if received.message[0] == 0x90 and (not found or received.at_s - found[-1] > 0.03):
            found.append(received.at_s)
    return found


def steps_s(receiver: Receiver) -> list[float]:
    """The time from each onset to the next."""
    return [later_s - at_s for at_s, later_s in itertools.pairwise(onsets_s(receiver))]


def latest_step_s(receiver: Receiver) -> float:
    return statistics.median(steps_s(receiver)[-8:] or [0.0])


def wait_for_strikes(receiver: Receiver, count: int, after: int = 0) -> None:
    wait_until(lambda: len(struck(receiver, after)) >= count, f"{count} notes; there are {struck(receiver, after)}")


def wait_for_silence(receiver: Receiver) -> None:
    """Wait until nothing has come for half a second, and find nothing sounding."""
    wait_until(
        lambda: not receiver.received or time.monotonic() - receiver.received[-1].at_s > 0.5, "nothing to be sent"
    )
    assert receiver.sounding() == set()


def interrupted(process: subprocess.Popen[str]) -> str:
    """End `play` with Ctrl-C: what it said."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=40)
    assert (process.returncode, err) == (0, "")
    return out


@contextmanager
def following(jack: JackServer, folder: Path, *flags: str) -> Iterator[tuple[Receiver, subprocess.Popen[str]]]:
    """`play` that waits for a clock, and a receiver of what it plays."""
    with Receiver(jack) as receiver, playing(jack, folder, *FLAGS, *flags) as process:
        own_port = CLOCK_PORT if "--clock-port" not in flags else "musicgen-live clock:from"
        wait_until(lambda: any(port.startswith(own_port) for port in jack.ports()), "the clock's port")
        # Connected a moment after it is there.
        time.sleep(0.5)
        yield receiver, process


needs_jack_midi_clock = pytest.mark.skipif(
    not (shutil.which("jack_midi_clock") and shutil.which("jack_transport")),
    reason="no jack_midi_clock on this machine (Debian, Ubuntu: sudo apt install jack-midi-clock jack-tools)",
)


@needs_jack_midi_clock
def test_play_and_stop_of_a_stranger(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    with following(jack, tmp_path) as (receiver, process), Transport(jack, 150) as transport:
        wait_until(lambda: "jack_midi_clock:mclk_out" in jack.ports(), "the stranger's port")
        time.sleep(1)
        assert receiver.received == []
        transport.does("locate 0", "play")
        wait_for_strikes(receiver, 20)
        transport.does("stop")
        wait_for_silence(receiver)
        first = struck(receiver)
        assert first == from_tick(plan, 0, len(first))
        # Eighths at 150 BPM: 200 ms. Loose, since the server's own clock stands still on a busy machine.
        assert statistics.median(steps_s(receiver)) == pytest.approx(0.2, rel=0.05)
        heard = len(receiver.received)
        # JACK locates in its next cycle; played sooner, it goes on where it was.
        transport.does("locate 0")
        time.sleep(0.5)
        transport.does("play")
        wait_for_strikes(receiver, 6, heard)
        again = struck(receiver, heard)
        assert again == first[: len(again)]
        transport.does("stop")
        wait_for_silence(receiver)
        out = interrupted(process)
    assert out.count("Stopped at bar") == 2
    strikes = strikes_of(tmp_path / "take.mid")
    assert [pitch for _, pitch in strikes] == struck(receiver)
    # The second time begins on a bar line of the take.
    assert strikes[len(first)][0] % 1920 == 0
    assert ends_released(tmp_path / "take.mid")
    tempos = [mido.tempo2bpm(m.tempo) for m in mido.MidiFile(tmp_path / "take.mid").tracks[0] if m.type == "set_tempo"]
    assert statistics.median(tempos) == pytest.approx(150, rel=0.05)


@needs_jack_midi_clock
def test_locate_of_a_stranger(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    with following(jack, tmp_path) as (receiver, process), Transport(jack, 120) as transport:
        wait_until(lambda: "jack_midi_clock:mclk_out" in jack.ports(), "the stranger's port")
        # Song positions are sent only where someone says which bar a frame is in. At 120 BPM, 48 kHz, a bar is 96,000.
        transport.does("master", "tempo 120", f"locate {4 * 96_000}")
        time.sleep(1)
        transport.does("play")
        wait_for_strikes(receiver, 8)
        transport.does("stop")
        wait_for_silence(receiver)
        heard = struck(receiver)
        interrupted(process)
    # Bar 5, wherever in its first beat the stranger said continue.
    tick = next(tick for tick, pitch in plan if tick >= 4 * 1920 and heard == from_tick(plan, tick, len(heard)))
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
        wait_for_strikes(receiver, 5)
        sender.does("stop")
        wait_for_silence(receiver)
        first = struck(receiver)
        assert first == from_tick(plan, 8 * 1920, len(first))
        sender.does("continue")
        wait_for_strikes(receiver, len(first) + 3)
        sender.does("stop")
        wait_for_silence(receiver)
        # Nothing left out, nothing twice.
        assert struck(receiver) == from_tick(plan, 8 * 1920, len(struck(receiver)))
        heard = len(receiver.received)
        sender.does("start")
        wait_for_strikes(receiver, 5, heard)
        assert struck(receiver, heard) == from_tick(plan, 0, len(struck(receiver, heard)))
        out = interrupted(process)
    assert re.search(r"A clock of 1[45]\d BPM comes in", out)
    assert receiver.sounding() == set()
    assert [pitch for _, pitch in strikes_of(tmp_path / "take.mid")] == struck(receiver)


def test_a_server_whose_periods_are_nearly_as_long_as_pulses_changes_no_tempo(
    tmp_path: Path, plan: list[tuple[int, int]]
) -> None:
    # 10.7 ms to a period, 14.4 to a pulse: the pulses come 10.7 or 21.3 ms apart, as if some of 236 BPM were lost.
    with ExitStack() as stack:
        jack = stack.enter_context(JackServer(tmp_path / "jackd.log", period_frames=512))
        sender = stack.enter_context(Sender(jack, tempo=174))
        receiver, process = stack.enter_context(following(jack, tmp_path, "--clock-port", "drums"))
        sender.does("start")
        wait_for_strikes(receiver, 40)
        sender.does("stop")
        wait_for_silence(receiver)
        interrupted(process)
    assert struck(receiver) == from_tick(plan, 0, len(struck(receiver)))
    onsets = onsets_s(receiver)[8:]
    assert (onsets[-1] - onsets[0]) / (len(onsets) - 1) == pytest.approx(30 / 174, rel=0.05)


def test_a_clock_that_dies_is_held_for_a_bar_and_found_again(
    jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]
) -> None:
    with ExitStack() as stack:
        sender = stack.enter_context(Sender(jack))
        receiver, process = stack.enter_context(following(jack, tmp_path, "--clock-port", "drums"))
        sender.does("start")
        wait_for_strikes(receiver, 6)
        sender.kill()
        killed = len(struck(receiver))
        wait_for_silence(receiver)
        # A bar of 150 BPM lasts 1.6 s and has eight eighths: some went on, not many.
        assert len(set(onsets_s(receiver))) >= killed // 4 + 4
        sender = stack.enter_context(Sender(jack))
        time.sleep(2)
        heard = len(receiver.received)
        sender.does("start")
        wait_for_strikes(receiver, 4, heard)
        assert struck(receiver, heard) == from_tick(plan, 0, len(struck(receiver, heard)))
        out = interrupted(process)
    assert "The clock comes from drums:out: press play there." in out
    assert 'The clock\'s MIDI port "drums:out" is gone; it is listened to again as soon as it is back.' in out
    assert "The clock has been silent for a bar, so the notes are released" in out
    assert 'The clock\'s MIDI port "drums:out" is back.' in out


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "frozen"])
def test_another_player_follows_on(
    jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]], number: signal.Signals
) -> None:
    with ExitStack() as stack:
        sender = stack.enter_context(Sender(jack))
        receiver, process = stack.enter_context(following(jack, tmp_path, "--clock-port", "drums"))
        sender.does("start")
        wait_for_strikes(receiver, 10)
        os.kill(player_of(process), number)
        heard = len(receiver.received)
        wait_for_strikes(receiver, 10, heard)
        sender.does("stop")
        wait_for_silence(receiver)
        out = interrupted(process)
    assert "Another one goes on in its place." in out
    # What was played stands at its place in the take, which has bar 1 at its beginning.
    strikes = strikes_of(tmp_path / "take.mid")
    # A note that fell due while the players changed may be struck late, and stands where it was struck.
    assert all(any(pitch == planned and 0 <= tick - at < PPQ / 4 for at, planned in plan) for tick, pitch in strikes)
    assert len(set(strikes) - set(plan)) <= 2
    after = struck(receiver, heard)
    assert [pitch for _, pitch in strikes][-len(after) :] == after
    assert ends_released(tmp_path / "take.mid")


def test_a_count_in_is_heard_and_not_recorded(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    flags = ("--port", "stranger:channel=3,transpose=12", "--count-in", "1", "--meter", "3/4", "--tempo", "240")
    with (
        Receiver(jack) as receiver,
        playing(jack, tmp_path, *flags, "--seed", "5", "--steps", "8", "--out", "take.mid") as process,
    ):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    click = [bytes.fromhex("99 25 78"), bytes.fromhex("89 25 00")]
    soft = [bytes.fromhex("99 25 50"), bytes.fromhex("89 25 00")]
    assert receiver.messages()[:6] == [*click, *soft, *soft]
    assert receiver.messages()[6] == bytes((0x92, plan[0][1] + 12, 80))
    assert strikes_of(tmp_path / "take.mid")[0] == plan[0]
    assert "Done: 8 steps" in out


def test_a_count_in_starts_with_a_clock_that_runs(jack: JackServer, tmp_path: Path) -> None:
    with following(jack, tmp_path, "--count-in", "1") as (receiver, process), Sender(jack) as sender:
        jack.connect(sender.port, CLOCK_PORT)
        wait_for_strikes(receiver, 3)
        interrupted(process)
    clicks = [message for message in receiver.messages() if message[0] == 0x99]
    assert [message[2] for message in clicks] == [120, 80, 80, 80]


def test_a_link_session_is_followed(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    pytest.importorskip("aalink", reason="Ableton Link is not installed (uv sync --extra link)")
    from tests.support.link_peer import Stranger

    flags = ("--port", "stranger", "--sync", "link", "--seed", "5", "--out", "take.mid")
    with Stranger(150) as peer, Receiver(jack) as receiver:
        time.sleep(1)
        with playing(jack, tmp_path, *flags) as process:
            # Both peers know each other as soon as the music has the other's tempo.
            wait_until(lambda: latest_step_s(receiver) == pytest.approx(0.2, rel=0.05), "the session's tempo")
            peer.peer.playing = True
            # More than a bar: the session's word has come by then, and the music has begun again.
            wait_for_strikes(receiver, 24, len(receiver.received))
            peer.peer.playing = False
            wait_for_silence(receiver)
            heard = len(receiver.received)
            peer.peer.playing = True
            wait_for_strikes(receiver, 5, heard)
            out = interrupted(process)
    assert "Time comes from Ableton Link" in out
    assert "Stopped at bar" in out
    again = struck(receiver, heard)
    assert again == from_tick(plan, 0, len(again))


def test_a_clock_port_that_is_not_there_is_one_sentence(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack), playing(jack, tmp_path, *FLAGS, "--clock-port", "nosuch") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert 'MIDI input port is called "nosuch"' in err or "There is no MIDI input port here" in err
    assert err.count("\n") == 1
    assert list(tmp_path.rglob("*.mid")) == []
