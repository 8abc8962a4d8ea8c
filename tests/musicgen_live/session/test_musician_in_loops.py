"""A musician and the model play on while the DAW loops, on the manual clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import BarBegan, Changed, Granted
from musicgen_live.player.commands import Stop
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.daw import CONTINUE as GO_ON
from tests.support.daw import START, STOP, Daw, song_position
from tests.support.musician import BAR, BAR_S, CONTINUE, SONATINA, bars_played, keys, model_notes, phrase
from tests.support.rehearsal import Rehearsal, Script

ANSWER, FOLLOW = ListenOptions("answer"), ListenOptions("follow")
LOOP = (song_position(0),)
LOOP_BY_STOP = (STOP, song_position(0), GO_ON)


def looped(
    listen_options: ListenOptions,
    *scripts: Script,
    passes: int = 4,
    beats: float = 16,
    ahead_beats: float = 0,
    back: tuple[bytes, ...] = LOOP,
) -> Rehearsal:
    """Play with a DAW that begins at 1 s, plays some beats, and then goes round in a loop of others from bar 1."""
    daw = Daw(at_s=1.0).sends(START).beats(beats + ahead_beats)
    for _ in range(passes - 1):
        daw.sends(*back).beats(beats)
    events = [*((clock.at_s, clock) for clock in daw.sent), *(event for script in scripts for event in script)]
    script = [*sorted(events, key=lambda event: event[0]), (daw.at_s - 0.005, Stop())]
    return Rehearsal(SONATINA, script, 3, listen_options=listen_options, sync="clock")


def straight(listen_options: ListenOptions, *scripts: Script, bars: int = 16) -> Rehearsal:
    """Play with a DAW that plays as long without a loop."""
    return looped(listen_options, *scripts, passes=1, beats=4 * bars)


@pytest.mark.parametrize("back", [LOOP, LOOP_BY_STOP])
@pytest.mark.parametrize("listen_options", [CONTINUE, ANSWER, FOLLOW])
def test_the_music_goes_on_as_if_the_daw_did_not_loop(listen_options: ListenOptions, back: tuple[bytes, ...]) -> None:
    again = phrase(1.0 + 8 * BAR_S, 2)
    rehearsal = looped(listen_options, phrase(1.0), again, back=back)
    assert model_notes(rehearsal) == model_notes(straight(listen_options, phrase(1.0), again))


def test_the_model_keeps_its_turn_in_every_pass() -> None:
    rehearsal = looped(CONTINUE, phrase(1.0))
    assert bars_played(rehearsal) == list(range(1, 16))
    onsets = {tick for tick, _ in model_notes(rehearsal)}
    assert {4 * BAR, 8 * BAR, 12 * BAR} <= onsets


def test_two_bars_are_traded_for_two_bars_in_each_pass() -> None:
    # Each phrase ends 0.6 s before its second bar line, so that the answer begins on the line.
    quarters = (60, 64, 67, 72, 71, 67)
    phrases = [
        keys(*((1.0 + 8 * turn + 0.5 * i, 1.4 + 8 * turn + 0.5 * i, pitch) for i, pitch in enumerate(quarters)))
        for turn in range(4)
    ]
    rehearsal = looped(ANSWER, *phrases)
    assert bars_played(rehearsal) == [2, 3, 6, 7, 10, 11, 14, 15]


def test_a_phrase_over_the_end_of_the_loop_is_one_phrase() -> None:
    # From the middle of bar 4 of the first pass to the middle of bar 1 of the second.
    across = keys(*((8.0 + 0.5 * i, 8.4 + 0.5 * i, pitch) for i, pitch in enumerate((60, 64, 67, 72))))
    rehearsal = looped(ANSWER, across)
    assert bars_played(rehearsal) == [5, 6]


def test_a_key_right_before_a_pass_ends_the_models_turn_there() -> None:
    rehearsal = looped(CONTINUE, phrase(1.0), phrase(1.0 + 4 * BAR_S - 0.05))
    assert bars_played(rehearsal) == [1, 2, 3, *range(5, 16)]


def test_a_loop_of_half_a_bar_goes_on_too() -> None:
    rehearsal = looped(CONTINUE, phrase(1.0), passes=9, beats=2, ahead_beats=8)
    # From bar 3 on the take has the first half of each bar: the music goes on in the same place of the next bar.
    assert bars_played(rehearsal) == list(range(1, 11))
    assert max(tick % BAR for tick, _ in model_notes(rehearsal) if tick >= 3 * BAR) < 960


def test_a_loop_that_is_left_goes_on_behind_its_end() -> None:
    daw = Daw(at_s=1.0).sends(START).beats(16).sends(*LOOP).beats(16).sends(*LOOP).beats(32)
    events = sorted([*((clock.at_s, clock) for clock in daw.sent), *phrase(1.0)], key=lambda event: event[0])
    script = [*events, (daw.at_s - 0.005, Stop())]
    rehearsal = Rehearsal(SONATINA, script, 3, listen_options=CONTINUE, sync="clock")
    assert model_notes(rehearsal) == model_notes(straight(CONTINUE, phrase(1.0)))


def test_the_bars_of_the_daw_are_shown() -> None:
    rehearsal = looped(CONTINUE, phrase(1.0), [(1.0 + 5.5 * BAR_S, Change("velocity", 99))], passes=3)
    # Nobody knows before the first end of the loop that bar 5 does not come.
    assert [event.bar for event in rehearsal.published(BarBegan)] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 1, 2, 3, 4]
    assert rehearsal.published(Granted) == [Granted("velocity", 99, 3)]
    assert rehearsal.published(Changed) == [Changed("velocity", 99, 3)]


def test_a_change_in_the_last_bar_of_a_known_loop_holds_from_its_first_bar_on() -> None:
    rehearsal = looped(CONTINUE, phrase(1.0), [(1.0 + 7.5 * BAR_S, Change("velocity", 99))], passes=3)
    assert rehearsal.published(Granted) == [Granted("velocity", 99, 1)]
    loudest = [max(n.velocity for n in rehearsal.notes() if n.start_tick // BAR == bar) for bar in (6, 7, 8, 9)]
    assert loudest[1] < loudest[2]


def test_a_freeze_repeats_its_bars_over_the_end_of_the_loop() -> None:
    rehearsal = looped(CONTINUE, phrase(1.0), [(1.0 + 6.5 * BAR_S, Change("freeze", 1))], passes=3)
    bars = [[(n.start_tick % BAR, n.pitch) for n in rehearsal.notes() if n.start_tick // BAR == bar] for bar in (6, 7)]
    assert bars[0] == bars[1]
    later = [[(n.start_tick % BAR, n.pitch) for n in rehearsal.notes() if n.start_tick // BAR == bar] for bar in (8, 9)]
    assert later == [bars[0]] * 2


def test_a_daw_that_stands_and_is_moved_begins_anew() -> None:
    daw = Daw(at_s=1.0).sends(START).beats(14).sends(STOP).silent(3.0).sends(song_position(0), GO_ON).beats(16)
    events = sorted([*((clock.at_s, clock) for clock in daw.sent), *phrase(1.0)], key=lambda event: event[0])
    script = [*events, (daw.at_s - 0.005, Stop())]
    rehearsal = Rehearsal(SONATINA, script, 3, listen_options=CONTINUE, sync="clock")
    assert bars_played(rehearsal) == [1, 2, 3]


def moved(*script: tuple[float, Change]) -> Rehearsal:
    """Play a phrase in bar 1 of a DAW that stops behind bar 6, and plays three bars from bar 1 on after 3 s."""
    daw = Daw(at_s=1.0).sends(START).beats(24).sends(STOP).silent(3.0).sends(song_position(0), GO_ON).beats(12)
    events = sorted([*((clock.at_s, clock) for clock in daw.sent), *phrase(1.0), *script], key=lambda event: event[0])
    return Rehearsal(SONATINA, [*events, (daw.at_s - 0.005, Stop())], 3, listen_options=ANSWER, sync="clock")


def test_kept_bars_go_on_where_a_daw_that_stands_is_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rehearsal = moved((3.2, Change("keep", 1)), (3.5, Change("play-kept", True)))
    kept = {(480 * beat, pitch) for beat, pitch in enumerate((60, 64, 67, 72))}
    heard = {(note.start_tick, note.pitch) for note in rehearsal.notes()}
    # The bars of the take go on behind bar 6.
    for bar in (3, 4, 5, 6, 7, 8):
        assert {(tick + (bar - 1) * BAR, pitch) for tick, pitch in kept} <= heard


def test_no_change_waits_for_a_bar_that_a_daw_has_left() -> None:
    # The first change waits for bar 9, and holds where the DAW goes; the second one need not wait for it.
    rehearsal = moved((12.0, Change("velocity", 99, "4 bars")), (16.2, Change("temperature", 0.5)))
    assert rehearsal.published(Granted) == [Granted("velocity", 99, 9), Granted("temperature", 0.5, 2)]
    assert rehearsal.published(Changed)[0] == Changed("velocity", 99, 9)
