"""A musician beside a model that plays all the time, bent by notes and chords, on the manual clock."""

from __future__ import annotations

from musicgen_live.config.parameters import Change
from musicgen_live.interfaces.events import Asked, Changed, Played
from musicgen_live.music.position import Position
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.musician import (
    BAR,
    BAR_S,
    bars_struck,
    keys,
    played,
    struck,
)

FOLLOW = ListenOptions("follow")


def test_in_follow_it_plays_all_the_time_and_what_is_played_bends_it_from_the_next_bar_line_on() -> None:
    alone = played(FOLLOW, until_s=8 * BAR_S)
    rehearsal = played(FOLLOW, keys((4.5, 4.9, 73), (5.0, 5.4, 75), (5.5, 5.7, 78)), until_s=8 * BAR_S)
    line = 3 * BAR
    assert alone.told(Position) == [Position(0, 0.0, 120.0, runs=True)]
    assert [n for n in rehearsal.notes() if n.end_tick < line] == [n for n in alone.notes() if n.end_tick < line]
    assert [n for n in struck(rehearsal) if n[0] >= line] != [n for n in struck(alone) if n[0] >= line]
    assert bars_struck(rehearsal) == bars_struck(alone) == list(range(8))
    assert {tick % 20 for tick, _ in struck(rehearsal)} == {0}


def test_in_follow_what_is_played_in_two_bars_bends_it_twice() -> None:
    once = played(FOLLOW, keys((4.5, 4.9, 73)), until_s=8 * BAR_S)
    twice = played(FOLLOW, keys((4.5, 4.9, 73), (8.5, 8.9, 61)), until_s=8 * BAR_S)
    line = 5 * BAR
    assert [n for n in once.notes() if n.end_tick < line] == [n for n in twice.notes() if n.end_tick < line]
    assert [n for n in struck(once) if n[0] >= line] != [n for n in struck(twice) if n[0] >= line]


# --- chords that are held ------------------------------------------------------------------------------------------


def test_a_chord_that_is_held_is_in_force_from_the_next_bar_line_on_and_stays() -> None:
    first = keys((4.5, 5.0, 57), (4.51, 5.0, 60), (4.52, 5.0, 64), source="chords")
    second = keys((12.5, 13.0, 55), (12.5, 13.0, 59), (12.5, 13.0, 62), (12.5, 13.0, 65), source="chords")
    rehearsal = played(
        None, [(0.5, Change("chord-strength", 20.0))], first, second, until_s=12 * BAR_S, hears_chords=True
    )
    changed = [event for event in rehearsal.told(Changed) if event.name == "chords"]
    assert changed == [Changed("chords", "Am", 4), Changed("chords", "G7", 8)]
    assert {pitch % 12 for tick, pitch in struck(rehearsal) if 3 * BAR <= tick < 7 * BAR} <= {9, 0, 4}
    assert {pitch % 12 for tick, pitch in struck(rehearsal) if tick >= 7 * BAR} <= {7, 11, 2, 5}
    assert rehearsal.told(Played) == []


def test_a_single_key_of_the_chord_keyboard_changes_nothing() -> None:
    rehearsal = played(None, keys((4.5, 5.0, 57), source="chords"), until_s=6 * BAR_S, hears_chords=True)
    assert rehearsal.told(Asked) == []
    assert struck(rehearsal) == struck(played(None, until_s=6 * BAR_S))
