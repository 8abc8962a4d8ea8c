"""Search for copies: transposed, across bar lines, and without false matches."""

from __future__ import annotations

import numpy as np

from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.bar_datasets import ids_of, melody
from training.evaluation.copying import longest_copies
from training.evaluation.passages import Passage, passage_of

SCALE = (60, 62, 64, 65, 67, 69, 71)


def tune(*notes: tuple[int, int], start: int = 0) -> Passage:
    """Return successive notes of (pitch, length in eighths) in 4/4."""
    tick, written = start * PPQ // 2, []
    for pitch, eighths in notes:
        written.append(Note(tick, eighths * PPQ // 2, pitch, 88))
        tick += eighths * PPQ // 2
    return passage_of(ids_of(Score((tuple(written),), (TimeSignatureChange(0, TimeSignature(4, 4)),), tick)))


ORIGINAL = tune((60, 1), (62, 1), (64, 2), (60, 1), (67, 3), (65, 1), (64, 1), (62, 1), (60, 4))


def test_a_transposed_copy_is_found() -> None:
    # Notes 3 to 7 a fourth up, an eighth later in the bar, between unrelated notes.
    quote = tune((40, 2), (69, 2), (65, 1), (72, 3), (70, 1), (69, 1), (50, 4), start=1)
    assert longest_copies([ORIGINAL], [quote]) == [5]


def test_a_piece_is_a_copy_of_itself() -> None:
    assert longest_copies([ORIGINAL], [ORIGINAL]) == [9]


def test_another_rhythm_or_another_interval_is_no_copy() -> None:
    slower = tune((60, 2), (62, 2), (64, 4), (60, 2), (67, 6))
    # No two successive lengths equal those of two notes of the original.
    assert longest_copies([ORIGINAL], [slower]) == [1]
    upside_down = tune((60, 1), (58, 1), (56, 2), (60, 1), (53, 3))
    # Both have two eighths that fall by a tone.
    assert longest_copies([ORIGINAL], [upside_down]) == [2]


def test_each_passage_is_compared_with_each_piece() -> None:
    other = tune((50, 1), (57, 1), (50, 2), (57, 2))
    found = longest_copies(
        [ORIGINAL, other], [tune((62, 1), (69, 1), (62, 2)), tune((60, 1)), ORIGINAL, tune((30, 4), (31, 4))]
    )
    assert found == [3, 1, 9, 1]


def test_no_copy_crosses_from_one_piece_into_the_next() -> None:
    first, second = tune((60, 1), (62, 1)), tune((64, 1), (65, 1))
    assert longest_copies([first, second], [tune((60, 1), (62, 1), (64, 1), (65, 1))]) == [2]
    # Nor from one passage into the next.
    assert longest_copies([tune((60, 1), (62, 1), (64, 1), (65, 1))], [first, second]) == [2, 2]


def test_silence_copies_nothing() -> None:
    silence = passage_of(ids_of(Score((), (TimeSignatureChange(0, TimeSignature(4, 4)),), 4 * PPQ)))
    assert longest_copies([ORIGINAL], [silence]) == [0]
    assert longest_copies([], [ORIGINAL]) == [1]
    assert longest_copies([ORIGINAL], []) == []


def by_definition(music: list[Passage], passage: Passage) -> int:
    def parts(p: Passage) -> list[tuple[int, int, int]]:
        return list(zip(p.onsets.tolist(), p.durations.tolist(), p.pitches.tolist(), strict=True))

    def relative(run: list[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
        onset, _, pitch = run[0]
        return tuple((o - onset, d, p - pitch) for o, d, p in run)

    query, longest = parts(passage), 0
    for length in range(1, len(query) + 1):
        corpus = {relative(parts(p)[i : i + length]) for p in music for i in range(len(p.pitches) - length + 1)}
        if any(relative(query[i : i + length]) in corpus for i in range(len(query) - length + 1)):
            longest = length
    return longest


def test_results_match_a_direct_search() -> None:
    music = [passage_of(ids_of(melody(seed, 8, pitches=SCALE[:3]))) for seed in range(6)]
    passages = [passage_of(ids_of(melody(seed, 6, pitches=SCALE[1:4]))) for seed in range(20, 26)]
    found = longest_copies(music, passages)
    assert found == [by_definition(music, passage) for passage in passages]
    assert max(found) >= 4


def test_much_music_does_not_hide_a_copy() -> None:
    rng = np.random.default_rng(0)

    def random_passage(notes: int) -> Passage:
        onsets = np.cumsum(rng.choice([0, 6, 12], notes))
        durations, pitches = rng.choice([6, 12, 24], notes), rng.integers(40, 80, notes)
        return Passage(onsets, durations, pitches, np.array([0]), np.array([int(onsets[-1]) + 24]))

    music = [random_passage(50_000) for _ in range(4)]
    original = music[2]
    quote = Passage(
        original.onsets[1000:1400],
        original.durations[1000:1400],
        original.pitches[1000:1400] + 5,
        np.array([0]),
        np.array([9]),
    )
    assert longest_copies(music, [quote, random_passage(400)])[0] == 400
