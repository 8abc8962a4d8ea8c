"""The player killed or frozen at random moments, heard by a stranger on JACK."""

from __future__ import annotations

import itertools
import os
import random
import signal
from pathlib import Path

import mido
import pytest

from musicgen_live.cli.diagnosis import try_real_time
from musicgen_live.config.settings import Settings
from musicgen_live.session.play import render
from tests.support.jack import JackServer, Receiver, sounding_after
from tests.support.playing import SILENCE, ends_released, note_messages, player_of, playing

pytestmark = pytest.mark.midi

FLAGS = ("--port", "stranger", "--seed", "5", "--tempo", "300", "--out", "take.mid")


@pytest.mark.skipif(not try_real_time(), reason="real-time priority is not granted to this user")
def test_the_player_has_real_time_priority(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack) as receiver, playing(jack, tmp_path, *FLAGS, "--steps", "200") as process:
        receiver.wait_for(1)
        assert os.sched_getscheduler(player_of(process)) == os.SCHED_FIFO
        assert os.sched_getscheduler(process.pid) == os.sched_getscheduler(0)


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "frozen"])
def test_another_player_takes_over_with_silence_first(jack: JackServer, tmp_path: Path, kill: signal.Signals) -> None:
    with Receiver(jack) as receiver, playing(jack, tmp_path, *FLAGS, "--steps", "60") as process:
        receiver.wait_for(8)
        os.kill(player_of(process), kill)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        messages = receiver.messages()
        taken_over = messages.index(SILENCE[0])
        assert messages[taken_over + 1] == SILENCE[1]
        # What sounded is released one by one as well, for receivers that do not know the two messages above.
        held = {pitch for _, pitch in sounding_after(messages[:taken_over])}
        releases = itertools.takewhile(lambda message: message[0] == 0x80, messages[taken_over + 2 :])
        assert held <= {message[1] for message in releases}
        assert receiver.sounding() == set()
    assert "Another one goes on in its place." in out
    assert "Done: 60 steps" in out
    assert ends_released(tmp_path / "take.mid")


def test_the_take_goes_on_where_the_music_would_have_been(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack) as receiver, playing(jack, tmp_path, *FLAGS, "--steps", "60") as process:
        for _ in range(2):
            receiver.wait_for(len(receiver.messages()) + 15)
            os.kill(player_of(process), signal.SIGKILL)
            receiver.wait_for(len(receiver.messages()) + 1)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    settings = Settings(model=str(tmp_path / "toy-carried.safetensors"), steps=60, tempo=300)
    render(settings, 5, tmp_path / "whole.mid", print)
    whole, killed = (strikes(tmp_path / name) for name in ("whole.mid", "take.mid"))
    # What was not left out while no player was there stands at its place.
    assert killed == [note for note in whole if note in set(killed)]
    assert killed[0] == whole[0]
    assert len(killed) > 10
    assert ends_released(tmp_path / "take.mid")


def strikes(path: Path) -> list[tuple[int, int]]:
    """Tick and pitch of every note of a take."""
    found, tick = [], 0
    for message in mido.MidiFile(path).tracks[1]:
        tick += message.time
        if message.type == "note_on":
            found.append((tick, message.note))
    return found


def test_killed_at_random_moments_nothing_sounds_on_and_the_take_is_whole(jack: JackServer, tmp_path: Path) -> None:
    chance = random.Random(3)
    flags = ("--port", "stranger", "--seed", "5", "--tempo", "600", "--out", "take.mid", "--steps", "100000")
    with Receiver(jack) as receiver, playing(jack, tmp_path, *flags) as process:
        for number in range(1, 11):
            receiver.wait_for(len(receiver.messages()) + chance.randint(3, 20))
            os.kill(player_of(process), signal.SIGKILL)
            # The file as the dead player left it.
            assert ends_released(tmp_path / "take.mid")
            receiver.wait_until_sent(SILENCE[0], number)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
        assert receiver.sounding() == set()
    assert out.count("Another one goes on in its place.") == 10
    assert ends_released(tmp_path / "take.mid")
    # The file has what was heard, but for the chord that was between the two when a player was killed.
    in_file = [m for m in note_messages(tmp_path / "take.mid") if m[0] == 0x90]
    heard = [m for m in receiver.messages() if m[0] == 0x90]
    assert abs(len(heard) - len(in_file)) <= 10 * 3
