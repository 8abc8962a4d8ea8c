"""References of bars: which earlier bar each one answers, and what training shows a network of it."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.bar_guide import BarGuide
from musicgen_live.model.architecture import RELATIONS, Architecture
from musicgen_live.model.reference import Reference
from musicgen_live.model.remembered import Remembered
from musicgen_live.model.state import Floats
from musicgen_live.music.form import PlannedBar
from musicgen_live.music.notes import Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.bar_datasets import bars_dataset
from training.data.dataset import Ids
from training.data.labels import with_header
from training.data.recall import readings
from training.data.references import References, references_of, shown_ids
from training.data.token_kinds import is_kind

NOTHING = len(VOCABULARY)
ARCHITECTURE = Architecture(
    NOTHING, 8, "embedding", "carried", embedding=4, recall_from=bar_tokens.ids_of("bar").start, reference=True
)
"""The network whose inputs are compared."""


def music(*bars_of_tokens: str) -> Ids:
    return np.array(VOCABULARY.encode("|".join([*bars_of_tokens, "end"]).split("|")), np.uint16)


def melody(*pitches: int, bar: str = "bar 4/4") -> str:
    return "|".join([bar, *(f"position {24 * i}|pitch {pitch}|duration 24" for i, pitch in enumerate(pitches))])


def found(*bars_of_tokens: str) -> list[tuple[int, int, str]]:
    """Return distance, semitones and relation of every bar."""
    references = references_of(music(*bars_of_tokens))
    return [
        (distance, semitones, RELATIONS[relation])
        for distance, semitones, relation in zip(
            references.distances.tolist(), references.semitones.tolist(), references.relations.tolist(), strict=True
        )
    ]


THEME, OTHER, EMPTY = melody(60, 62, 64, 65), melody(72, 70, 79), "bar 4/4"
NEW = (0, 0, "new")


def test_a_bar_that_returns_is_the_same() -> None:
    assert found(THEME, OTHER, THEME, OTHER) == [NEW, NEW, (2, 0, "same"), (2, 0, "same")]


def test_a_bar_with_some_of_the_notes_is_varied() -> None:
    # Three of the five notes of both bars, then one of seven.
    assert found(THEME, melody(60, 62, 64, 67)) == [NEW, (1, 0, "varied")]
    assert found(THEME, melody(60, 50, 51, 53)) == [NEW, NEW]


def test_a_bar_on_another_step_is_transposed() -> None:
    assert found(THEME, melody(67, 69, 71, 72)) == [NEW, (1, 7, "transposed")]
    assert found(THEME, melody(48, 50, 52, 53)) == [NEW, (1, -12, "transposed")]
    # More than an octave apart, nothing relates them.
    assert found(THEME, melody(73, 75, 77, 78)) == [NEW, NEW]


def test_the_nearer_of_two_equal_bars_is_answered() -> None:
    assert found(THEME, THEME, OTHER, THEME)[-1] == (2, 0, "same")


def test_a_literal_return_goes_before_a_transposition_that_fits_as_well() -> None:
    assert found(THEME, melody(62, 64, 66, 67), THEME)[-1] == (2, 0, "same")


def test_a_bar_answers_the_one_most_like_it() -> None:
    assert found(THEME, melody(60, 62, 64, 72), THEME)[-1] == (2, 0, "same")


def test_bars_of_other_lengths_and_empty_bars_answer_nothing() -> None:
    assert found(melody(60, 62, bar="bar 2/4"), melody(60, 62, bar="bar 3/4")) == [NEW, NEW]
    assert found(EMPTY, EMPTY, THEME, EMPTY) == [NEW] * 4


def test_of_transpositions_that_fit_alike_the_smallest_counts() -> None:
    # D lies a step above the C below, and a fourth below the G.
    fifth = "bar 4/4|position 0|pitch 60|duration 24|pitch 67|duration 24"
    assert found(fifth, "bar 4/4|position 0|pitch 62|duration 24")[-1] == (1, 2, "transposed")


def test_a_reference_is_at_most_64_bars_back_and_need_not_be_at_any_distance() -> None:
    def after(bars_between: int) -> tuple[int, int, str]:
        return found(THEME, *[EMPTY] * bars_between, THEME)[-1]

    assert after(63) == (64, 0, "same")
    assert after(64) == NEW
    # Seventeen bars form no phrases.
    assert after(16) == NEW


@st.composite
def pieces(draw: st.DrawFn, lowest: int = 0, highest: int = 127) -> Ids:
    """Return pieces whose bars answer earlier ones, or do not, with velocities and in changing time signatures."""
    themes = st.lists(
        st.tuples(
            st.sampled_from([0, 0, 24, 30, 48, 54]),
            st.sampled_from([lowest, lowest + 5, 59, 60, 62, 64, highest - 7, highest]),
            st.sampled_from([6, 24, 48]),
            st.sampled_from([88, 88, 104]),
        ),
        max_size=7,
    )
    written: list[list[tuple[int, int, int, int]]] = []
    notes: list[Note] = []
    changes: list[TimeSignatureChange] = []
    tick = 0
    for _ in range(draw(st.integers(1, 7))):
        returns = draw(st.booleans())
        if written and returns:
            theme = draw(st.sampled_from(written))
            higher = draw(st.sampled_from([0, 0, 1, -2, 7, 12]))
            theme = [
                (at, min(max(pitch + higher, lowest), highest), length, velocity)
                for at, pitch, length, velocity in theme
                if draw(st.booleans())
            ]
        else:
            theme = draw(themes)
        written.append(theme)
        time_signature = draw(st.sampled_from([TimeSignature(3, 4), TimeSignature(6, 8), TimeSignature(4, 4)]))
        changes.append(TimeSignatureChange(tick, time_signature))
        for at, pitch, duration, velocity in {(at, pitch): (at, pitch, *rest) for at, pitch, *rest in theme}.values():
            unit = bar_tokens.UNIT_TICKS
            notes.append(Note(tick + at * unit, duration * unit, pitch, velocity))
        tick += time_signature.bar_ticks
    tokens = bars.encode(Score((tuple(sorted(notes)),), tuple(changes), tick))
    return with_header("folk", np.array(VOCABULARY.encode(tokens), np.uint16))


def bars_of(piece: Ids) -> list[list[int]]:
    """Return the ids of every bar, its bar token first; without `end`."""
    starts = np.flatnonzero(is_kind(piece, "bar")).tolist()
    return [piece[start:stop].tolist() for start, stop in zip(starts, [*starts[1:], len(piece) - 1], strict=True)]


def read_live(piece: Ids, references: References) -> list[tuple[int, int]]:
    """Return what `Reference.read` gives for every id of the bars."""
    ids, rows = bars_of(piece), []
    for number, bar in enumerate(ids):
        distance, relation = int(references.distances[number]), RELATIONS[references.relations[number]]
        reference = Reference(relation)
        if distance:
            following = ids[number - distance + 1][0]
            reference = Reference(relation, ids[number - distance][1:], following, int(references.semitones[number]))
        rows += [reference.read(token_id, NOTHING) for token_id in bar]
    return rows


def assert_same_as_live(piece: Ids, references: References) -> None:
    shown, relations = shown_ids(piece, references, NOTHING)
    first = int(np.flatnonzero(is_kind(piece, "bar"))[0])
    assert list(zip(shown[first:-1].tolist(), relations[first:-1].tolist(), strict=True)) == read_live(
        piece, references
    )
    assert set(shown[:first].tolist()) == {NOTHING}
    assert set(relations[:first].tolist()) == {0}


@settings(deadline=None, max_examples=120)
@given(pieces(), st.randoms(use_true_random=False))
def test_training_shows_what_a_reference_shows(piece: Ids, dice: random.Random) -> None:
    assert_same_as_live(piece, references_of(piece))
    # A form can have any bar answer any earlier one, at any transposition, of another length too.
    count = len(bars_of(piece))
    distances = np.array([dice.randint(0, bar) for bar in range(count)], np.int16)
    semitones = np.where(distances > 0, [dice.choice([0, 0, 5, -12, 12]) for _ in range(count)], 0).astype(np.int8)
    relations = np.where(distances == 0, 1, np.where(semitones == 0, 2, 4)).astype(np.int8)
    assert_same_as_live(piece, References(distances, semitones, relations))


@pytest.mark.parametrize("number", range(4))
def test_training_shows_what_a_reference_shows_of_a_data_set(number: int) -> None:
    dataset = bars_dataset()
    piece = np.asarray(dataset.ids_of(dataset.pieces[number]))
    references = references_of(piece)
    assert (references.distances > 0).any()
    assert_same_as_live(piece, references)


class Inputs:
    """Predicts nothing; records the other inputs of the network for every id."""

    def __init__(self, architecture: Architecture) -> None:
        self.remembered = Remembered(architecture)
        self.rows: list[tuple[int, ...]] = []

    def step(self, token_id: int) -> Floats:
        self.rows.append((token_id, *self.remembered.read(token_id)))
        return np.zeros(NOTHING, np.float32)


@settings(deadline=None, max_examples=40)
@given(pieces(), st.booleans())
def test_a_take_that_follows_a_piece_reads_what_training_read(piece: Ids, intervals: bool) -> None:
    references = references_of(piece)
    architecture = replace(ARCHITECTURE, intervals=intervals)
    inputs = Inputs(architecture)
    guide = BarGuide(inputs, inputs.remembered)
    bar = 0
    for token_id in piece.tolist():
        if token_id in bar_tokens.ids_of("bar"):
            relation = RELATIONS[references.relations[bar]]
            guide.plan = PlannedBar(relation, int(references.distances[bar]), int(references.semitones[bar]))
            bar += 1
        guide.step(token_id)
    expected = readings(architecture, piece, shown_ids(piece, references, NOTHING))
    # Nothing follows `end`.
    assert inputs.rows[:-1] == list(map(tuple, expected[:-1].tolist()))


@settings(deadline=None, max_examples=40)
@given(pieces(lowest=30, highest=90), st.sampled_from([-3, 1, 6]))
def test_in_another_key_a_piece_has_the_same_references(piece: Ids, semitones: int) -> None:
    move = np.array([*bar_tokens.transposed_ids(semitones), NOTHING])
    moved = move[piece].astype(np.uint16)
    references, after = references_of(piece), references_of(moved)
    for column in ("distances", "semitones", "relations"):
        assert np.array_equal(getattr(references, column), getattr(after, column))
    (shown, relations), (shown_after, relations_after) = (shown_ids(ids, references, NOTHING) for ids in (piece, moved))
    assert np.array_equal(move[shown], shown_after)
    assert np.array_equal(relations, relations_after)
