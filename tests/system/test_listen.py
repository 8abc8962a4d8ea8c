"""`play --listen` as a user starts it: its sound is that of the take, and the loss of it does not stop the music."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mido
import numpy as np
import pytest

from musicgen_live.sound.synthesizer import RATE_HZ, Frames
from tests.support.jack import wait_until
from tests.support.models import toy_model
from tests.support.playing import PLAY, child_pids, ends_released, note_ons_of, player_of, running
from tests.support.sound import first_frame, level, read_wav

pytestmark = [
    pytest.mark.usefixtures("no_jack"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc, which Linux alone has"),
]

TEMPO = 120


@contextmanager
def listening(folder: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """Run `play --listen` without any port, in a new process group."""
    toy = ("--preset", "classic", "--model", str(toy_model(folder)), "--tempo", str(TEMPO), "--out", "take.mid")
    with running([*PLAY, *toy, "--seed", "1", "--listen", *flags], None, folder) as process:
        yield process


def sound_of(process: subprocess.Popen[str]) -> int:
    """The process that sounds, once there is one."""
    player = player_of(process)
    wait_until(lambda: child_pids(player, b"musicgen_live.sound.process") != [], "a process that sounds")
    return child_pids(player, b"musicgen_live.sound.process")[0]


def has_notes(take: Path) -> bool:
    return take.is_file() and len(note_ons_of(take)) > 2


def rises_at(sound: Frames, frame: int) -> bool:
    """True if the sound gets louder within 12 ms, a buffer, around a frame."""
    buffer = round(0.012 * RATE_HZ)
    before, behind = sound[max(0, frame - 4 * buffer) : frame - buffer], sound[frame + buffer : frame + 4 * buffer]
    return level(np.diff(behind, axis=0)) > 1.2 * level(np.diff(before, axis=0))


def test_the_sound_is_that_of_the_take(tmp_path: Path) -> None:
    with listening(tmp_path, "--steps", "12", "--max-note", "0.25", "--listen-device", "sound.wav") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "It sounds on sound.wav.\n" in out
    sound, onsets = read_wav(tmp_path / "sound.wav"), sorted({tick for tick, _ in note_ons_of(tmp_path / "take.mid")})
    assert len(onsets) >= 6
    first = first_frame(sound, 0.003)
    seconds = [(tick - onsets[0]) / 480 * 60 / TEMPO for tick in onsets]
    assert [at_s for at_s in seconds[1:] if not rises_at(sound, first + round(at_s * RATE_HZ))] == []
    assert level(sound[-50:]) < 0.001
    assert np.abs(sound).max() < 1


def test_the_music_outlives_the_process_that_sounds(tmp_path: Path) -> None:
    with listening(tmp_path, "--steps", "40", "--listen-device", "null") as process:
        sound = sound_of(process)
        wait_until(lambda: has_notes(tmp_path / "take.mid"), "notes in the take")
        os.kill(sound, signal.SIGKILL)
        wait_until(lambda: sound_of(process) != sound, "another process that sounds")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "The sound has stopped (its process ended). The music goes on" in out + err
    assert ends_released(tmp_path / "take.mid")


def test_ctrl_c_ends_the_sound_too_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with listening(tmp_path, "--steps", "400", "--listen-device", "sound.wav") as process:
        sound = sound_of(process)
        wait_until(lambda: has_notes(tmp_path / "take.mid"), "notes in the take")
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert not Path(f"/proc/{sound}").exists()
    assert level(read_wav(tmp_path / "sound.wav")[-50:]) < 0.001


def test_the_sound_ends_with_a_player_and_a_session_that_are_killed(tmp_path: Path) -> None:
    with listening(tmp_path, "--steps", "400", "--listen-device", "sound.wav") as process:
        sound, player = sound_of(process), player_of(process)
        wait_until(lambda: has_notes(tmp_path / "take.mid"), "notes in the take")
        os.kill(process.pid, signal.SIGKILL)
        os.kill(player, signal.SIGKILL)
        wait_until(lambda: _has_ended(sound), "the end of the sound")
    assert level(read_wav(tmp_path / "sound.wav")[-50:]) < 0.001


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_replaced_player_sounds_again(tmp_path: Path) -> None:
    with listening(tmp_path, "--steps", "60", "--listen-device", "null") as process:
        player, sound = player_of(process), sound_of(process)
        wait_until(lambda: has_notes(tmp_path / "take.mid"), "notes in the take")
        os.kill(player, signal.SIGKILL)
        wait_until(lambda: player_of(process) != player, "another player")
        assert sound_of(process) != sound
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert ends_released(tmp_path / "take.mid")
    assert mido.MidiFile(tmp_path / "take.mid").length > 0


def test_without_a_device_it_is_told_before_anything_plays(tmp_path: Path) -> None:
    with listening(tmp_path, "--listen-device", "nosuch") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "sound device" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "take.mid").exists()
