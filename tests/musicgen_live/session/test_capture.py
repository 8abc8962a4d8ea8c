"""Writing the latest bars to a file of their own."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.meter_map import MeterMap
from musicgen_live.music.notes import Note
from musicgen_live.music.score import TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.capture import capture

WALTZ = MeterMap.of(TimeSignature(3, 4))
LABEL = TakeLabel("waltz", 7, {}, bars="2-2")
BAR = 1440
MESSAGES = [
    (0, bytes((0xC0, 5))),
    (0, bytes((0x90, 48, 80))),
    (BAR, bytes((0x90, 60, 81))),
    (BAR + 240, bytes((0x80, 48, 0))),
    (BAR + 480, bytes((0x80, 60, 0))),
    (2 * BAR - 240, bytes((0x91, 64, 82))),
    (2 * BAR, bytes((0x81, 64, 0))),
    (2 * BAR, bytes((0x90, 67, 83))),
    (2 * BAR + 240, bytes((0x80, 67, 0))),
]


def test_a_bar_is_cut_out_with_its_first_tick_as_zero(tmp_path: Path) -> None:
    path = tmp_path / "kept.mid"
    assert capture(path, MESSAGES, BAR, 2 * BAR, tempos=[(0, 90.0)], meters=WALTZ, label=LABEL) == 2
    music = read_midi(path)
    assert music.score.notes == (Note(0, 480, 60, 81), Note(1200, 240, 64, 82))
    assert music.score.time_signatures == (TimeSignatureChange(0, TimeSignature(3, 4)),)
    assert [tick for tick, _ in music.tempos] == [0]
    # It loops: every track has the length of the bar.
    assert [sum(message.time for message in track) for track in mido.MidiFile(path).tracks] == [BAR, BAR]
    assert music.tempos[0][1] == pytest.approx(90.0)


def test_a_note_that_sounds_at_the_end_ends_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.mid"
    assert capture(path, MESSAGES[:3], BAR, 2 * BAR, tempos=[(0, 90.0)], meters=WALTZ, label=LABEL) == 1
    assert read_midi(path).score.notes == (Note(0, BAR, 60, 81),)


def test_tempos_pedal_and_program_in_force_go_along(tmp_path: Path) -> None:
    path = tmp_path / "kept.mid"
    messages = [*MESSAGES[:2], (10, bytes((0xB0, 64, 127))), *MESSAGES[2:5], (BAR + 500, bytes((0xB0, 64, 0)))]
    messages += [(BAR + 600, bytes((0xB0, 123, 0)))]
    tempos = [(0, 60.0), (100, 90.0), (BAR + 480, 120.0), (9 * BAR, 30.0)]
    capture(path, messages, BAR, 2 * BAR, tempos=tempos, meters=WALTZ, label=LABEL)
    file = mido.MidiFile(path)
    assert [round(mido.tempo2bpm(m.tempo), 3) for m in file.tracks[0] if m.type == "set_tempo"] == [90.0, 120.0]
    others = [m for m in file.tracks[1] if m.type in ("control_change", "program_change")]
    assert [m.bytes() for m in others] == [[0xC0, 5], [0xB0, 64, 127], [0xB0, 64, 0]]


def test_time_signatures_go_along(tmp_path: Path) -> None:
    path = tmp_path / "kept.mid"
    meters = WALTZ.changed(BAR, TimeSignature(2, 4)).changed(BAR + 960, TimeSignature(6, 8))
    capture(path, MESSAGES, BAR, BAR + 960 + 1440, tempos=[(0, 90.0)], meters=meters, label=LABEL)
    assert read_midi(path).score.time_signatures == (
        TimeSignatureChange(0, TimeSignature(2, 4)),
        TimeSignatureChange(960, TimeSignature(6, 8)),
    )


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "kept.mid"
    with pytest.raises(TakeError, match=r"kept\.mid"):
        capture(path, MESSAGES, 0, BAR, tempos=[(0, 90.0)], meters=WALTZ, label=LABEL)
