"""A take heard by two strangers at once: a program of JACK's own, and a process with another MIDI library."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.playing import note_messages, playing
from tests.support.strangers import dumped_messages, listening

pytestmark = [
    pytest.mark.midi,
    pytest.mark.skipif(
        not shutil.which("jack_midi_dump"),
        reason="no jack_midi_dump on this machine (Debian 12, Ubuntu 24.04: sudo apt install jackd2; "
        "later: jack-example-tools)",
    ),
]


def test_every_message_of_a_take_arrives_at_both(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "dump:input", "--port", "stranger", "--seed", "5", "--tempo", "300", "--steps", "32")
    log = tmp_path / "dump.txt"
    with listening(jack, "dump:input", log, "jack_midi_dump", "-a", "dump"), Receiver(jack) as receiver:
        with playing(jack, tmp_path, *flags, "--program", "5", "--out", "take.mid") as process:
            _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        wait_until(lambda: bytes((0xB0, 123, 0)) in dumped_messages(log), "All Notes Off at jack_midi_dump")
    notes = note_messages(tmp_path / "take.mid")
    # The program of General MIDI, the notes, and at the end what a receiver is told in case it missed one.
    assert sum(message[0] == 0x90 for message in notes) >= 32
    whole = [bytes((0xC0, 4)), *notes, bytes((0xB0, 123, 0))]
    assert dumped_messages(log) == whole
    assert receiver.messages() == whole
