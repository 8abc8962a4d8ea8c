"""A model that plays all the time and adapts to a musician's notes and chords, on the manual clock."""

from __future__ import annotations

from musicgen_live.config.parameters import Change
from musicgen_live.interfaces.events import Asked, Changed, Played
from musicgen_live.music.position import Position
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.musician import (
    BAR,
    BAR_S,
    bars_played,
    keys,
    model_notes,
    played,
)

FOLLOW = ListenOptions("follow")


def test_played_notes_change_the_music_at_the_next_bar_line() -> None:
    alone = played(FOLLOW, until_s=8 * BAR_S)
    rehearsal = played(FOLLOW, keys((4.5, 4.9, 73), (5.0, 5.4, 75), (5.5, 5.7, 78)), until_s=8 * BAR_S)
    line = 3 * BAR
    assert alone.published(Position) == [Position(0, 0.0, 120.0, runs=True)]
    assert [n for n in rehearsal.notes() if n.end_tick < line] == [n for n in alone.notes() if n.end_tick < line]
    assert [n for n in model_notes(rehearsal) if n[0] >= line] != [n for n in model_notes(alone) if n[0] >= line]
    assert bars_played(rehearsal) == bars_played(alone) == list(range(8))
    assert {tick % 20 for tick, _ in model_notes(rehearsal)} == {0}


def test_notes_in_two_bars_change_the_music_twice() -> None:
    once = played(FOLLOW, keys((4.5, 4.9, 73)), until_s=8 * BAR_S)
    twice = played(FOLLOW, keys((4.5, 4.9, 73), (8.5, 8.9, 61)), until_s=8 * BAR_S)
    line = 5 * BAR
    assert [n for n in once.notes() if n.end_tick < line] == [n for n in twice.notes() if n.end_tick < line]
    assert [n for n in model_notes(once) if n[0] >= line] != [n for n in model_notes(twice) if n[0] >= line]


# --- held chords -------------------------------------------------------------------------------------------------


def test_a_held_chord_holds_from_the_next_bar_line_on() -> None:
    first = keys((4.5, 5.0, 57), (4.51, 5.0, 60), (4.52, 5.0, 64), source="chords")
    second = keys((12.5, 13.0, 55), (12.5, 13.0, 59), (12.5, 13.0, 62), (12.5, 13.0, 65), source="chords")
    rehearsal = played(
        None, [(0.5, Change("chord-strength", 20.0))], first, second, until_s=12 * BAR_S, follows_chords=True
    )
    changed = [event for event in rehearsal.published(Changed) if event.name == "chords"]
    assert changed == [Changed("chords", "Am", 4), Changed("chords", "G7", 8)]
    assert {pitch % 12 for tick, pitch in model_notes(rehearsal) if 3 * BAR <= tick < 7 * BAR} <= {9, 0, 4}
    assert {pitch % 12 for tick, pitch in model_notes(rehearsal) if tick >= 7 * BAR} <= {7, 11, 2, 5}
    assert rehearsal.published(Played) == []


def test_a_single_key_of_the_chord_keyboard_changes_nothing() -> None:
    rehearsal = played(None, keys((4.5, 5.0, 57), source="chords"), until_s=6 * BAR_S, follows_chords=True)
    assert rehearsal.published(Asked) == []
    assert model_notes(rehearsal) == model_notes(played(None, until_s=6 * BAR_S))
