"""The pedal goes up where the harmony changes, and down again right behind it."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress, pedal_presses

QUARTER, BAR = 480, 1920


def presses(*notes: tuple[int, int], from_tick: int = 0, until_tick: int = BAR) -> list[tuple[int, int]]:
    """Return where the pedal goes down and up, for quarters of a tick and a pitch."""
    found = pedal_presses((Note(tick, QUARTER, pitch, 80) for tick, pitch in notes), from_tick, until_tick, QUARTER)
    return [(press.start_tick, press.end_tick) for press in found]


def test_a_bar_of_one_harmony_has_one_press_from_behind_its_first_note_to_the_bar_line() -> None:
    assert presses((0, 48), (0, 76), (480, 55), (960, 60), (1440, 64)) == [(60, 1920)]


def test_the_pedal_changes_where_a_chord_moves_by_a_step() -> None:
    # C major, then D minor.
    assert presses((0, 48), (0, 64), (0, 76), (960, 50), (960, 65), (960, 77)) == [(60, 960), (1020, 1920)]


def test_the_melody_may_move_by_steps() -> None:
    assert presses((0, 48), (0, 76), (480, 77), (960, 79), (1440, 77)) == [(60, 1920)]


def test_a_chord_within_a_beat_does_not_change_the_pedal() -> None:
    assert presses((0, 48), (0, 76), (240, 50), (960, 52), (960, 76)) == [(60, 960), (1020, 1920)]


def test_a_bar_that_begins_with_a_rest_has_its_press_behind_the_first_note() -> None:
    assert presses((960, 48), (960, 76)) == [(1020, 1920)]


def test_silence_needs_no_pedal() -> None:
    assert presses() == []


def test_the_rest_of_a_bar_counts_its_beats_from_there() -> None:
    assert presses((1440, 48), (1440, 76), from_tick=1440) == [(1500, 1920)]


def test_too_short_a_press_is_left_out() -> None:
    assert presses((0, 48), (0, 76), until_tick=120) == []
    assert PedalPress(60, 420).end_tick == 480
