"""Chords in their bars, and progressions that are known ahead."""

from __future__ import annotations

import pytest

from musicgen_live.session.listening.chord_track import ChordTrack, Colour

BAR = 1920


def track(*chords: str, bars: int = 1) -> tuple[ChordTrack, list[Colour | None]]:
    """Play chords, each on a bar line, a number of bars long; return the track and the colours."""
    found = ChordTrack(BAR)
    return found, [found.add(BAR * bars * number, symbol) for number, symbol in enumerate(chords)]


@pytest.mark.parametrize(
    ("tick", "from_tick"),
    # On the line and up to a quarter before it; else from the chord on.
    [(BAR, BAR), (BAR - 480, BAR), (BAR - 481, BAR - 481), (BAR + 1, BAR + 1), (BAR + 960, BAR + 960)],
)
def test_a_chord_colours_its_bar(tick: int, from_tick: int) -> None:
    found = ChordTrack(BAR)
    assert found.add(0, "C") == Colour("C", 0)
    assert found.add(tick, "F") == Colour("F", from_tick)


def test_a_progression_that_went_round_once_is_known_ahead() -> None:
    found, colours = track("C", "Am", "F", "G", "C", "Am", "F", "G", "C")
    assert colours == [
        Colour("C", 0),
        Colour("Am", BAR),
        Colour("F", 2 * BAR),
        Colour("G", 3 * BAR),
        Colour("C | Am | F | G", 4 * BAR),
        None,
        None,
        None,
        None,
    ]
    # Until a chord contradicts it; then another progression begins.
    assert [found.add(BAR * bar, symbol) for bar, symbol in ((9, "E"), (10, "G"), (11, "E"))] == [
        Colour("E", 9 * BAR),
        Colour("G", 10 * BAR),
        Colour("G | E", 11 * BAR),
    ]


def test_a_progression_may_begin_anywhere_and_hold_a_chord() -> None:
    # Bars 2 to 5 of the music; the second chord holds for two bars and is not played again.
    found = ChordTrack(BAR)
    assert [found.add(BAR * bar, symbol) for bar, symbol in ((1, "C"), (2, "F"), (4, "G"))][-1] == Colour("G", 4 * BAR)
    assert found.add(5 * BAR, "C") == Colour("G | C | F | F", 5 * BAR)


def test_two_chords_in_a_bar_share_it() -> None:
    found = ChordTrack(BAR)
    chords = [(0, "C"), (960, "Am"), (1920, "F"), (3840, "C"), (4800, "Am"), (5760, "F"), (7680, "C"), (8640, "G")]
    assert [found.add(tick, symbol) for tick, symbol in chords][3:] == [
        Colour("C Am | F", 3840),
        None,
        None,
        None,
        Colour("G", 8640),
    ]


def test_a_loop_of_the_daw_is_known_when_it_begins_again() -> None:
    found, _ = track("C", "Am", "F", "G")
    assert found.jump(0) == Colour("C | Am | F | G", 0)
    assert [found.add(BAR * bar, symbol) for bar, symbol in enumerate(("C", "Am", "F", "G"))] == [None] * 4
    assert found.jump(BAR) == Colour("G | Am | F", BAR)
    # Nothing is known of a place that was not played.
    assert found.jump(20 * BAR) is None
    assert found.add(20 * BAR, "D") == Colour("D", 20 * BAR)
