"""Swing and humanizing of written notes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.config.settings import Settings
from musicgen_live.generation.groove import Groove, Humanize, Swing
from musicgen_live.music.notes import Note


def played(notes: Sequence[Note], settings: Settings, seed: int = 0) -> list[Note]:
    return list(map(Groove(settings, seed).note, notes))


@pytest.mark.parametrize(
    ("share", "note_ticks", "ticks", "moved"),
    [
        (0.5, 240, [0, 120, 240, 360, 480], [0, 120, 240, 360, 480]),
        (2 / 3, 240, [0, 240, 480, 720, 960, 1920, 2160], [0, 320, 480, 800, 960, 1920, 2240]),
        (0.75, 240, [0, 120, 240, 360, 480], [0, 180, 360, 420, 480]),
        (2 / 3, 120, [0, 120, 240, 360, 480], [0, 160, 240, 400, 480]),
    ],
)
def test_the_second_of_a_pair_comes_late(share: float, note_ticks: int, ticks: list[int], moved: list[int]) -> None:
    assert list(map(Swing(share, note_ticks, 1920), ticks)) == moved


def test_pairs_begin_at_the_bar_line_and_an_odd_rest_stays() -> None:
    # 7/8: three pairs of eighths, and one eighth alone.
    swing = Swing(2 / 3, 240, 7 * 240)
    assert [swing(tick) for tick in (240, 1200, 1440, 1560, 1680, 1680 + 240)] == [320, 1280, 1440, 1560, 1680, 2000]


@given(
    st.floats(0.5, 0.75),
    st.sampled_from([120, 240]),
    st.sampled_from([480, 840, 1440, 1920, 60]),
    st.integers(0, 5000),
    st.integers(0, 5000),
)
def test_swing_keeps_the_order_and_the_bar_lines(share: float, note: int, bar: int, one: int, other: int) -> None:
    swing = Swing(share, note, bar)
    assert (swing(min(one, other))) <= swing(max(one, other))
    assert swing(one) // bar == one // bar
    assert swing(one // bar * bar) == one // bar * bar


@st.composite
def lines(draw: st.DrawFn) -> list[Note]:
    """Draw notes of few pitches on the grid, with no pitch twice at once."""
    ends: dict[int, int] = {}
    notes = []
    for start, units, pitch in draw(
        st.lists(st.tuples(st.integers(0, 300), st.integers(1, 100), st.integers(60, 62)), max_size=40).map(sorted)
    ):
        if ends.get(pitch, 0) <= 20 * start:
            notes.append(Note(20 * start, 20 * units, pitch, 80))
            ends[pitch] = notes[-1].end_tick
    return notes


@given(lines(), st.floats(0.5, 0.75), st.floats(0, 100), st.integers(0, 64), st.sampled_from(["4/4", "7/8", "3/16"]))
def test_a_groove_moves_no_note_over_a_bar_line_or_into_another(
    notes: list[Note], swing: float, humanize: float, velocity: int, meter: str
) -> None:
    settings = Settings(swing=swing, humanize=humanize, humanize_velocity=velocity, meter=meter, tempo=300.0)
    moved = played(notes, settings)
    bar = settings.bar_ticks
    for before, after in zip(notes, moved, strict=True):
        assert after.start_tick >= before.start_tick
        assert after.start_tick // bar == before.start_tick // bar
        assert after.duration_ticks >= 1
        assert abs(after.velocity - before.velocity) <= velocity
        assert 1 <= after.velocity <= 127
    for i, note in enumerate(moved):
        for other in moved[i + 1 :]:
            if note.pitch == other.pitch:
                assert note.end_tick <= other.start_tick


def test_humanized_notes_are_late_at_random_and_end_in_time() -> None:
    notes = [Note(480 * i, 480, 60, 80) for i in range(200)]
    settings = Settings(humanize=25.0, humanize_velocity=6)
    moved = played(notes, settings, seed=3)
    # 25 ms at 120 quarters per minute are 24 ticks.
    late = [after.start_tick - before.start_tick for before, after in zip(notes, moved, strict=True)]
    assert (min(late), max(late)) == (0, 24)
    assert len(set(late)) == 25
    assert {note.velocity for note in moved} == set(range(74, 87))
    assert [note.end_tick for note in moved] == [note.end_tick for note in notes]
    assert played(notes, settings, seed=3) == moved
    assert played(notes, settings, seed=4) != moved


def test_short_notes_keep_half_of_themselves() -> None:
    late = Humanize(0, late_ticks=1000, velocity=0, bar_ticks=1920)
    assert min(late(Note(0, 40, 60, 80)).duration_ticks for _ in range(100)) == 20


def test_without_swing_and_humanizing_notes_stay_as_they_are() -> None:
    notes = [Note(240 * i, 240, 60, 80) for i in range(9)]
    assert played(notes, Settings()) == notes


@given(
    st.floats(0.5, 0.75), st.sampled_from([120, 240]), st.sampled_from([480, 840, 1440, 1920, 60]), st.integers(0, 5000)
)
def test_swing_can_be_undone_to_the_tick(share: float, note: int, bar: int, tick: int) -> None:
    swing = Swing(share, note, bar)
    assert abs(swing.inverse(swing(tick)) - tick) <= 1
    assert swing.inverse(tick // bar * bar) == tick // bar * bar


def test_swung_notes_become_even_again() -> None:
    groove = Groove(Settings(swing=2 / 3), 0)
    notes = [Note(240 * i, 240, 60, 80) for i in range(8)]
    assert [groove.note(note).start_tick for note in notes[:4]] == [0, 320, 480, 800]
    assert [groove.unswing(groove.note(note)) for note in notes] == notes
    assert [groove.unswing_tick(groove.tick(tick)) for tick in (0, 240, 480)] == [0, 240, 480]


def test_a_change_of_groove_continues_its_draws() -> None:
    notes = [Note(480 * i, 480, 60, 80) for i in range(100)]
    groove, other = Groove(Settings(humanize=25.0), 3), Groove(Settings(humanize=25.0), 3)
    first = [groove.note(note) for note in notes[:50]]
    groove.change(Settings(humanize=25.0, swing=0.6))
    assert first + [groove.note(note) for note in notes[50:]] == [other.note(note) for note in notes]
    groove.change(Settings())
    assert groove.note(notes[0]) == notes[0]


def test_a_groove_goes_back_to_a_snapshot() -> None:
    notes = [Note(240 * i, 240, 60, 80) for i in range(50)]
    groove = Groove(Settings(humanize=25.0, swing=0.6), 3)
    groove.note(notes[0])
    state = groove.snapshot()
    first = [groove.note(note) for note in notes]
    groove.seed(4)
    groove.change(Settings(humanize_velocity=9))
    assert [groove.note(note) for note in notes] != first
    groove.restore(state)
    assert [groove.note(note) for note in notes] == first
