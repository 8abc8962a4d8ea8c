"""The music that rerolls have replaced, and the places at which it is taken up again."""

from __future__ import annotations

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.session.continuations import Continuations

BAR = 1920


def bars(first: int, last: int, pitch: int) -> list[Bar]:
    """Bars from `first` to `last`, from 1, each with one note."""
    ticks = [(number - 1) * BAR for number in range(first, last + 1)]
    return [Bar(tick, tick + BAR, (Note(tick, 480, pitch, 80),), (1, 2)) for tick in ticks]


def notes_of(bars: tuple[Bar, ...]) -> list[tuple[float, int]]:
    """Return the bar of each note, and its pitch."""
    return [(note.start_tick / BAR + 1, note.pitch) for bar in bars for note in bar.notes]


def test_what_was_replaced_is_taken_up_at_another_bar() -> None:
    continuations = Continuations(Meter(0, 1, COMMON_TIME))
    continuations.rerolled(5 * BAR, bars(1, 5, 60), bars(6, 7, 62))
    moved = continuations.latest.at(7 * BAR)
    assert [(note.start_tick // BAR + 1, note.pitch) for note in moved.before] == [(4, 60), (5, 60), (6, 60), (7, 60)]
    assert notes_of(moved.bars) == [(8, 62), (9, 62)]
    assert continuations.latest.parts_at_line


def test_a_reroll_within_a_bar_is_taken_back_from_the_line_behind_it() -> None:
    continuations = Continuations(Meter(0, 1, COMMON_TIME))
    replaced = [Bar(4 * BAR + 960, 5 * BAR, (Note(4 * BAR + 960, 480, 62, 80),), ()), *bars(6, 6, 62)]
    continuations.rerolled(4 * BAR + 960, bars(1, 5, 60), replaced)
    assert notes_of(continuations.latest.bars) == [(6, 62)]
    assert [note.pitch for note in continuations.latest.before] == [60, 60, 60, 60, 62]
    assert not continuations.latest.parts_at_line


def test_rerolls_are_taken_back_one_by_one() -> None:
    continuations = Continuations(Meter(0, 1, COMMON_TIME))
    continuations.rerolled(BAR, bars(1, 1, 60), bars(2, 3, 61))
    continuations.rerolled(2 * BAR, bars(1, 2, 60), bars(3, 4, 62))
    assert notes_of(continuations.latest.bars) == [(3, 62), (4, 62)]
    continuations.undone()
    assert notes_of(continuations.latest.bars) == [(2, 61), (3, 61)]
    # Which of them would be b, nobody could say.
    with pytest.raises(SettingsError, match="there is no reroll to compare with that was not taken back; reroll first"):
        _ = continuations.other
    continuations.undone()
    with pytest.raises(SettingsError, match="there is no reroll to take back"):
        _ = continuations.latest


def test_two_variants_are_exchanged() -> None:
    continuations = Continuations(Meter(0, 1, COMMON_TIME))
    continuations.rerolled(2 * BAR, bars(1, 2, 60), bars(3, 4, 61))
    # Bars 3 to 5 of b were heard; from bar 6 on, a is played in place of its bars 6 and 7.
    continuations.exchanged(5 * BAR, [*bars(1, 2, 60), *bars(3, 5, 62)], bars(6, 7, 62))
    assert continuations.other.at_tick == 5 * BAR
    assert notes_of(continuations.other.bars) == [(6, 62), (7, 62), (8, 62), (9, 62), (10, 62)]
    assert [note.start_tick // BAR + 1 for note in continuations.other.before] == [4, 5]


def test_variants_far_apart_are_not_exchanged() -> None:
    continuations = Continuations(Meter(0, 1, COMMON_TIME))
    continuations.rerolled(2 * BAR, bars(1, 2, 60), bars(3, 4, 61))
    continuations.exchanged(40 * BAR, bars(39, 40, 60), bars(41, 42, 62))
    with pytest.raises(SettingsError, match="no reroll to compare with"):
        _ = continuations.other
