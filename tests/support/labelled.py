"""Files of takes, with their labels, as the recorder writes them."""

from __future__ import annotations

import os
from pathlib import Path

from musicgen_live.midi.recorder import Recorder
from musicgen_live.midi.takes.label import TakeLabel

NOCTURNE = TakeLabel("nocturne", 4711, {"model": "piano", "tempo": 60.0})


def write_labelled(path: Path, label: TakeLabel = NOCTURNE, *, notes: int = 2, recorded_at_s: float = 1000.0) -> Path:
    """Write a take at 60 BPM with a note of a quarter every quarter; return its path."""
    recorder = Recorder(path, name=label.title, texts=label.texts(), tempo=60.0)
    for number in range(notes):
        recorder.send(480 * number, bytes((0x90, 60 + number % 12, 80)))
        recorder.send(480 * (number + 1), bytes((0x80, 60 + number % 12, 0)))
    recorder.close()
    os.utime(path, (recorded_at_s, recorded_at_s))
    return path
