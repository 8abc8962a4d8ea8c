"""MIDI files written byte by byte."""

from __future__ import annotations

from pathlib import Path

from musicgen_live.midi.file_reader import MidiMusic, read_midi

HEADER = bytes.fromhex("4D546864 00000006 0000 0001 0060")  # type 0, one track, 96 ticks per quarter
END = bytes.fromhex("00 FF2F00")


def track(*events: str) -> bytes:
    """Return a track chunk of events in hex, each with its delta time, and the end of the track."""
    data = b"".join(map(bytes.fromhex, events)) + END
    return b"MTrk" + len(data).to_bytes(4, "big") + data


def read(folder: Path, content: bytes) -> MidiMusic:
    """Write a file into a folder and read it."""
    path = folder / "some.mid"
    path.write_bytes(content)
    return read_midi(path)
