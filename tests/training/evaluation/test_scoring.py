from __future__ import annotations

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from musicgen_live.model.architecture import Architecture
from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import predictor
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW, random_tensors
from training.evaluation.scoring import Score, piece_rows, ranks, rows_of, rows_of_probabilities, score, summarise

PIECES = [
    np.array([3, 1, 4, 1, 5, 0, 2, 6, 5, 3, 5], np.uint16),
    np.array([2, 0, 6, 6], np.uint16),
    np.array([1, 6, 0, 3, 3, 2, 5, 4], np.uint16),
]


def test_nats_and_rank_of_known_logits() -> None:
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.7, 0.2]], np.float32))
    rows = rows_of(logits, np.array([1, 0]))
    np.testing.assert_allclose(rows[:, 0], [math.log(4), math.log(10)], rtol=1e-6)
    assert rows[:, 1].tolist() == [1, 2]


def test_huge_logits_do_not_overflow() -> None:
    rows = rows_of(np.array([[1000.0, 0.0]], np.float32), np.array([1]))
    assert rows.tolist() == [[1000.0, 1.0]]


def test_among_equal_scores_the_lower_id_ranks_first() -> None:
    assert ranks(np.array([[2.0, 2.0, 3.0, 2.0]] * 4), np.array([0, 1, 2, 3])).tolist() == [1, 2, 0, 3]


def test_means_over_tokens() -> None:
    score = summarise(np.array([[1.0, 0], [2.0, 4], [3.0, 5], [2.0, 0]]))
    assert score == Score(tokens=4, nats=2.0, top1=0.5, top5=0.75)
    assert score.bits == pytest.approx(2.885390)


def test_a_score_without_tokens_is_nan() -> None:
    empty = summarise(np.zeros((0, 2)))
    assert empty.tokens == 0
    assert math.isnan(empty.nats)


@pytest.mark.parametrize("architecture", [INDEX_WINDOW, EMBEDDING_CARRIED, replace(EMBEDDING_CARRIED, mode="window")])
def test_each_piece_is_scored_alone_without_its_first_tokens(
    architecture: Architecture,
) -> None:
    network, skip = Network(architecture, random_tensors(architecture)), 5
    expected = []
    for piece in PIECES:
        reader = predictor(network)
        for position, token_id in enumerate(piece[:-1]):
            logits = reader.step(int(token_id))
            if position + 1 >= skip:
                expected.append(rows_of(logits[None], piece[position + 1 : position + 2])[0])
    found = score(network, PIECES, skip)
    assert found.tokens == len(expected) == 6 + 0 + 3
    assert found.nats == pytest.approx(np.array(expected)[:, 0].mean(), abs=1e-6)
    assert found.top1 == (np.array(expected)[:, 1] < 1).mean()
    assert found.top5 == (np.array(expected)[:, 1] < 5).mean()


def test_pieces_too_short_to_score() -> None:
    network = Network(INDEX_WINDOW, random_tensors(INDEX_WINDOW))
    assert score(network, PIECES, skip=11).tokens == 0
    assert score(network, [], skip=5).tokens == 0


def test_a_mask_leaves_only_the_allowed_classes() -> None:
    network = Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))
    rng = np.random.default_rng(0)
    masks = []
    for piece in PIECES:
        mask = rng.random((len(piece) - 2, 7)) < 0.5
        mask[np.arange(len(mask)), piece[2:]] = True
        masks.append(mask)
    rows, plain = piece_rows(network, PIECES, 2, masks), piece_rows(network, PIECES, 2)
    for piece, mask, row, plain_row in zip(PIECES, masks, rows, plain, strict=True):
        np.testing.assert_array_equal(row[:, :2], plain_row)
        reader = predictor(network)
        logits = np.stack([reader.step(int(token_id)) for token_id in piece[:-1]])[1:]
        p = np.exp(logits.astype(np.float64)) * mask
        p /= p.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(row[:, 2], -np.log(p[np.arange(len(p)), piece[2:]]), rtol=1e-5)
        assert (row[:, 2] <= row[:, 0]).all()
        assert (row[:, 3] <= row[:, 1]).all()


def test_probabilities_need_not_sum_to_one() -> None:
    rows = rows_of_probabilities(np.array([[0.5, 0.25, 0.0], [0.1, 0.1, 0.6]]), np.array([1, 2]))
    np.testing.assert_allclose(rows[:, 0], [math.log(3), math.log(4 / 3)])
    assert rows[:, 1].tolist() == [1, 0]


def test_nats_per_note_divide_all_nats_by_the_notes() -> None:
    score = summarise(np.array([[1.0, 0], [2.0, 4], [3.0, 5], [2.0, 0]]), notes=2)
    assert score.nats_per_note == pytest.approx(4.0)
    assert math.isnan(summarise(np.array([[1.0, 0]])).nats_per_note)


def test_pieces_of_any_length_can_be_scored_together() -> None:
    network = Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))
    together = piece_rows(network, [PIECES[1], PIECES[0], PIECES[1][:1], PIECES[2]], 1)
    assert [len(rows) for rows in together] == [3, 10, 0, 7]
    for rows, piece in zip(together, [PIECES[1], PIECES[0], PIECES[1][:1], PIECES[2]], strict=True):
        np.testing.assert_allclose(rows, piece_rows(network, [piece], 1)[0], rtol=1e-5)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_row_goes_on_with_the_next_piece_from_its_beginning(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluation.scoring.ROWS", rows)
    network = Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))
    pieces = [*PIECES, PIECES[0][::-1], PIECES[1][:1], PIECES[2][:5]]
    for piece, found in zip(pieces, piece_rows(network, pieces, 2), strict=True):
        reader = predictor(network)
        expected = [
            rows_of(logits[None], piece[at : at + 1])[0]
            for at, logits in enumerate((reader.step(int(token_id)) for token_id in piece[:-1]), start=1)
            if at >= 2
        ]
        np.testing.assert_allclose(found, np.reshape(expected, (-1, 2)), rtol=1e-5)


def test_one_long_piece_costs_no_memory_for_the_others() -> None:
    network = Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))
    pieces = [np.resize(PIECES[0], length) for length in (*[50] * 100, 2_000)]
    tracemalloc.start()
    assert score(network, pieces, 1).tokens == 100 * 49 + 1_999
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Padded to the longest, the ids of 101 pieces alone took 1.6 MB.
    assert peak < 300_000
