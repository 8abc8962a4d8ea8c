"""The delay of the first notes of an entry."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.session.hesitation import Hesitation, hesitation
from musicgen_live.session.listening.decisions import StartTurn


@pytest.mark.parametrize(
    ("is_guess", "now_tick", "tempo", "until_tick"),
    [
        (False, 1900, 120, None),
        (False, 1911, 120, 1921),
        # 20 ms are 19 ticks at 120 BPM, and 38 at 240.
        (True, 1900, 120, 1939),
        (True, 1900, 240, 1958),
        # A bar that is ready late reaches the player 10 ms later.
        (False, 1920, 120, 1930),
        (True, 1920, 120, 1939),
        (True, 1960, 120, 1970),
    ],
)
def test_a_guess_and_a_late_turn_delay_the_entry(
    is_guess: bool, now_tick: int, tempo: float, until_tick: int | None
) -> None:
    expected = None if until_tick is None else Hesitation(1920, until_tick)
    assert hesitation(StartTurn(1920, None, is_guess), now_tick, tempo) == expected


def test_only_the_first_notes_are_delayed_and_end_as_before() -> None:
    notes = (Note(1900, 480, 60, 80), Note(1920, 480, 64, 80), Note(1930, 10, 65, 80), Note(1939, 10, 67, 80))
    assert Hesitation(1920, 1939)(notes) == (
        Note(1900, 480, 60, 80),
        Note(1939, 461, 64, 80),
        Note(1939, 1, 65, 80),
        Note(1939, 10, 67, 80),
    )


def test_the_notes_of_a_very_late_bar_do_not_sound_all_at_once() -> None:
    notes = (Note(1920, 480, 64, 80), Note(1920, 1920, 48, 80), Note(2400, 480, 65, 80), Note(2880, 480, 67, 80))
    assert Hesitation(1920, 2880)(notes) == (Note(2880, 960, 48, 80), Note(2880, 480, 67, 80))
