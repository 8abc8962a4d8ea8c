"""A change while the DAW loops holds in the whole next pass, also before the bar at which it was made."""

from __future__ import annotations

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Changed, Granted
from musicgen_live.player.commands import Command, Stop
from tests.support.daw import START, Daw, song_position
from tests.support.musician import BAR, BAR_S, SCALE, SONATINA
from tests.support.rehearsal import Rehearsal

LOOP_BARS = 4


def looped(*changes: tuple[float, Change], passes: int = 4) -> Rehearsal:
    """Play a loop of four bars; changes are given by the bars of the take, counted from 0, at which they are made."""
    daw = Daw(at_s=1.0).sends(START).beats(4 * LOOP_BARS)
    for _ in range(passes - 1):
        daw.sends(song_position(0)).beats(4 * LOOP_BARS)
    script: list[tuple[float, Change | Command]] = [(sent.at_s, sent) for sent in daw.sent]
    script += [(1.0 + bar * BAR_S, change) for bar, change in changes]
    script.sort(key=lambda event: event[0])
    return Rehearsal(SONATINA, [*script, (daw.at_s - 0.005, Stop())], 3, sync="clock")


def bars_of(rehearsal: Rehearsal) -> list[list[tuple[int, int, int]]]:
    """Return the notes of each bar of the take: place in the bar, pitch and velocity."""
    found: list[list[tuple[int, int, int]]] = [[] for _ in range(16)]
    for note in rehearsal.notes():
        found[note.start_tick // BAR].append((note.start_tick % BAR, note.pitch, note.velocity))
    return found


def letters(rehearsal: Rehearsal) -> str:
    """Return a letter for each bar of the take, the same one for the same music, and a dot for silence."""
    names: dict[tuple[tuple[int, int, int], ...], str] = {}
    found = ["." if not bar else names.setdefault(tuple(bar), chr(65 + len(names))) for bar in bars_of(rehearsal)]
    return " ".join("".join(found[i : i + LOOP_BARS]) for i in range(0, len(found), LOOP_BARS))


def test_without_a_change_each_pass_is_the_same() -> None:
    assert letters(looped()) == "ABCD ABCD ABCD ABCD"


def test_a_reroll_in_bar_2_holds_for_bars_1_and_2_of_the_next_pass() -> None:
    assert letters(looped((5.4, Change("reroll", None)))) == "ABCD ABEF GHEF GHEF"


def test_a_reroll_in_the_first_pass_holds_too() -> None:
    assert letters(looped((1.4, Change("reroll", None)))) == "ABCD EFCD EFCD EFCD"


def test_a_reroll_in_the_last_bar_holds_from_the_next_pass_on() -> None:
    rehearsal = looped((7.4, Change("reroll", None)))
    assert letters(rehearsal) == "ABCD ABCD EFGH EFGH"
    assert Granted("reroll", None, 1) in rehearsal.published(Granted)
    assert Changed("reroll", None, 1) in rehearsal.published(Changed)


@pytest.mark.parametrize("bar", [5.4, 1.4])
def test_a_key_in_bar_2_holds_in_the_whole_next_pass(bar: float) -> None:
    rehearsal = looped((bar, Change("key", "Db major")))
    first = int(bar) + 1
    keys = [{(pitch - 1) % 12 for _, pitch, _ in notes} <= SCALE for notes in bars_of(rehearsal)]
    assert keys == [False] * first + [True] * (16 - first)
    assert all(bars_of(rehearsal))


def test_a_preset_in_bar_2_holds_in_the_whole_next_pass() -> None:
    rehearsal = looped((5.4, Change("preset", "arpeggio-bed")))
    assert letters(rehearsal) == "ABCD ABEF GHEF GHEF"


@pytest.mark.parametrize("bar", [5.4, 1.4])
def test_a_transposition_in_bar_2_holds_in_the_whole_next_pass(bar: float) -> None:
    plain, raised = bars_of(looped()), bars_of(looped((bar, Change("transpose", 12))))
    first = int(bar) + 1
    assert raised[:first] == plain[:first]
    assert raised[first:] == [[(tick, pitch + 12, velocity) for tick, pitch, velocity in bar] for bar in plain[first:]]


@pytest.mark.parametrize("moment", ["now", "bar"])
def test_a_mute_in_bar_2_holds_in_the_whole_next_pass(moment: str) -> None:
    rehearsal = looped((0.1, Change("mute-at", moment)), (5.4, Change("mute", True)))
    assert letters(rehearsal)[10:] == ".... ...."


def test_two_changes_of_a_pass_hold_in_the_next() -> None:
    rehearsal = looped((5.4, Change("transpose", 12)), (6.4, Change("key", "Db major")))
    notes = [note for note in rehearsal.notes() if note.start_tick >= 8 * BAR]
    assert {(note.pitch - 1) % 12 for note in notes} <= SCALE
    assert all(bars_of(rehearsal)[8:])


def test_the_first_beat_of_the_next_pass_is_in_time() -> None:
    rehearsal = looped((5.4, Change("reroll", None)))
    first = [note for note in rehearsal.notes() if note.start_tick == 8 * BAR]
    assert first
    assert rehearsal.sent_log.summary().dropped == 0


def test_a_freeze_in_bar_2_repeats_in_the_whole_next_pass() -> None:
    assert letters(looped((5.4, Change("freeze", 1)))) == "ABCD ABBB BBBB BBBB"


def test_no_note_hangs_or_comes_twice_whatever_is_changed_when() -> None:
    rehearsal = looped(
        (2.3, Change("transpose", 5)),
        (4.9, Change("reroll", None)),
        (5.0, Change("octave", 1)),
        (6.2, Change("freeze", 2)),
        (7.9, Change("velocity", 99)),
        (9.1, Change("freeze", 0)),
        (9.2, Change("reroll", None)),
        (11.98, Change("key", "Db major")),
    )
    onsets = [(note.start_tick, note.pitch) for note in rehearsal.notes()]
    assert len(set(onsets)) == len(onsets)
    assert all(bars_of(rehearsal))
