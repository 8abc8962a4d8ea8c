"""Parts to several ports over JACK, with the real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from tests.support.jack import JackServer, Receiver
from tests.support.playing import PLAY, note_messages, running

pytestmark = pytest.mark.midi

PARTS = (
    *("--part", "melody:port=lead,channel=1"),
    *("--part", "bass:port=low,channel=1,transpose=-12,pedal=off"),
    *("--part", "chords:port=low,channel=3,program=90"),
)
TAKE = ("--preset", "chorale", "--bars", "2", "--tempo", "240", "--seed", "5", "--pedal", "--out", "take.mid")


def notes_on(channel: int, messages: list[bytes]) -> list[bytes]:
    """Return the note-ons and note-offs of a channel, without it."""
    return [
        bytes((message[0] & 0xF0, *message[1:]))
        for message in messages
        if message[0] & 0x0F == channel and message[0] & 0xF0 in (NOTE_OFF, NOTE_ON)
    ]


def test_each_part_arrives_at_its_port_on_its_channel_as_in_its_track(jack: JackServer, tmp_path: Path) -> None:
    with (
        Receiver(jack, "lead") as lead,
        Receiver(jack, "low") as low,
        running([*PLAY, *PARTS, *TAKE], jack, tmp_path) as process,
    ):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        take = tmp_path / "take.mid"
        lead.wait_for(len(note_messages(take, "melody")) + 1)
        low.wait_for(len(note_messages(take, "bass")) + len(note_messages(take, "chords")) + 2)
    assert "MIDI goes to lead:in, channel 1 (melody)" in out
    assert "low:in, channels 1, 3 (bass, chords)" in out
    # In the take the bass has a channel of its own, as the melody has 1.
    for receiver, channel, part, taken in ((lead, 0, "melody", 0), (low, 0, "bass", 1), (low, 2, "chords", 2)):
        arrived = notes_on(channel, receiver.messages())
        assert len(arrived) >= 4
        assert arrived == notes_on(taken, note_messages(take, part)), part
        assert receiver.sounding() == set()
    pedal = [message.hex(" ") for message in low.messages() if message[1] == 64 and message[0] & 0xF0 == 0xB0]
    assert set(pedal) == {"b2 40 7f", "b2 40 00"}
    assert pedal[-1] == "b2 40 00"
    assert bytes.fromhex("c259") in low.messages()
