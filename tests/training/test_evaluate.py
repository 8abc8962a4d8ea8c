from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import TrainingError
from musicgen_live.generation.sampling import PureArgmax
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import predictor, read_all
from tests.musicgen_live.model.toys import random_bundle
from tests.training.toys import TUNE, Rows, dataset_of, toy_dataset, tune
from training.evaluate import Evaluation, Repetition, evaluate, held_out_split, repetition, with_metrics
from training.ngram import NGram
from training.scoring import Score, score, summarise

CONTEXT = 6


def bundle_of(*tokens: str) -> Bundle:
    """A network of random weights over the given tokens, windows of 6."""
    bundle = random_bundle()
    architecture = replace(bundle.architecture, classes=len(tokens))
    return replace(random_bundle(architecture), vocabulary=Vocabulary(tokens))


@pytest.fixture(scope="module")
def toy_bundle() -> Bundle:
    return bundle_of(*toy_dataset().vocabulary.tokens)


@pytest.fixture(scope="module")
def evaluation(toy_bundle: Bundle) -> Evaluation:
    return evaluate(toy_bundle, toy_dataset())


def test_model_and_ngram_are_scored_on_the_very_same_data_points(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    dataset = toy_dataset()
    test_pieces = [dataset.ids_of(piece) for piece in dataset.of_split("test")]
    training_pieces = [dataset.ids_of(piece) for piece in dataset.of_split("train")]
    assert evaluation.network == score(toy_bundle.network(), test_pieces, skip=CONTEXT)
    assert evaluation.ngram == summarise(NGram(training_pieces, 7, order=5).rows(test_pieces, skip=CONTEXT))
    assert evaluation.network.data_points == evaluation.ngram.data_points == 40 - CONTEXT
    assert (evaluation.split, evaluation.pieces, evaluation.ngram_order) == ("test", 1, 5)


def test_a_model_that_loses_to_the_ngram_says_so(evaluation: Evaluation) -> None:
    # Random weights against a table of counts of a tune that goes round and round.
    assert evaluation.ngram.top1 == 1.0
    assert not evaluation.beats_ngram
    assert "The model LOSES to the n-gram of order 5" in evaluation.verdict()
    assert evaluation.to_json()["beats_ngram"] is False


def test_a_model_that_wins_says_so_and_does_not_hide_a_worse_first_guess(evaluation: Evaluation) -> None:
    better = replace(evaluation, network=Score(34, 1.0, 0.5, 0.9), ngram=Score(34, 2.0, 0.25, 0.5))
    assert better.verdict() == (
        "The model predicts better than the n-gram of order 5: 1.000 against 2.000 nats a data point."
    )
    mixed = replace(better, ngram=Score(34, 2.0, 0.75, 0.8))
    assert mixed.verdict() == (
        "The model predicts better than the n-gram of order 5: 1.000 against 2.000 nats a data point, "
        "though its first guess is right less often: 50.0% against 75.0%."
    )


def test_figures_are_plain_json_numbers(evaluation: Evaluation) -> None:
    stored = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    assert stored["network"]["bits"] == pytest.approx(stored["network"]["nats"] / 0.6931471805599453)
    assert set(stored["argmax"]) == {
        "longest_run_worst",
        "longest_run_mean",
        "distinct_4gram_rate_worst",
        "distinct_4gram_rate_mean",
    }


def test_figures_travel_with_the_model(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    metrics = with_metrics(toy_bundle, evaluation).card.metrics
    assert metrics["test_nats"] == evaluation.network.nats
    assert metrics["test_ngram5_nats"] == evaluation.ngram.nats
    assert metrics["argmax_longest_run"] <= metrics["pure_argmax_longest_run"]


def test_argmax_output_is_two_hundred_steps_from_each_prompt(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    network, outputs = toy_bundle.network(), []
    for prompt in toy_bundle.prompts:
        reader = predictor(network)
        logits, output = read_all(reader, prompt), []
        for _ in range(200):
            output.append(PureArgmax().choose(logits))
            logits = reader.step(output[-1])
        outputs.append(output)
    assert evaluation.pure_argmax == repetition(outputs)
    assert (evaluation.steps, evaluation.prompts) == (200, 2)


def test_repetition_of_known_outputs() -> None:
    # Of 0 1 2 3 4 5 6 7: five 4-grams, all distinct. Of 9 9 9 9 9 9 9 9: five, one distinct.
    assert repetition([list(range(8)), [9] * 8]) == Repetition(
        longest_run_worst=8,
        longest_run_mean=4.5,
        distinct_4gram_rate_worst=0.2,
        distinct_4gram_rate_mean=0.6,
    )


def test_ids_are_matched_by_token_when_the_model_knows_more() -> None:
    dataset = toy_dataset()
    bundle = bundle_of("zither", *reversed(dataset.vocabulary.tokens))
    tokens = tune(TUNE, 40, start=5)
    in_model_ids = np.array(bundle.vocabulary.encode(tokens), np.uint16)
    assert evaluate(bundle, dataset).network == score(bundle.network(), [in_model_ids], skip=CONTEXT)


def test_tokens_the_model_does_not_know_are_named() -> None:
    with pytest.raises(TrainingError, match=r"2 of the data set's 7 tokens are unknown to the model \(E4, G4\)"):
        evaluate(bundle_of("0.4.7", "7.11.2", "A4", "C4", "D4"), toy_dataset())


def test_another_encoding_is_refused(toy_bundle: Bundle) -> None:
    with pytest.raises(TrainingError, match="speaks the encoding 'words' and the data set 'chords'"):
        evaluate(replace(toy_bundle, encoding="words"), toy_dataset())


def test_without_a_long_enough_piece_there_is_nothing_to_score(toy_bundle: Bundle) -> None:
    dataset = dataset_of([("a.mid", "a", "train", tune(TUNE, 40)), ("b.mid", "b", "test", tune(TUNE, CONTEXT))])
    with pytest.raises(TrainingError, match="no piece of the test pieces is longer than 6 data points"):
        evaluate(toy_bundle, dataset)
    assert evaluate(toy_bundle, dataset, "train").network.data_points == 40 - CONTEXT


@pytest.mark.parametrize(
    ("test_length", "valid_length", "expected"),
    [(CONTEXT + 1, 40, "test"), (CONTEXT, 40, "valid"), (0, CONTEXT, "test")],
)
def test_validation_pieces_stand_in_where_no_test_piece_is_long_enough(
    test_length: int, valid_length: int, expected: str
) -> None:
    rows: Rows = [
        ("a.mid", "a", "train", tune(TUNE, 40)),
        ("b.mid", "b", "test", tune(TUNE, test_length)),
        ("c.mid", "c", "valid", tune(TUNE, valid_length)),
    ]
    assert held_out_split(dataset_of(rows), CONTEXT) == expected


def test_an_order_below_one_is_refused(toy_bundle: Bundle) -> None:
    with pytest.raises(TrainingError, match="the order of the n-gram is 0"):
        evaluate(toy_bundle, toy_dataset(), order=0)
