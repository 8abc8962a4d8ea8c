"""`play` as a user runs it, in a child process, with an independent receiver on JACK."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import mido
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.midi.messages import CONTROL_CHANGE
from musicgen_live.session.play import render
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.playing import LAST_MESSAGE, note_messages, note_ons_of, playing

pytestmark = pytest.mark.midi


def music_of(path: Path) -> list[list[Any]]:
    """Return the events of each track but its name and texts, which say the flags of its command."""
    return [
        [event for event in track if event.type not in ("text", "track_name")] for track in mido.MidiFile(path).tracks
    ]


def test_a_take_arrives_whole_and_its_file_equals_renders(jack: JackServer, tmp_path: Path) -> None:
    with (
        Receiver(jack) as receiver,
        playing(
            jack, tmp_path, "--port", "stranger", "--steps", "24", "--tempo", "600", "--seed", "5", "--out", "take.mid"
        ) as process,
    ):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        receiver.wait_for(len(note_messages(tmp_path / "take.mid")) + 1)
    assert "MIDI goes to stranger:in" in out
    assert f"Done: {len(note_ons_of(tmp_path / 'take.mid'))} notes" in out
    played = [message for message in receiver.messages() if message[0] != CONTROL_CHANGE]
    assert played == note_messages(tmp_path / "take.mid"), (out, receiver.messages())
    settings = Settings(model=str(tmp_path / "toy-carried.safetensors"), steps=24, tempo=600)
    render(settings, 5, tmp_path / "rendered.mid", print)
    assert music_of(tmp_path / "take.mid") == music_of(tmp_path / "rendered.mid")


def test_without_a_port_named_one_is_made(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack) as receiver, playing(jack, tmp_path, "--seed", "5") as process:
        jack.connect("musicgen-live:musicgen-live", receiver.port)
        receiver.wait_for(4)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=40)
    assert (process.returncode, err) == (0, "")
    assert receiver.sounding() == set()
    takes = list((tmp_path / "takes").iterdir())
    assert len(takes) == 1
    assert takes[0].name in out


def test_no_record_leaves_no_file(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "stranger", "--steps", "2", "--tempo", "600", "--no-record")
    with Receiver(jack), playing(jack, tmp_path, *flags) as process:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert list(tmp_path.rglob("*.mid")) == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_releases_all_notes_and_keeps_the_take(jack: JackServer, tmp_path: Path, name: str) -> None:
    flags = ("--port", "stranger", "--seed", "5", "--tempo", "300", "--out", "take.mid")
    with Receiver(jack) as receiver, playing(jack, tmp_path, *flags) as process:
        receiver.wait_for(random.randint(3, 12))
        os.killpg(process.pid, getattr(signal, name))
        out, err = process.communicate(timeout=40)
    assert (process.returncode, err) == (0, "")
    assert "Stopped after" in out
    assert receiver.sounding() == set()
    assert receiver.messages()[-1] == LAST_MESSAGE
    played = [message for message in receiver.messages() if message[0] != CONTROL_CHANGE]
    assert played == note_messages(tmp_path / "take.mid")


def test_a_second_interrupt_after_the_first_changes_nothing(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "stranger", "--seed", "5", "--tempo", "300", "--out", "take.mid")
    with Receiver(jack) as receiver, playing(jack, tmp_path, *flags) as process:
        receiver.wait_for(6)
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=40)
    assert (process.returncode, err) == (0, "")
    assert "The take: take.mid" in out
    assert receiver.sounding() == set()


def test_killing_the_program_leaves_no_note_on_and_a_whole_take(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "stranger", "--seed", "5", "--tempo", "300", "--out", "take.mid")
    with Receiver(jack) as receiver, playing(jack, tmp_path, *flags) as process:
        receiver.wait_for(random.randint(3, 12))
        process.kill()
        wait_until(lambda: LAST_MESSAGE in receiver.messages(), "All Notes Off")
        assert receiver.sounding() == set()
        played = [message for message in receiver.messages() if message[0] != CONTROL_CHANGE]
        wait_until(lambda: note_messages(tmp_path / "take.mid") == played, "the whole take")


@pytest.mark.parametrize("flags", [("--port", "nosuch"), ("--port", "")])
def test_a_missing_port_is_one_sentence(jack: JackServer, tmp_path: Path, flags: tuple[str, str]) -> None:
    with Receiver(jack), playing(jack, tmp_path, *flags) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "stranger:in" in err
    assert err.count("\n") == 1
    assert list(tmp_path.rglob("*.mid")) == []
