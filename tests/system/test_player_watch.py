"""The player process, killed or frozen at random moments, with an independent receiver on JACK."""

from __future__ import annotations

import itertools
import os
import random
import signal
from pathlib import Path

import pytest

from musicgen_live.cli.diagnosis import try_real_time
from musicgen_live.config.settings import Settings
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from musicgen_live.session.play import render
from tests.support.jack import JackServer, Receiver, sounding_after
from tests.support.playing import SILENCE, ends_released, note_messages, note_ons_of, player_of, playing

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
        # Sounding notes are also released one by one, for receivers that do not know the two messages above.
        held = {pitch for _, pitch in sounding_after(messages[:taken_over])}
        releases = itertools.takewhile(lambda message: message[0] == NOTE_OFF, messages[taken_over + 2 :])
        assert held <= {message[1] for message in releases}
        assert receiver.sounding() == set()
    assert "Another one goes on in its place." in out
    assert "Done: " in out
    assert ends_released(tmp_path / "take.mid")


def test_the_take_continues_at_the_undelayed_position(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack) as receiver, playing(jack, tmp_path, *FLAGS, "--steps", "60") as process:
        for _ in range(2):
            receiver.wait_for(len(receiver.messages()) + 15)
            os.kill(player_of(process), signal.SIGKILL)
            receiver.wait_for(len(receiver.messages()) + 1)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    settings = Settings(model=str(tmp_path / "toy-carried.safetensors"), steps=60, tempo=300)
    render(settings, 5, tmp_path / "whole.mid", print)
    whole, killed = (note_ons_of(tmp_path / name) for name in ("whole.mid", "take.mid"))
    # The notes that were not dropped while there was no player are at their planned ticks.
    assert killed == [note for note in whole if note in set(killed)]
    assert killed[0] == whole[0]
    assert len(killed) > 10
    assert ends_released(tmp_path / "take.mid")


def test_a_player_killed_at_random_moments_leaves_no_note_on(jack: JackServer, tmp_path: Path) -> None:
    """The take is whole."""
    rng = random.Random(3)
    flags = ("--port", "stranger", "--seed", "5", "--tempo", "600", "--out", "take.mid", "--steps", "100000")
    with Receiver(jack) as receiver, playing(jack, tmp_path, *flags) as process:
        for number in range(1, 11):
            receiver.wait_for(len(receiver.messages()) + rng.randint(3, 20))
            os.kill(player_of(process), signal.SIGKILL)
            # This is the file of the dead player.
            assert ends_released(tmp_path / "take.mid")
            receiver.wait_until_sent(SILENCE[0], number)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
        assert receiver.sounding() == set()
    assert out.count("Another one goes on in its place.") == 10
    assert ends_released(tmp_path / "take.mid")
    # The file has the received notes, except one chord per killed player, which was sent or recorded only.
    recorded = [m for m in note_messages(tmp_path / "take.mid") if m[0] == NOTE_ON]
    received = [m for m in receiver.messages() if m[0] == NOTE_ON]
    assert abs(len(received) - len(recorded)) <= 10 * 3
