"""A day of music: in time to the end, with flat memory, and whole on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mido
import pytest

from tests.support.playing import note_ons_of

HOURS = 24
NOTES = HOURS * 3600
"""A quarter note a second."""

MOST_GROWTH_MB = 5.0
"""A list that keeps 60 bytes of each note grows by as much in the hours after the first."""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_day_of_music_does_not_drift_nor_grow(tmp_path: Path) -> None:
    take = tmp_path / "day.mid"
    command = [sys.executable, "-m", "tests.support.long_take", str(take), str(HOURS)]
    played = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert played["drift_ticks"] < 1e-3
    # The note at the very end sounds too.
    assert played["notes"] == NOTES + 1
    assert len(played["memory_mb"]) == HOURS
    assert max(played["memory_mb"]) - played["memory_mb"][0] < MOST_GROWTH_MB
    assert len(note_ons_of(take)) == NOTES + 1
    assert mido.MidiFile(take).length == pytest.approx(NOTES, abs=1)
