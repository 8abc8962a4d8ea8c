from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from training.data.dataset import Ids
from training.evaluation.ngram import NGram


def ids(*values: int) -> Ids:
    return np.array(values, np.uint16)


def random_pieces(seed: int = 0, classes: int = 6) -> list[Ids]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, classes, length).astype(np.uint16) for length in (40, 1, 7, 25, 0, 60)]


def by_definition(pieces: list[Ids], classes: int, context: tuple[int, ...], token_id: int) -> Fraction:
    """Return P(w | h), counted over all pieces in exact arithmetic."""
    lower = by_definition(pieces, classes, context[1:], token_id) if context else Fraction(1, classes)
    followers = Counter(
        int(piece[i + len(context)])
        for piece in pieces
        for i in range(len(piece) - len(context))
        if tuple(piece[i : i + len(context)].tolist()) == context
    )
    if not followers:
        return lower
    return (followers[token_id] + len(followers) * lower) / (followers.total() + len(followers))


# The piece 0 1 0 2 0 1 over three classes, by hand:
#   empty context: 0 three times, 1 twice, 2 once; six in all, three distinct.
#     P(0) = (3 + 3 * 1/3) / 9 = 4/9   P(1) = (2 + 1) / 9 = 3/9   P(2) = (1 + 1) / 9 = 2/9
#   after 0: 1 twice, 2 once; three in all, two distinct.
#     P(0|0) = (0 + 2 * 4/9) / 5 = 8/45   P(1|0) = (2 + 2 * 3/9) / 5 = 24/45   P(2|0) = (1 + 2 * 2/9) / 5 = 13/45
#   after 1 0: 2 once; one in all, one distinct.
#     P(0|10) = (0 + 8/45) / 2   P(1|10) = (0 + 24/45) / 2   P(2|10) = (1 + 13/45) / 2
@pytest.mark.parametrize(
    ("order", "context", "expected"),
    [
        (1, (0,), [4 / 9, 3 / 9, 2 / 9]),
        (2, (0,), [8 / 45, 24 / 45, 13 / 45]),
        (2, (1, 0), [8 / 45, 24 / 45, 13 / 45]),
        (3, (1, 0), [4 / 45, 12 / 45, 29 / 45]),
        (3, (0,), [8 / 45, 24 / 45, 13 / 45]),
        (3, (2, 2), [4 / 9 * 1 / 2 + 1 / 2, 3 / 9 * 1 / 2, 2 / 9 * 1 / 2]),
        (5, (), [4 / 9, 3 / 9, 2 / 9]),
    ],
)
def test_probabilities_computed_by_hand(order: int, context: tuple[int, ...], expected: list[float]) -> None:
    ngram = NGram([ids(0, 1, 0, 2, 0, 1)], classes=3, order=order)
    np.testing.assert_allclose(ngram.distribution(context), expected, rtol=1e-12)


def test_without_training_the_distribution_is_uniform() -> None:
    assert NGram([], classes=4).distribution((1, 2)).tolist() == [0.25] * 4


@pytest.mark.parametrize("order", [1, 2, 3, 5, 9])
def test_probabilities_match_the_definition(order: int) -> None:
    pieces = random_pieces()
    ngram = NGram(pieces, classes=7, order=order)
    contexts = [
        tuple(piece[max(0, i - order + 1) : i].tolist())
        for piece in (pieces[0], random_pieces(1)[5])
        for i in range(0, 40, 3)
    ]
    for context in contexts:
        expected = [float(by_definition(pieces, 7, context, token_id)) for token_id in range(7)]
        np.testing.assert_allclose(ngram.distribution(context), expected, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 5, 9])
def test_distributions_sum_to_one_without_zeros(order: int) -> None:
    ngram = NGram(random_pieces(), classes=9, order=order)
    for piece in random_pieces(seed=2, classes=9):
        for i in range(len(piece)):
            p = ngram.distribution(piece[:i])
            assert p.sum() == pytest.approx(1, abs=1e-12)
            assert p.min() > 0


def test_contexts_do_not_cross_pieces() -> None:
    # In joined pieces, 1 would follow 0. In separate ones nothing follows 0, so that context has no counts.
    apart = NGram([ids(1, 0), ids(1, 0)], classes=2, order=2)
    assert apart.distribution((0,)).tolist() == [0.5, 0.5]
    joined = NGram([ids(1, 0, 1, 0)], classes=2, order=2)
    assert joined.distribution((0,)).tolist() == [0.25, 0.75]


@pytest.mark.parametrize("cells_at_once", [1, 30, 10_000])
def test_chunks_give_all_orders_for_every_token(cells_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluation.ngram.CELLS_AT_ONCE", cells_at_once)
    pieces, queried = random_pieces(), random_pieces(seed=3)
    skips = [1, 0, 2, 25, 0, 58]
    tokens = [(piece, i) for piece, skip in zip(queried, skips, strict=True) for i in range(skip, len(piece))]
    found = np.zeros((5, len(tokens), 7))
    for run, order, p in NGram(pieces, classes=7, order=4).chunks(queried, skips):
        found[order, run] = p
    for order in range(1, 5):
        alone = NGram(pieces, classes=7, order=order)
        expected = [alone.distribution(piece[max(0, i - order + 1) : i]) for piece, i in tokens]
        np.testing.assert_allclose(found[order], expected, rtol=1e-12)


def test_queried_tokens_are_numbered_through_all_pieces() -> None:
    ngram = NGram([ids(0, 1, 0, 2, 0, 1)], classes=3, order=2)
    found = {order: p.copy() for _, order, p in ngram.chunks([ids(1, 0, 2), ids(2), ids(0, 1)], skips=[1, 1, 1])}
    # After 1, after 0, and after 0.
    np.testing.assert_allclose(
        found[2], [[13 / 18, 3 / 18, 2 / 18], [8 / 45, 24 / 45, 13 / 45], [8 / 45, 24 / 45, 13 / 45]]
    )
    np.testing.assert_allclose(found[1], [[4 / 9, 3 / 9, 2 / 9]] * 3)


def test_a_piece_of_skipped_tokens_has_no_chunk() -> None:
    assert list(NGram([ids(0, 1)], classes=2).chunks([ids(0, 1)], skips=[2])) == []


def test_invalid_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="order of the n-gram is 0"):
        NGram([ids(0)], classes=1, order=0)
    with pytest.raises(ValueError, match="id 3 is not below the number of classes, 3"):
        NGram([ids(0, 3)], classes=3)
    with pytest.raises(ValueError, match="65536 classes are too many"):
        NGram([ids(0)], classes=65536)
