"""A musician's notes, from note ons and releases to quantized notes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.encodings.bar_tokens import POSITIONS
from musicgen_live.music.notes import Note
from musicgen_live.session.listening.phrase import Phrase

BAR = 1920


def played(*notes: tuple[int, int, int], from_tick: int = 0) -> Phrase:
    """Return a phrase of notes, given as (note on, release, pitch), in any order."""
    phrase = Phrase(BAR, from_tick)
    events = [(start, 1, pitch) for start, _, pitch in notes] + [(end, 0, pitch) for _, end, pitch in notes]
    for tick, is_on, pitch in sorted(events):
        if is_on:
            phrase.note_on(tick, pitch, 80)
        else:
            phrase.release(tick, pitch)
    return phrase


def test_early_notes_move_to_the_beat_and_keep_their_lengths() -> None:
    early = played((458, 700, 60), (690, 920, 62), (933, 1200, 64), (1168, 1390, 65))
    assert early.notes(2000) == (
        Note(480, 242, 60, 80),
        Note(720, 230, 62, 80),
        Note(960, 267, 64, 80),
        Note(1200, 222, 65, 80),
    )


def test_the_bias_is_subtracted_before_quantizing() -> None:
    # 35 ticks late: each note alone would be a sextuplet of sixteenths.
    late = played((515, 700, 60), (756, 920, 62), (995, 1200, 64), (1234, 1390, 65))
    assert [note.start_tick for note in late.notes(2000)] == [480, 720, 960, 1200]
    assert played((515, 700, 60)).notes(2000) == (Note(520, 185, 60, 80),)


def test_the_notes_of_a_chord_begin_together() -> None:
    phrase = played((470, 900, 60), (489, 910, 64), (512, 905, 67), (955, 1400, 72))
    assert phrase.notes(2000) == (
        Note(480, 393, 67, 80),
        Note(480, 421, 64, 80),
        Note(480, 430, 60, 80),
        Note(960, 445, 72, 80),
    )


def test_a_run_is_no_chord() -> None:
    run = played((0, 50, 60), (58, 115, 62), (120, 177, 64), (178, 240, 65))
    assert [note.start_tick for note in run.notes(300)] == [0, 60, 120, 180]


def test_a_held_note_lasts_until_now_and_at_least_a_unit() -> None:
    phrase = Phrase(BAR)
    phrase.note_on(5, 60, 100)
    phrase.note_on(960, 64, 70)
    phrase.release(963, 64)
    assert phrase.sounds
    assert phrase.notes(970) == (Note(0, 970, 60, 100), Note(960, 20, 64, 70))
    assert phrase.held_from() == 0
    assert phrase.longest_until_tick == 7685


def test_a_note_that_is_never_released_ends_after_16_quarters() -> None:
    phrase = Phrase(BAR)
    phrase.note_on(0, 60, 80)
    phrase.note_on(480, 64, 80)
    assert phrase.overlong(7679) == ()
    assert phrase.overlong(7680) == (60,)
    assert phrase.notes(7700) == (Note(0, 7680, 60, 80), Note(480, 7220, 64, 80))


def test_notes_are_read_once_and_stay_as_they_were_read() -> None:
    phrase = played((0, 400, 60), (480, 900, 62), (935, 1300, 64))
    assert phrase.read(480, 500) == (Note(0, 400, 60, 80),)
    assert phrase.read(480, 500) == ()
    assert phrase.unread == 2
    assert phrase.read(1920, 1300) == (Note(480, 420, 62, 80), Note(960, 365, 64, 80))
    # New notes begin after the notes that were read, unless those are read again.
    phrase.note_on(1895, 65, 80)
    phrase.release(1990, 65)
    assert phrase.notes(2000)[-1] == Note(1920, 95, 65, 80)
    phrase.read_again(960)
    assert [note.start_tick for note in phrase.read(1921, 2000)] == [960, 1920]
    assert [note.start_tick for note in phrase.notes(2000)] == [0, 480, 960, 1920]


ONSETS = st.lists(
    st.sampled_from([bar * BAR + 20 * unit for bar in range(3) for unit in POSITIONS if unit < 96]), max_size=20
)


@given(ONSETS, st.data())
def test_music_on_positions_stays_as_it_is(onsets: list[int], data: st.DataObject) -> None:
    notes: list[Note] = []
    free_tick: dict[int, int] = {}
    for onset in sorted(onsets):
        # Notes less than a thirty-second apart are a chord.
        if notes and 0 < onset - notes[-1].start_tick < 60:
            continue
        note = Note(onset, data.draw(st.integers(20, 900)), data.draw(st.integers(60, 70)), 80)
        if free_tick.get(note.pitch, 0) <= onset:
            notes.append(note)
            free_tick[note.pitch] = note.end_tick
    phrase = played(*((note.start_tick, note.end_tick, note.pitch) for note in notes))
    assert phrase.notes(9000) == tuple(sorted(notes))
