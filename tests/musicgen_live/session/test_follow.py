"""A model that plays all the time and adapts to a musician's notes and chords, on the manual clock."""

from __future__ import annotations

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Changed, Granted, Played
from musicgen_live.music.position import Position
from musicgen_live.player.commands import Command
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.musician import (
    BAR,
    BAR_S,
    bars_played,
    keys,
    model_notes,
    played,
)
from tests.support.rehearsal import Rehearsal

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


AT_ONCE = (0.5, Change("chord-strength", 20.0))
"""Hardly any note outside the chord."""


def chord(from_s: float, *pitches: int, until_s: float | None = None) -> list[tuple[float, Command]]:
    until_s = from_s + 0.5 if until_s is None else until_s
    return keys(*((from_s, until_s, pitch) for pitch in pitches), source="chords")


def classes(rehearsal: Rehearsal, from_tick: int, until_tick: int) -> set[int]:
    return {pitch % 12 for tick, pitch in model_notes(rehearsal) if from_tick <= tick < until_tick}


def test_a_held_chord_colours_the_rest_of_its_bar() -> None:
    first = keys((4.5, 5.0, 57), (4.51, 5.0, 60), (4.52, 5.0, 64), source="chords")
    rehearsal = played(None, [AT_ONCE], first, chord(12.5, 55, 59, 62, 65), until_s=12 * BAR_S, follows_chords=True)
    changed = [event for event in rehearsal.published(Changed) if event.name == "chords"]
    assert changed == [Changed("chords", "Am", 3), Changed("chords", "G7", 7)]
    # Complete 30 ms after the last key, and a bar needs 40 ms; then the next sixteenth: 4440, and 12120.
    assert classes(rehearsal, 4440, 12120) <= {9, 0, 4}
    assert classes(rehearsal, 12120, 12 * BAR) <= {7, 11, 2, 5}
    assert rehearsal.published(Played) == []


@pytest.mark.parametrize("at_s", [5.5, 5.9])
def test_a_chord_up_to_a_quarter_before_the_line_colours_the_bar_there(at_s: float) -> None:
    rehearsal = played(
        None, [AT_ONCE], chord(0.3, 48, 52, 55), chord(at_s, 53, 57, 60), until_s=5 * BAR_S, follows_chords=True
    )
    # The line is at 6 s.
    assert classes(rehearsal, BAR, 3 * BAR) <= {0, 4, 7}
    assert classes(rehearsal, 3 * BAR, 5 * BAR) <= {5, 9, 0}


def test_a_chord_track_that_went_round_once_is_known_ahead() -> None:
    # As a DAW plays it: on each bar line, a millisecond late.
    track = [(53, 57, 60), (50, 53, 57), (55, 59, 62)]
    chords = [chord(bar * BAR_S + 0.001, *track[bar % 3], until_s=(bar + 1) * BAR_S - 0.03) for bar in range(1, 9)]
    rehearsal = played(None, [AT_ONCE], *chords, until_s=9 * BAR_S, follows_chords=True)
    granted = [event.value for event in rehearsal.published(Granted) if event.name == "chords"]
    assert granted == ["Dm", "G", "F", "F | Dm | G"]
    # The first time, a chord is known 71 ms after the line, so from the first sixteenth on.
    for bar in range(1, 9):
        known_tick = bar * BAR + (120 if bar < 5 else 0)
        assert classes(rehearsal, known_tick, (bar + 1) * BAR) <= {pitch % 12 for pitch in track[bar % 3]}


def test_a_single_key_of_the_chord_keyboard_changes_nothing() -> None:
    rehearsal = played(None, keys((4.5, 5.0, 57), source="chords"), until_s=6 * BAR_S, follows_chords=True)
    assert rehearsal.published(Granted) == []
    assert model_notes(rehearsal) == model_notes(played(None, until_s=6 * BAR_S))


# --- another way to listen ------------------------------------------------------------------------------------------


def test_a_model_that_listens_can_begin_to_follow_and_to_answer() -> None:
    # It waits; from 4.5 s on it follows, so it plays from bar 4 on, and keys of the musician do not silence it. From
    # 10.5 s on it answers: a key silences it, in bar 7, and the phrase of a bar is answered by one.
    script = [
        *keys((0.0, 0.4, 60), (0.5, 3.9, 64)),
        (3.5, Change("respond", "follow")),
        *keys((7.0, 7.4, 60)),
        (10.5, Change("respond", "answer")),
        *keys(*((12.0 + 0.5 * i, 12.45 + 0.5 * i, 60 + i) for i in range(4))),
    ]
    rehearsal = played(ListenOptions("continue"), script, until_s=12 * BAR_S)
    assert bars_played(rehearsal) == [2, 3, 4, 5, 7]
    assert [(event.name, event.value) for event in rehearsal.published(Changed)] == [
        ("respond", "follow"),
        ("respond", "answer"),
    ]
