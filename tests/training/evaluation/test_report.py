"""The verdict and the metrics of an evaluation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.evaluation.report import Evaluation, Match, Repetition
from training.evaluation.scoring import Score

REPETITION = Repetition(3, 1.5, 0.5, 0.75, 2)


def evaluation_of(match: Match) -> Evaluation:
    return Evaluation("test", 1, match, None, {}, 200, 8, REPETITION, REPETITION)


def test_the_best_ngram_is_the_one_with_the_lowest_loss() -> None:
    match = Match(
        Score(10, 1.0, 0.5, 0.9), {order: Score(10, nats, 0.2, 0.4) for order, nats in [(2, 3), (3, 2), (4, 4)]}
    )
    assert (match.best_order, match.ngram.nats, match.relative_gain) == (3, 2, 0.5)


def test_the_verdict_on_a_better_model_has_the_difference() -> None:
    match = Match(Score(34, 1.0, 0.5, 0.9), {5: Score(34, 2.0, 0.25, 0.5)})
    assert evaluation_of(match).verdict() == (
        "The model predicts better than the n-gram of order 5: 1.000 against 2.000 nats a data point, 50% lower."
    )


def test_in_bars_the_unit_is_a_note() -> None:
    match = Match(
        Score(300, 1.3, 0.5, 0.9, notes=100), {4: Score(300, 2.0, 0.3, 0.5, 100), 5: Score(300, 3, 0, 0, 100)}
    )
    assert evaluation_of(match).verdict() == (
        "The model predicts better than the n-gram of order 4, the best of order 4 to 5: "
        "3.900 against 6.000 nats a note, 35% lower."
    )


def test_the_verdict_mentions_a_worse_first_guess() -> None:
    match = Match(Score(34, 1.0, 0.5, 0.9), {5: Score(34, 2.0, 0.75, 0.8)})
    assert evaluation_of(match).verdict() == (
        "The model predicts better than the n-gram of order 5: 1.000 against 2.000 nats a data point, 50% lower, "
        "though its first guess is right less often: 50.0% against 75.0%."
    )


def test_the_verdict_on_a_worse_model() -> None:
    lost = evaluation_of(Match(Score(34, 2.5, 0.5, 0.9), {2: Score(34, 2.0, 0.25, 0.5)}))
    assert lost.verdict().startswith(
        "The model LOSES to the n-gram of order 2: 2.500 against 2.000 nats a data point, 25% higher. It has learned"
    )
    assert not lost.beats_ngram


def test_the_card_has_metrics_of_styles_and_of_the_mask() -> None:
    match = Match(Score(300, 1.3, 0.5, 0.9, notes=100), {4: Score(300, 2.0, 0.3, 0.5, 100)})
    masked = Match(Score(300, 1.2, 0.5, 0.9, notes=100), match.ngrams)
    metrics = replace(evaluation_of(match), masked=masked, by_style={"lied": match}).metrics()
    assert metrics["test_nats_per_note"] == pytest.approx(3.9)
    assert metrics["test_ngram4_nats_per_note"] == pytest.approx(6.0)
    assert metrics["test_masked_nats_per_note"] == pytest.approx(3.6)
    assert metrics["test_lied_nats_per_note"] == pytest.approx(3.9)
