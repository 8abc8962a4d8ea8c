from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.encodings import bar_tokens
from musicgen_live.model.recall import IntervalRecall, Recall
from training.data.recall import hide_runs, with_interval_recall, with_recall

CLASSES, BAR, PITCHES = len(bar_tokens.VOCABULARY), bar_tokens.ids_of("bar").start, bar_tokens.ids_of("pitch")


def by_reading(ids: list[int], classes: int, first: int) -> list[list[int]]:
    recall = Recall(classes, first)
    return [[token_id, *recall.read(token_id)] for token_id in ids]


@given(st.lists(st.integers(0, 3), max_size=150), st.integers(0, 2))
def test_all_at_once_equals_reading_one_by_one(ids: list[int], first: int) -> None:
    assert with_recall(np.array(ids, np.uint16), 4, first).tolist() == by_reading(ids, 4, first)


def test_long_repeats_are_found() -> None:
    tune = np.random.default_rng(0).integers(0, 300, 400).tolist()
    ids = [*tune, *tune[50:300], 7, *tune]
    rows = with_recall(np.array(ids), 300, 0)
    assert rows.tolist() == by_reading(ids, 300, 0)
    assert rows[:, 2].max() == 8


NOTE_IDS = [PITCHES.start, PITCHES.start + 60, PITCHES.start + 62, PITCHES.stop - 1, PITCHES.stop, BAR + 1, 0]
"""The lowest and the highest pitch, two between, a duration, a bar and a label."""


@given(st.lists(st.sampled_from(NOTE_IDS), max_size=150))
def test_intervals_all_at_once_equal_reading_one_by_one(ids: list[int]) -> None:
    recall = IntervalRecall(CLASSES, BAR, PITCHES)
    expected = [list(recall.read(token_id)) for token_id in ids]
    assert with_interval_recall(np.array(ids, np.uint16), CLASSES, BAR).tolist() == expected


def test_all_pairs_of_recall_are_hidden_together_and_nothing_behind() -> None:
    rows = np.ones((50_000, 7), np.int32)
    hide_runs(rows, 300, 0.5, np.random.default_rng(0), columns=5)
    hidden = rows[:, 1] == 300
    assert 0.4 < hidden.mean() < 0.6
    assert np.array_equal(rows[hidden], [[1, 300, 0, 300, 0, 1, 1]] * int(hidden.sum()))
    assert set(rows[~hidden].ravel().tolist()) == {1}


def test_recall_is_hidden_from_a_share_of_runs() -> None:
    rows = np.ones((100_000, 3), np.int32)
    hide_runs(rows, 300, 0.25, np.random.default_rng(0))
    hidden = rows[:, 1] == 300
    assert rows[:, 0].tolist() == [1] * len(rows)
    assert np.array_equal(hidden, rows[:, 2] == 0)
    assert 0.18 < hidden.mean() < 0.32
    borders = np.flatnonzero(np.diff(hidden.astype(int)))
    assert np.diff(borders).min() >= 16


def test_a_share_of_0_hides_nothing_and_1_everything() -> None:
    for share, hidden in ((0.0, 0), (1.0, 500)):
        rows = np.ones((500, 3), np.int32)
        hide_runs(rows, 300, share, np.random.default_rng(0))
        assert (rows[:, 1] == 300).sum() == hidden
