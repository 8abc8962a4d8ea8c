from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens
from training.data.dataset import Ids
from training.evaluation.adaptive_ngram import STATIC_ORDERS, AdaptiveNGram, kinds_of_ids
from training.evaluation.ngram import Distributions, NGram

CLASSES = 5


def ids(*values: int) -> Ids:
    return np.array(values, np.uint16)


def pieces(seed: int) -> list[Ids]:
    """Return pieces that repeat phrases of their own."""
    rng = np.random.default_rng(seed)
    phrases = [rng.integers(0, CLASSES, 9) for _ in range(3)]
    return [
        np.concatenate([phrases[i] for i in rng.integers(0, 3, count)]).astype(np.uint16) for count in (9, 1, 4, 12)
    ]


def predicted(training: Sequence[Ids], queried: Sequence[Ids], skip: int = 1, classes: int = CLASSES) -> Distributions:
    """Return the distributions of all ids of pieces but the first `skip` of each; every even id is of one kind."""
    adaptive = AdaptiveNGram(queried, [skip] * len(queried), np.arange(classes) % 2)
    parts, statics = [], []
    for _, order, p in NGram(training, classes, max(STATIC_ORDERS)).chunks(queried, [skip] * len(queried)):
        if order in STATIC_ORDERS:
            statics.append(p.copy())
        if order == max(STATIC_ORDERS):
            parts.append(adaptive.distributions(statics))
            statics = []
    return np.concatenate(parts)


def test_the_first_prediction_computed_by_hand() -> None:
    # Nothing was trained, so five experts say 1/3 each. The sixth has counted a 0 in the piece: P(0) = (1 + 1/3) / 2
    # = 2/3, P(1) = P(2) = 1/6. All six have the exponent 1/6, and 4 ** (1 / 6) is 1.259921.
    (p,) = predicted([], [ids(0, 1)], classes=3)
    np.testing.assert_allclose(p, [1.259921 / 3.259921, 1 / 3.259921, 1 / 3.259921], rtol=1e-6)


def test_what_returns_in_a_piece_is_soon_expected() -> None:
    # No training piece: all knowledge is of the piece itself.
    tune = ids(*[0, 1, 2, 3, 2, 4, 1, 3] * 6)
    right = predicted([], [tune])[np.arange(len(tune) - 1), tune[1:]]
    assert right[:7].max() < 0.5
    assert right[-8:].min() > 0.9


def test_what_the_training_pieces_say_counts_at_once() -> None:
    tune = ids(0, 1, 2, 3, 2, 4, 1, 3)
    (p, *_) = predicted([tune] * 20, [tune])
    assert p.argmax() == 1
    assert p[1] > 0.8


def test_distributions_sum_to_one_without_zeros() -> None:
    p = predicted(pieces(1), pieces(2))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    assert p.min() > 0


def test_nothing_is_learned_from_an_id_before_it_is_predicted() -> None:
    tune = pieces(2)[0]
    other = np.concatenate([tune[:40], np.flip(tune[40:])])
    assert tune[40] != other[40]
    p, q = predicted(pieces(1), [tune]), predicted(pieces(1), [other])
    # The rows begin with the second id, so row 39 predicts the id that differs.
    np.testing.assert_array_equal(p[:40], q[:40])
    assert not np.array_equal(p[40], q[40])


def test_the_ids_of_other_pieces_are_not_remembered() -> None:
    # The exponents carry over, the counts do not: after a piece of zeros, zeros are no more probable than ones.
    last = predicted([], [ids(*[0] * 30), ids(2, 3)])[-1]
    assert last[0] == pytest.approx(last[1])
    assert last[2] > last[0]


@pytest.mark.parametrize("rows_at_once", [1, 7, 1024])
def test_probabilities_match_the_definition(rows_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluation.adaptive_ngram.ROWS_AT_ONCE", rows_at_once)
    for skip in (1, 3):
        expected = by_definition(pieces(1), pieces(2), skip)
        np.testing.assert_allclose(predicted(pieces(1), pieces(2), skip), expected, rtol=1e-9)


def by_definition(training: Sequence[Ids], queried: Sequence[Ids], skip: int) -> Distributions:
    """Predict one id after another, as slowly and plainly as possible."""
    static = [NGram(training, CLASSES, order) for order in (2, 4, 6)]
    exponents: dict[tuple[int, int], np.ndarray] = {}
    hits: Counter[tuple[int, int]] = Counter()
    seen: Counter[tuple[int, int]] = Counter()
    rows = []
    for piece in queried:
        for at in range(skip, len(piece)):
            before, right = piece[:at].tolist(), int(piece[at])
            low, middle, high = (ngram.distribution(before) for ngram in static)
            length, guess = latest_match(before)
            key = (length, before[-1] % 2)
            match = middle.copy()
            if length:
                sure = (hits[key] + 0.5) / (seen[key] + 1)
                match *= (1 - sure) / (1 - middle[guess])
                match[guess] = sure
                seen[key] += 1
                hits[key] += guess == right
            counted = [
                counted_in(before, low, (0, 1, 2)),
                counted_in(before, middle, (3, 4, 5, 6, 8, 11, 15)),
            ]
            logs = np.log([low, middle, high, *counted, match])
            own = exponents.setdefault(key, np.full(6, 1 / 6))
            p = np.exp(own @ logs)
            p /= p.sum()
            own += 0.02 * np.clip(logs[:, right] - logs @ p, -5, 5)
            rows.append(p)
    return np.array(rows)


def counted_in(before: list[int], base: np.ndarray, lengths: tuple[int, ...]) -> np.ndarray:
    p = base.copy()
    for length in lengths:
        if length > len(before):
            break
        context = before[len(before) - length :]
        counts = Counter(before[i + length] for i in range(len(before) - length) if before[i : i + length] == context)
        if counts:
            p = (p * len(counts) + [counts[i] for i in range(CLASSES)]) / (len(counts) + counts.total())
    return p


def latest_match(before: list[int]) -> tuple[int, int]:
    """Return the length of the longest context that occurred before, and what followed it last; 0 for none."""
    for length in (24, 16, 12, 8, 6, 4, 3, 2):
        for i in reversed(range(len(before) - length)):
            if before[i : i + length] == before[len(before) - length :]:
                return length, before[i + length]
    return 0, 0


def test_ids_are_told_apart_by_their_kind() -> None:
    kinds = kinds_of_ids("bars", len(bar_tokens.VOCABULARY))
    found = [int(kinds[bar_tokens.VOCABULARY.ids[token]]) for token in ("bar 4/4", "pitch 60", "pitch 61", "style any")]
    assert found == [1, 4, 4, 0]
    assert not kinds_of_ids("chords", 7).any()
