"""Hypothesis strategies for scores, on the grid of the `bars` encoding or anywhere."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import strategies as st

from musicgen_live.encodings.bar_tokens import DURATIONS, POSITIONS, TIME_SIGNATURES, UNIT_TICKS, VELOCITIES, units_of
from musicgen_live.music.notes import Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature


@st.composite
def written_scores(draw: st.DrawFn, hands: bool = False) -> Score:
    """Draw a score that tokens can write: whole bars with a token, at least one note, all notes on the grid."""
    time_signatures = draw(st.lists(st.sampled_from(TIME_SIGNATURES), min_size=1, max_size=6))
    lengths = [units_of(time_signature) for time_signature in time_signatures]
    starts = [0, *accumulate(lengths)]
    spots = st.integers(0, len(time_signatures) - 1).flatmap(
        lambda bar: st.tuples(
            st.just(starts[bar]), st.sampled_from([position for position in POSITIONS if position < lengths[bar]])
        ).map(sum)
    )
    note = st.tuples(spots, st.sampled_from(DURATIONS), st.integers(0, 127), st.sampled_from(VELOCITIES))
    part = st.lists(note, min_size=1, max_size=20, unique_by=lambda n: (n[0], n[2])).map(
        lambda notes: tuple(sorted(Note(s * UNIT_TICKS, d * UNIT_TICKS, p, v) for s, d, p, v in notes))
    )
    parts = tuple(draw(part) for _ in range(2 if hands else 1))
    changes = [i for i in range(len(time_signatures)) if i == 0 or time_signatures[i] != time_signatures[i - 1]]
    return Score(
        parts,
        tuple(TimeSignatureChange(starts[i] * UNIT_TICKS, time_signatures[i]) for i in changes),
        starts[-1] * UNIT_TICKS,
    )


@st.composite
def any_scores(draw: st.DrawFn) -> Score:
    """Draw a score of two parts with notes anywhere and any time signatures, which may cut bars short."""
    note = st.builds(Note, st.integers(0, 20_000), st.integers(1, 5_000), st.integers(0, 127), st.integers(1, 127))
    parts = draw(st.tuples(*(st.lists(note, max_size=15).map(lambda notes: tuple(sorted(notes))) for _ in range(2))))
    signature = st.builds(TimeSignature, st.integers(1, 33), st.sampled_from([1, 2, 4, 8, 16, 32, 64]))
    change = st.builds(TimeSignatureChange, st.integers(0, 20_000), signature)
    time_signatures = draw(st.lists(change, max_size=4, unique_by=lambda one: one.start_tick))
    return Score(parts, tuple(sorted(time_signatures)), draw(st.integers(0, 25_000)))
