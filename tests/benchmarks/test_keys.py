"""The share of a passage in a key, on known files and notes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.keys import InKey, cut_file, in_key
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import Key
from tests.support.midi_writing import write_midi


def test_cutting_a_file_at_a_tick_ends_held_notes_there(tmp_path: Path) -> None:
    hands = [[Note(0, 480, 60, 80), Note(1800, 480, 64, 80), Note(1920, 480, 65, 80)], [Note(0, 4800, 48, 80)]]
    path = write_midi(tmp_path / "a.mid", hands, time_signatures=[(0, 4, 4), (1920, 3, 4)], tempos=[(0, 90.0)])
    music = read_midi(cut_file(path, 1920, tmp_path / "b.mid"))
    assert music.score.parts == ((Note(0, 480, 60, 80), Note(1800, 120, 64, 80)), (Note(0, 1920, 48, 80),))
    assert [change.start_tick for change in music.score.time_signatures] == [0]
    assert [(tick, round(tempo, 3)) for tick, tempo in music.tempos] == [(0, 90.0)]


def test_passages_are_measured_against_the_key_before_them() -> None:
    scale = [Note(i * 240, 240, pitch, 80) for i, pitch in enumerate((60, 62, 64, 60, 60, 62, 64, 60) * 2)]
    scale += [Note(i * 240, 240, pitch, 80) for i, pitch in enumerate((64, 65, 67, 67))]
    found = in_key([(Key(0, "major"), scale), (Key(4, "major"), scale), (Key(0, "major"), scale[:15])])
    # Of 20 notes, only the 5 Es are in E major; a passage of 15 notes is too short to count.
    assert found == InKey(passages=2, in_scale=(1.0 + 0.25) / 2, few_in_scale=0.5, same_key=0.5)
