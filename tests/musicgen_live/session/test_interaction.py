"""A musician plays with the model on the manual clock: the turns of `continue` and `answer`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.generation.composer import Composer
from musicgen_live.interfaces.events import BarBegan, Changed, Event, Granted, Played
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Stop
from musicgen_live.player.reports import Began, Received
from musicgen_live.session.conductor import Conductor
from musicgen_live.session.context import SessionContext
from musicgen_live.session.interaction import Interaction
from musicgen_live.session.listening.decisions import ListenOptions
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.state import LiveState
from tests.support.light import light_performance
from tests.support.musician import (
    BAR,
    BAR_S,
    CONTINUE,
    SCALE,
    SONATINA,
    bars_played,
    first_planned,
    keys,
    message,
    model_notes,
    phrase,
    played,
)
from tests.support.rehearsal import Rehearsal

# --- the beginning -----------------------------------------------------------------------------------------------


def test_the_first_note_on_is_beat_one_of_bar_one() -> None:
    rehearsal = played(CONTINUE, [message(0.5, "b00140"), message(0.6, "803c00")], phrase(1.25), until_s=4.0)
    # The player drops a release without a note on; the modulation wheel begins nothing.
    assert rehearsal.received()[:3] == [(-1, "b0 01 40"), (-1, "90 3c 50"), (384, "80 3c 00")]
    assert rehearsal.published(Position) == [Position(0, 1.25, 120.0, runs=True)]
    assert [(e.tick, e.pitch) for e in rehearsal.published(Played) if e.velocity] == [
        (0, 60),
        (480, 64),
        (960, 67),
        (1440, 72),
    ]
    assert [event.bar for event in rehearsal.published(BarBegan)] == [1, 2]


@pytest.mark.parametrize("mode", ["b07b00", "b07800"])
def test_a_daw_that_stops_ends_the_phrase(mode: str) -> None:
    # All Notes Off or All Sound Off, and no note-off.
    struck = [message(1.0 + 0.25 * i, f"90{pitch:02x}50") for i, pitch in enumerate((60, 64, 67, 72))]
    rehearsal = played(CONTINUE, struck, [message(2.0, mode)], until_s=7.0)
    assert bars_played(rehearsal) == [1, 2]


def test_a_daw_that_stops_ends_its_chord() -> None:
    struck = keys((1.5, 9.0, 53), (1.5, 9.0, 57), (1.5, 9.0, 60), source="chords")[:3]
    held = keys((0.5, 9.0, 48), (0.5, 9.0, 52), (0.5, 9.0, 55), source="chords")[:3]
    rehearsal = played(None, held, [message(1.0, "b07b00", "chords")], struck, until_s=3.0, follows_chords=True)
    assert [e.value for e in rehearsal.published(Granted) if e.name == "chords"] == ["C", "F"]


def test_all_keys_of_a_chord_that_begins_the_music_count() -> None:
    # They are received before the player can know that the first of them began the music.
    rehearsal = played(CONTINUE, keys((1.0, 1.8, 60), (1.0, 1.8, 64), (1.0, 1.8, 67)), until_s=6.0)
    assert rehearsal.received()[:3] == [(-1, "90 3c 50"), (-1, "90 40 50"), (-1, "90 43 50")]
    assert [(e.tick, e.pitch) for e in rehearsal.published(Played)] == [
        (0, 60),
        (0, 64),
        (0, 67),
        (768, 60),
        (768, 64),
        (768, 67),
    ]


# --- continue ------------------------------------------------------------------------------------------------------


def test_continue_starts_at_the_next_bar_line_in_the_key() -> None:
    # The last release is at 2208; a quarter of silence is over at 2688.
    rehearsal = played(CONTINUE, phrase(1.0), keys((3.0, 3.3, 60)), until_s=1.0 + 8 * BAR_S)
    assert model_notes(rehearsal)[0][0] == 2 * BAR
    assert bars_played(rehearsal) == [2, 3, 4, 5, 6, 7]
    assert {pitch % 12 for _, pitch in model_notes(rehearsal)} <= SCALE


def test_continue_starts_at_the_next_beat() -> None:
    rehearsal = played(ListenOptions("continue", "beat"), phrase(1.0), keys((3.0, 3.2, 60)), until_s=1.0 + 4 * BAR_S)
    assert model_notes(rehearsal)[0][0] == BAR + 480
    assert bars_played(rehearsal) == [1, 2, 3]


def test_whole_bars_are_continued_on_the_line() -> None:
    # The last release is 0.1 s before the bar line. The first notes come 20 ms late, as this might have been a mistake.
    rehearsal = played(CONTINUE, phrase(1.0), until_s=1.0 + 4 * BAR_S)
    assert model_notes(rehearsal)[0][0] == BAR + 19
    assert bars_played(rehearsal) == [1, 2, 3]
    # Their ends stay.
    planned = first_planned(rehearsal, BAR)
    assert [tick for tick, _ in planned[:2]] == [BAR + 19, BAR + 19]


def test_nobody_hears_that_a_phrase_might_have_been_over() -> None:
    # After a bar and after two, the next note comes 15 ms after the line.
    late = keys(*((5.015 + 0.5 * i, 5.4 + 0.5 * i, 60 + i) for i in range(4)))
    second = keys(*((3.015 + 0.5 * i, 3.4 + 0.5 * i, 60 + i) for i in range(4)))
    rehearsal = played(ListenOptions("answer"), phrase(1.0), second, late, until_s=1.0 + 12 * BAR_S)
    assert bars_played(rehearsal) == [4, 5, 6]


def test_two_and_two_bars_are_traded() -> None:
    phrases = [phrase(1.0 + 4 * BAR_S * n, 2) for n in range(4)]
    rehearsal = played(ListenOptions("answer"), *phrases, until_s=1.0 + 16 * BAR_S)
    assert bars_played(rehearsal) == [2, 3, 6, 7, 10, 11, 14, 15]
    # From the third phrase on the length is known, so the entries are on the line.
    first = [min(tick for tick, _ in model_notes(rehearsal) if tick >= BAR * bar) - BAR * bar for bar in (2, 6, 10, 14)]
    assert first == [19, 19, 0, 0]


def test_a_rest_shorter_than_an_eighth_ends_no_phrase() -> None:
    rehearsal = played(CONTINUE, phrase(1.0, bars=4), until_s=1.0 + 4 * BAR_S)
    assert model_notes(rehearsal) == []


def test_the_music_depends_on_the_phrase() -> None:
    other = keys(*((1.0 + 0.25 * i, 1.2 + 0.25 * i, 72 - i) for i in range(7)))
    one, another = (played(CONTINUE, script, until_s=7.0) for script in (phrase(1.0), other))
    assert first_planned(one, 2 * BAR) != first_planned(another, 2 * BAR)


def test_a_note_on_ends_the_turn_and_begins_a_second_phrase() -> None:
    # The model's turn begins at 3840, which is 5 s; the musician comes in at 7.1 s, tick 5856.
    alone = played(CONTINUE, phrase(1.0), until_s=1.0 + 8 * BAR_S)
    rehearsal = played(CONTINUE, phrase(1.0), keys((7.1, 7.5, 60), (7.6, 8.0, 62)), until_s=1.0 + 8 * BAR_S)
    assert [note for note in model_notes(rehearsal) if note[0] < 5856] == [
        note for note in model_notes(alone) if note[0] < 5856
    ]
    assert [tick for tick, _ in model_notes(rehearsal) if 5856 <= tick < 4 * BAR] == []
    assert any(5856 <= tick < 4 * BAR for tick, _ in model_notes(alone))
    # Released at 8 s, tick 6720: the next bar line is 7680.
    assert model_notes(rehearsal)[[tick >= 5856 for tick, _ in model_notes(rehearsal)].index(True)][0] == 4 * BAR


def test_a_false_entry_is_cut_and_the_phrase_goes_on() -> None:
    # Three quarters and a rest, in each of four bars; the model enters at 1920, which is 3 s, and is struck down 50 ms
    # later, 48 ticks.
    struck = [
        (1.0 + 2.0 * bar + 0.5 * beat + 0.05 * (bar > 0), 1.4 + 2.0 * bar + 0.5 * beat, 60 + 2 * beat)
        for bar in range(4)
        for beat in range(3)
    ]
    rehearsal = played(CONTINUE, keys(*struck), until_s=1.0 + 7 * BAR_S)
    alone = played(CONTINUE, keys(*struck[:3]), until_s=1.0 + 7 * BAR_S)
    entry = [note for note in alone.notes() if note.start_tick < BAR + 48]
    assert [note.start_tick for note in entry] == [BAR] * len(entry) != []
    assert bars_played(rehearsal) == [1, 5, 6]
    assert [(note.start_tick, note.pitch) for note in rehearsal.notes() if note.start_tick < 5 * BAR] == [
        (note.start_tick, note.pitch) for note in entry
    ]
    assert {note.end_tick for note in rehearsal.notes() if note.start_tick < 5 * BAR} == {BAR + 48}


def test_nothing_is_planned_while_the_musician_plays() -> None:
    rehearsal = played(CONTINUE, phrase(1.0), keys((7.1, 15.0, 60)), until_s=15.0)
    assert max(tick for tick, _ in model_notes(rehearsal)) < 5856


def test_a_change_before_the_turn_does_not_bring_it_forward() -> None:
    # After a rest of 300 ticks, 375 ticks end the phrase. Its last release is at 1600, so the model's turn begins at
    # 3840; a bar at 1920 could still change.
    script = keys((1.0, 1.0 + 180 / 960, 60), (1.5, 2.0, 64), (2.0, 2.25, 67), (2.25, 1.0 + 1600 / 960, 72))
    rehearsal = played(CONTINUE, script, [(2.8, Change("polyphony", 1))], until_s=1.0 + 5 * BAR_S)
    assert model_notes(rehearsal)[0][0] == 2 * BAR
    assert rehearsal.published(Changed) == [Changed("polyphony", 1, 3)]
    assert len(model_notes(rehearsal)) == len({tick for tick, _ in model_notes(rehearsal)})


def test_a_preset_changes_the_tempo_during_a_phrase() -> None:
    script = phrase(1.0, 3), [(2.0, Change("preset", "nocturne"))]
    rehearsal = played(CONTINUE, *script, until_s=16.0)
    tempo = load_preset("nocturne").settings.tempo
    assert [(place.tick, place.tempo) for place in rehearsal.published(Position)] == [(0, 120.0), (BAR, tempo)]
    # 5 bars later than tick 0, the last four and a half seconds of the phrase in the new tempo.
    onsets = [event.tick for event in rehearsal.published(Played) if event.velocity]
    assert onsets == sorted(onsets)
    assert onsets[:5] == [0, 480, 960, 1440, 1920]
    assert onsets[5] == 1920 + int(480 * tempo / 120)


def test_a_musician_ends_a_freeze() -> None:
    # The model's turn begins at 3840, which is 5 s; from bar 5, at 7680, it repeats two bars.
    first, freeze = phrase(1.0), [(1.0 + 3.5 * BAR_S, Change("freeze", 2))]
    # The musician comes in at 15.5 s, within bar 8.
    again = keys((1.0 + 7.25 * BAR_S, 1.0 + 7.5 * BAR_S, 60))
    rehearsal = played(CONTINUE, first, freeze, again, until_s=1.0 + 14 * BAR_S)
    bars = [
        [(n.start_tick % BAR, n.pitch) for n in rehearsal.notes() if n.start_tick // BAR == bar] for bar in range(14)
    ]
    assert bars[2:4] == bars[4:6]
    silent = 7 * BAR + 480
    assert bars[6] == bars[2]
    assert bars[7] == [note for note in bars[3] if note[0] < 480]
    assert rehearsal.published(Granted) == [Granted("freeze", 2, 5), Granted("freeze", 0, 8)]
    assert rehearsal.published(Changed) == [Changed("freeze", 2, 5), Changed("freeze", 0, 8)]
    assert rehearsal.session.values["freeze"] == 0
    # Released at the middle of bar 8, and a quarter of silence later the next bar line is 15360.
    assert min(tick for tick, _ in model_notes(rehearsal) if tick >= silent) // BAR == 8
    # Not the two bars in turn any more.
    assert bars[8:10] != bars[2:4] != bars[10:12]


# --- answer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bars", "asked", "answer"), [(1, None, [1]), (2, None, [2, 3]), (1, 4, [2, 3, 4, 5])])
def test_an_answer_has_the_played_or_requested_bars(bars: int, asked: int | None, answer: list[int]) -> None:
    rehearsal = played(ListenOptions("answer", answer_bars=asked), phrase(1.0, bars), until_s=1.0 + 10 * BAR_S)
    assert bars_played(rehearsal) == answer
    assert 0 <= model_notes(rehearsal)[0][0] - answer[0] * BAR <= 19
    assert max(note.end_tick for note in rehearsal.notes()) <= (answer[-1] + 2) * BAR


def test_each_phrase_is_answered() -> None:
    script = phrase(1.0), phrase(1.0 + 4 * BAR_S, 2), phrase(1.0 + 20 * BAR_S)
    rehearsal = played(ListenOptions("answer"), *script, until_s=1.0 + 30 * BAR_S)
    assert bars_played(rehearsal) == [1, 6, 7, 22]


def test_an_early_first_beat_after_the_count_in_counts() -> None:
    received = [
        Received("input", tick, 0.0, bytes.fromhex(text))
        for tick, text in ((-300, "903c50"), (-20, "904050"), (200, "804000"))
    ]
    performance = light_performance(SONATINA, 3)
    events: list[Event] = []
    playhead = Playhead(120.0, TimeSignature(4, 4), follows=False)
    playhead.handle(Began(1.0))
    context = SessionContext(lambda _: None, events.append, lambda: 0.98, lambda _: performance.bundle)
    conductor = Conductor(Composer(performance), LiveState(performance.settings), playhead, 3, context, plays=False)
    interaction = Interaction(CONTINUE, TimeSignature(4, 4), conductor, playhead, context, begins=False)
    for each in received:
        interaction.receive(each)
    assert events == [Played(0, 64, 80), Played(200, 64, 0)]


# --- what was played ------------------------------------------------------------------------------------------------


def answered(velocity: int, *, root: int = 0, seed: int = 3) -> Rehearsal:
    """Return a rehearsal in which four bars of eighths in a major key are answered by four."""
    pitches = [60 + root + step for step in (0, 2, 4, 5, 7, 5, 4, 2, 0, 4, 7, 12, 11, 7, 5, 2)] * 2
    script = [
        event
        for i, pitch in enumerate(pitches)
        for event in (
            message(1.0 + 0.25 * i, f"90{pitch:02x}{velocity:02x}"),
            message(1.23 + 0.25 * i, f"80{pitch:02x}00"),
        )
    ]
    events = sorted([*script, (1.0 + 9 * BAR_S, Stop())], key=lambda event: event[0])
    options = ListenOptions("answer", answer_bars=4)
    return Rehearsal(replace(SONATINA, key=None), events, seed, listen_options=options)


@pytest.mark.parametrize("velocity", [25, 115])
def test_an_answer_is_as_loud_as_the_phrase(velocity: int) -> None:
    velocities = [note.velocity for note in answered(velocity).notes()]
    assert abs(sum(velocities) / len(velocities) - velocity) <= 15


def test_an_answer_stays_within_an_octave_of_the_phrase() -> None:
    pitches = [note.pitch for note in answered(80).notes()]
    assert pitches
    assert min(pitches) >= 60 - 12
    assert max(pitches) <= 72 + 12


@pytest.mark.parametrize("root", [1, 6])
def test_an_answer_is_in_the_key_of_the_phrase(root: int) -> None:
    notes = [note for seed in (1, 2, 3) for note in answered(80, root=root, seed=seed).notes()]
    inside = [note for note in notes if (note.pitch - root) % 12 in SCALE]
    assert len(inside) >= 0.9 * len(notes) > 0
