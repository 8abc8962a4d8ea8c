"""Quantizing: played notes move to the positions of music in bars, and notes on positions stay."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.encodings.bar_tokens import POSITIONS, TIME_SIGNATURES
from musicgen_live.music.notes import Note
from musicgen_live.session.listening.quantize import bias_ticks, merged, position_of

BAR = 1920


@pytest.mark.parametrize(
    ("tick", "position"),
    [
        (-30, 0),
        (27, 0),
        (28, 40),  # a sextuplet
        (60, 60),  # a thirty-second
        (93, 120),
        (139, 120),
        (141, 160),  # a triplet of eighths
        (213, 240),
        (453, 480),
        (1900, 1920),
        (1893, 1920),
        (1885, 1880),
        (3850, 3840),
    ],
)
def test_a_note_on_moves_to_a_near_position_strong_ones_first(tick: int, position: int) -> None:
    assert position_of(tick, BAR) == position


def test_every_position_of_every_time_signature_stays() -> None:
    for time_signature in TIME_SIGNATURES:
        bar = time_signature.bar_ticks
        positions = [unit * 20 for unit in POSITIONS if unit * 20 < bar]
        ticks = [7 * bar + position for position in positions]
        assert [position_of(tick, bar) for tick in ticks] == ticks


def test_the_bias_is_the_usual_earliness_or_lateness() -> None:
    assert bias_ticks([452, 688, 934, 1170, 1413], BAR) == -28
    assert bias_ticks([25, 265, 503, 745], BAR) == 25
    # Fewer than three notes have no bias, and notes on positions are meant so.
    assert bias_ticks([452, 688], BAR) == 0
    assert bias_ticks([40, 280, 520, 760], BAR) == 0
    # Thirty-seconds off the beat are not late.
    assert bias_ticks([57, 297, 537, 777], BAR) == 0


def test_merged_parts_have_no_pitch_twice_at_once() -> None:
    model = (Note(0, 960, 60, 80), Note(0, 480, 64, 80), Note(960, 480, 62, 70))
    mine = (Note(0, 480, 64, 100), Note(480, 960, 60, 90), Note(720, 480, 62, 60))
    assert merged(model, mine) == (
        Note(0, 480, 60, 80),
        Note(0, 480, 64, 100),
        Note(480, 960, 60, 90),
        Note(720, 240, 62, 60),
        Note(960, 480, 62, 70),
    )


NOTES = st.lists(st.builds(Note, st.integers(0, 3000), st.integers(1, 2000), st.integers(60, 63), st.integers(1, 127)))


@given(NOTES, NOTES)
def test_merged_notes_of_a_pitch_never_overlap(one: list[Note], other: list[Note]) -> None:
    notes = merged(one, other)
    assert list(notes) == sorted(notes)
    assert {(note.start_tick, note.pitch) for note in notes} == {(n.start_tick, n.pitch) for n in one + other}
    for pitch in range(60, 64):
        part = [note for note in notes if note.pitch == pitch]
        assert all(a.end_tick <= b.start_tick for a, b in pairwise(part))
        assert all(note.duration_ticks > 0 for note in part)
    assert merged(notes) == notes
