"""The values of each part: what they make of a note, and who is muted."""

from __future__ import annotations

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.part_options import PartOptions, all_parts
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.session.part_values import PartValues, muted_parts, values_at_first
from musicgen_live.session.state import LiveState

CHORD = (Note(0, 480, 76, 80, "melody"), Note(0, 480, 36, 80, "bass"), Note(0, 480, 60, 80, "chords"))
SPLIT = LiveState(Settings(), parts=values_at_first(all_parts([PartOptions("bass", transpose=-12, velocity=60)])))


def test_parts_begin_with_their_options() -> None:
    assert SPLIT.values["bass-transpose"] == -12
    assert SPLIT.values["melody-program"] is None
    assert SPLIT.sent(CHORD, Meter(0, 1, COMMON_TIME)) == (CHORD[0], Note(0, 480, 24, 127, "bass"), CHORD[2])


def test_a_pitch_out_of_range_moves_by_octaves() -> None:
    assert PartValues(transpose=-48).sent(CHORD[1]).pitch == 0
    assert PartValues(transpose=-47).sent(Note(0, 1, 40, 80)).pitch == 5


def test_music_that_is_not_split_has_no_parts_to_change() -> None:
    assert not [name for name in LiveState(Settings()).values if name.startswith("bass")]
    with pytest.raises(SettingsError, match="the music is not split; play with --parts"):
        LiveState(Settings()).changed(Change("bass-mute", True))


def test_mute_and_solo() -> None:
    def muted(*changes: str) -> frozenset[str]:
        state = SPLIT
        for name in changes:
            state = state.changed(Change(name, True))
        return muted_parts(state.parts)

    assert muted() == frozenset()
    assert muted("bass-mute") == {"bass"}
    assert muted("bass-solo") == {"melody", "chords"}
    assert muted("bass-solo", "melody-solo", "melody-mute") == {"melody", "chords"}


def test_transposition_and_pedal_do_not_change_the_music() -> None:
    for change in (Change("melody-transpose", 12), Change("bass-velocity", 5), Change("pedal", True)):
        assert SPLIT.changed(change).is_same_music(SPLIT)
    assert not SPLIT.changed(Change("temperature", 0.5)).is_same_music(SPLIT)


def test_the_pedal_is_pressed_under_a_bar_if_it_is_on() -> None:
    bar = Bar(0, 1920, CHORD, ())
    assert SPLIT.pedal(bar, COMMON_TIME) == ()
    assert SPLIT.changed(Change("pedal", True)).pedal(bar, COMMON_TIME) == (PedalPress(60, 1860),)
