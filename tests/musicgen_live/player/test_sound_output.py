"""The output that sounds, with its real process: what it writes, that it comes back, and that nothing waits for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.errors import SoundError
from musicgen_live.player.sound_output import SoundOutput
from musicgen_live.sound.synthesizer import RATE_HZ
from tests.support.jack import wait_until
from tests.support.playing import child_pids
from tests.support.sound import first_frame, level, read_wav

NOTE_ON, NOTE_OFF = bytes((0x90, 60, 100)), bytes((0x80, 60, 0))

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds its process in /proc, which Linux alone has")


@contextmanager
def sounding(options: SoundOptions, told: list[str]) -> Iterator[SoundOutput]:
    output = SoundOutput(options, told.append)
    try:
        output.await_ready()
        # A busy machine may need longer than the music waits.
        wait_until(lambda: output.plays, "the sound", 120)
        yield output
    finally:
        output.close()


def sound_pids() -> list[int]:
    return child_pids(os.getpid(), b"musicgen_live.sound.process")


def test_notes_sound_as_far_apart_as_they_were_sent_and_fade_at_the_end(tmp_path: Path) -> None:
    told: list[str] = []
    wav = tmp_path / "sound.wav"
    asked_s: list[float] = []

    def now_s() -> float:
        asked_s.append(time.monotonic())
        return asked_s[-1]

    output = SoundOutput(SoundOptions(device=str(wav)), told.append, now_s=now_s)
    output.await_ready()
    wait_until(lambda: output.plays, "the sound", 120)
    for _ in range(3):
        output.send(0, NOTE_ON)
        output.send(0, NOTE_OFF)
        wait_until(lambda: time.monotonic() > asked_s[-1] + 0.7, "0.7 s")
    output.send(0, NOTE_ON)
    output.close()
    moments_s = asked_s[:6:2]
    sound = read_wav(wav)
    first = first_frame(sound, 0.003)
    for moment_s in moments_s:
        frame = first + round((moment_s - moments_s[0]) * RATE_HZ)
        # Silence before, sound behind, within a buffer of 12 ms; the clock of the stream settles by then.
        assert level(sound[frame + 600 : frame + 2600]) > 10 * level(sound[max(0, frame - 2500) : frame - 600])
    assert level(sound[-100:]) < 0.001
    assert not sound_pids()
    assert told == []


def test_a_process_that_is_killed_is_told_and_replaced_and_nothing_waits() -> None:
    told: list[str] = []
    with sounding(SoundOptions(device="null"), told) as output:
        (killed,) = sound_pids()
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(told) == 1, "the news that it is gone")
        output.send(0, NOTE_ON)
        wait_until(lambda: len(told) == 2, "the news that it is back", 120)
        assert told == [
            "The sound has stopped (its process ended). The music goes on; the sound begins again as soon as it can.",
            "The sound is back.",
        ]
        assert sound_pids() not in ([], [killed])


def test_a_process_that_stands_still_is_replaced() -> None:
    told: list[str] = []
    with sounding(SoundOptions(device="null"), told) as output:
        (stopped,) = sound_pids()
        os.kill(stopped, signal.SIGSTOP)
        # Until its pipe is full: 64 kB. None of these calls waits for it.
        for _ in range(10_000):
            output.send(0, NOTE_ON)
            output.send(0, NOTE_OFF)
        wait_until(lambda: "The sound is back." in told, "the news that it is back", 120)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (SoundOptions(device="nosuch"), "sound device"),
        (SoundOptions(device="null", instrument="kazoo"), "there is no instrument 'kazoo'; there are .*piano"),
        (SoundOptions(device="null", soundfont="none.sf2"), "--soundfont is 'none.sf2', which cannot be read"),
    ],
)
def test_what_cannot_begin_is_refused(options: SoundOptions, reason: str) -> None:
    output = SoundOutput(options, lambda _: None)
    with pytest.raises(SoundError, match=reason):
        output.await_ready()
    output.close()
    assert not sound_pids()


def test_a_replaced_player_does_not_wait_and_programs_are_sent_again(tmp_path: Path) -> None:
    wav = tmp_path / "sound.wav"
    told: list[str] = []
    output = SoundOutput(SoundOptions(device=str(wav)), told.append, may_be_missing=True)
    output.send(0, bytes((0xB0, 7, 1)))
    output.await_ready()
    wait_until(lambda: wav.is_file() and wav.stat().st_size > 1000, "the file of the sound")
    output.send(0, NOTE_ON)
    wait_until(lambda: len(read_wav(wav)) > RATE_HZ // 4, "a quarter of a second of sound")
    output.close()
    # At volume 1 nothing is heard.
    assert np.abs(read_wav(wav)).max() < 0.001
    assert told == []


def test_messages_without_sound_are_left_out() -> None:
    told: list[str] = []
    with sounding(SoundOptions(device="null"), told) as output:
        for message in (b"\xf8", b"\xfa", b"\xf2\x00\x00"):
            output.send(-1, message)
    assert told == []
