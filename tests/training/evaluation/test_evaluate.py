from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import TrainingError
from musicgen_live.generation.sampling import Greedy
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.predictors import predictor, read_all
from tests.support.bar_datasets import bars_bundle, bars_dataset
from tests.support.datasets import TUNE, Rows, dataset_of, toy_dataset, tune
from tests.support.networks import random_bundle
from training.evaluation.evaluate import argmax_prompts, evaluate, held_out_split, in_all_keys, repetition, with_metrics
from training.evaluation.ngram import NGram
from training.evaluation.report import Evaluation, Repetition
from training.evaluation.scoring import piece_rows, rows_of_probabilities, score, summarise

CONTEXT = 6


def bundle_of(*tokens: str) -> Bundle:
    """Return a model with random weights for the given tokens and windows of 6."""
    bundle = random_bundle()
    architecture = replace(bundle.architecture, classes=len(tokens))
    return replace(random_bundle(architecture), vocabulary=Vocabulary(tokens))


@pytest.fixture(scope="module")
def toy_bundle() -> Bundle:
    return bundle_of(*toy_dataset().vocabulary.tokens)


@pytest.fixture(scope="module")
def evaluation(toy_bundle: Bundle) -> Evaluation:
    return evaluate(toy_bundle, toy_dataset())


def test_model_and_ngrams_are_scored_on_the_same_tokens(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    dataset = toy_dataset()
    test_pieces = [dataset.ids_of(piece) for piece in dataset.of_split("test")]
    training_pieces = [dataset.ids_of(piece) for piece in dataset.of_split("train")]
    match = evaluation.plain
    assert match.network == score(toy_bundle.network(), test_pieces, skip=CONTEXT)
    assert list(match.ngrams) == [2, 3, 4, 5, 6, 7, 8, 9]
    for order in (2, 5, 9):
        ngram = NGram(training_pieces, 7, order)
        p = np.stack([ngram.distribution(test_pieces[0][:i]) for i in range(CONTEXT, 40)])
        assert match.ngrams[order].nats == pytest.approx(
            summarise(rows_of_probabilities(p, test_pieces[0][CONTEXT:].astype(np.int64))).nats
        )
    assert match.network.tokens == match.ngram.tokens == 40 - CONTEXT
    assert (evaluation.split, evaluation.pieces) == ("test", 1)
    assert (evaluation.masked, evaluation.by_style) == (None, {})


def test_the_order_can_be_given(toy_bundle: Bundle) -> None:
    assert list(evaluate(toy_bundle, toy_dataset(), order=3).plain.ngrams) == [3]


def test_the_ngram_with_memory_is_scored_on_the_same_tokens(evaluation: Evaluation) -> None:
    match = evaluation.plain
    assert match.memory is not None
    assert match.memory.tokens == match.network.tokens
    assert match.memory.nats < match.ngrams[2].nats
    assert " the n-gram with memory, which knows the piece so far as well: " in evaluation.verdict()


def test_validation_pieces_teach_the_ngram_with_memory(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    dataset = toy_dataset()
    alone = replace(dataset, pieces=tuple(piece for piece in dataset.pieces if piece.split != "valid"))
    unprepared = evaluate(toy_bundle, alone).plain
    assert unprepared.memory is not None
    assert evaluation.plain.memory is not None
    assert evaluation.plain.memory.nats < unprepared.memory.nats
    assert evaluation.plain.ngrams == unprepared.ngrams


def test_without_training_pieces_there_is_no_ngram(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    dataset = toy_dataset()
    alone = replace(dataset, pieces=tuple(dataset.of_split("test")))
    found = evaluate(toy_bundle, alone)
    assert found.plain.network == evaluation.plain.network
    assert (found.plain.ngrams, found.plain.memory, found.beats_ngram) == ({}, None, None)
    assert found.verdict().startswith("No n-grams to compare with: the data set has no training pieces.")
    assert not any("ngram" in name for name in found.metrics())
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["lower_by"] is None


def test_ngrams_may_learn_from_another_data_set(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    dataset = toy_dataset()
    alone = replace(dataset, pieces=tuple(dataset.of_split("test")))
    assert evaluate(toy_bundle, alone, training=dataset).plain == evaluation.plain


def test_a_model_that_loses_to_the_ngram_says_so(evaluation: Evaluation) -> None:
    # Random weights against counts of a tune that repeats.
    assert evaluation.plain.ngram.top1 == 1.0
    assert not evaluation.beats_ngram
    assert evaluation.verdict().startswith("The model LOSES to the n-gram of order ")
    assert "the best of order 2 to 9: " in evaluation.verdict()
    assert evaluation.to_json()["beats_ngram"] is False


def test_figures_are_plain_json_numbers(evaluation: Evaluation) -> None:
    stored = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    assert stored["network"]["bits"] == pytest.approx(stored["network"]["nats"] / 0.6931471805599453)
    assert set(stored["argmax"]) == {
        "longest_run_worst",
        "longest_run_mean",
        "distinct_4gram_rate_worst",
        "distinct_4gram_rate_mean",
        "rounds_worst",
    }


def test_figures_travel_with_the_model(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    metrics = with_metrics(toy_bundle, evaluation).card.metrics
    assert metrics["test_nats"] == evaluation.plain.network.nats
    assert metrics[f"test_ngram{evaluation.plain.best_order}_nats"] == evaluation.plain.ngram.nats
    assert metrics["argmax_longest_run"] <= metrics["pure_argmax_longest_run"]


def test_argmax_output_is_two_hundred_steps_from_each_prompt(toy_bundle: Bundle, evaluation: Evaluation) -> None:
    network, outputs = toy_bundle.network(), []
    for prompt in toy_bundle.prompts:
        reader = predictor(network)
        logits, output = read_all(reader, prompt), []
        for _ in range(200):
            output.append(Greedy().choose(logits))
            logits = reader.step(output[-1])
        outputs.append(output)
    assert evaluation.pure_argmax == repetition(outputs)
    assert (evaluation.steps, evaluation.prompts) == (200, 2)


def test_of_many_prompts_48_are_continued_spread_over_all() -> None:
    assert argmax_prompts(3) == [1, 2, 3]
    assert argmax_prompts(96) == list(range(1, 96, 2))
    assert argmax_prompts(792)[:3] == [1, 17, 34]
    assert argmax_prompts(792)[-1] == 776
    assert argmax_prompts(0) == []


def test_repetition_of_known_outputs() -> None:
    # Of 0 1 2 3 4 5 6 7: five 4-grams, all distinct. Of 9 9 9 9 9 9 9 9: five, one distinct.
    assert repetition([list(range(8)), [9] * 8]) == Repetition(
        longest_run_worst=8,
        longest_run_mean=4.5,
        distinct_4gram_rate_worst=0.2,
        distinct_4gram_rate_mean=0.6,
        rounds_worst=8,
    )


def test_ids_are_matched_by_token_when_the_model_knows_more() -> None:
    dataset = toy_dataset()
    bundle = bundle_of("C9", *reversed(dataset.vocabulary.tokens))
    tokens = tune(TUNE, 40, start=5)
    in_model_ids = np.array(bundle.vocabulary.encode(tokens), np.uint16)
    assert evaluate(bundle, dataset).plain.network == score(bundle.network(), [in_model_ids], skip=CONTEXT)


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
    assert evaluate(toy_bundle, dataset, "train").plain.network.tokens == 40 - CONTEXT


@pytest.mark.parametrize(
    ("test_length", "valid_length", "expected"),
    [(CONTEXT + 1, 40, "test"), (CONTEXT, 40, "valid"), (0, CONTEXT, "test")],
)
def test_validation_replaces_test_pieces_that_are_too_short(test_length: int, valid_length: int, expected: str) -> None:
    rows: Rows = [
        ("a.mid", "a", "train", tune(TUNE, 40)),
        ("b.mid", "b", "test", tune(TUNE, test_length)),
        ("c.mid", "c", "valid", tune(TUNE, valid_length)),
    ]
    assert held_out_split(dataset_of(rows), CONTEXT) == expected


def test_an_order_below_one_is_refused(toy_bundle: Bundle) -> None:
    with pytest.raises(TrainingError, match="the order of the n-gram is 0"):
        evaluate(toy_bundle, toy_dataset(), order=0)


@pytest.fixture(scope="module")
def bars_evaluation() -> Evaluation:
    return evaluate(bars_bundle(), bars_dataset())


def test_in_bars_everything_after_the_style_is_scored(bars_evaluation: Evaluation) -> None:
    pieces = [bars_dataset().ids_of(piece) for piece in bars_dataset().of_split("test")]
    network = bars_evaluation.plain.network
    assert network.tokens == sum(len(piece) - 1 for piece in pieces)
    assert network.notes == sum(int(np.isin(piece, bar_tokens.ids_of("pitch")).sum()) for piece in pieces)
    total = sum(rows[:, 0].sum() for rows in piece_rows(bars_bundle().network(), pieces, 1))
    assert network.nats_per_note == pytest.approx(total / network.notes)


def test_a_mask_removes_the_loss_on_forbidden_tokens(bars_evaluation: Evaluation) -> None:
    masked = bars_evaluation.masked
    assert masked is not None
    assert masked.network.nats < bars_evaluation.plain.network.nats
    for order, ngram in masked.ngrams.items():
        assert ngram.nats < bars_evaluation.plain.ngrams[order].nats
        assert ngram.tokens == masked.network.tokens


def test_styles_are_scored_separately_too(bars_evaluation: Evaluation) -> None:
    assert list(bars_evaluation.by_style) == ["baroque", "ragtime"]
    whole, styles = bars_evaluation.plain.network, [match.network for match in bars_evaluation.by_style.values()]
    assert sum(style.notes for style in styles) == whole.notes
    assert sum(style.nats * style.tokens for style in styles) == pytest.approx(whole.nats * whole.tokens)
    assert set(bars_evaluation.metrics()) >= {"test_nats_per_note", "test_baroque_nats_per_note"}
    assert json.loads(json.dumps(bars_evaluation.to_json(), allow_nan=False))["masked"]["network"]["notes"] > 0


def test_of_much_music_a_stated_part_is_read(monkeypatch: pytest.MonkeyPatch, bars_evaluation: Evaluation) -> None:
    dataset = bars_dataset()
    assert bars_evaluation.remarks() == []
    train, test = dataset.of_split("train"), dataset.of_split("test")
    monkeypatch.setattr("training.evaluation.evaluate.NGRAM_TOKENS", train[0].length + train[1].length + 50)
    monkeypatch.setattr("training.evaluation.evaluate.SCORED_TOKENS", 3 * max(piece.length for piece in test))
    found = evaluate(bars_bundle(), dataset, order=2)
    assert found.learnt is not None
    total, learnt = sum(piece.length for piece in train), found.learnt.tokens
    assert found.remarks() == [
        "These 3 were drawn at random from 5 test pieces.",
        f"The n-grams learnt from 2 of 4 training pieces, drawn at random: {learnt:,} of {total:,} data points.",
    ]
    stored = found.to_json()
    assert (stored["pieces"], stored["of_pieces"]) == (3, 5)
    assert (stored["ngram_tokens"], stored["training_tokens"]) == (learnt, total)


def test_the_ngram_reads_all_keys_that_the_network_may_read() -> None:
    # C3 and C4: down to six semitones lower, up to five higher.
    piece = np.array(bar_tokens.VOCABULARY.encode(["bar 4/4", "position 0", "pitch 48", "duration 24"]), np.uint16)
    keys = list(in_all_keys("bars", iter([piece])))
    assert [bar_tokens.VOCABULARY.tokens[key[2]] for key in keys] == [f"pitch {pitch}" for pitch in range(42, 54)]
    # A0 cannot go down.
    piece[2] = bar_tokens.VOCABULARY.ids["pitch 21"]
    assert len(list(in_all_keys("bars", iter([piece])))) == 6
    assert [key.tolist() for key in in_all_keys("chords", iter([piece]))] == [piece.tolist()]


def test_a_data_set_that_breaks_the_grammar_is_refused() -> None:
    dataset = bars_dataset()
    ids = dataset.ids.copy()
    test_piece = dataset.of_split("test")[0]
    ids[test_piece.start + 4] = bar_tokens.VOCABULARY.ids["style any"]
    with pytest.raises(TrainingError, match="'style any' cannot stand where the data set has it"):
        evaluate(bars_bundle(), replace(dataset, ids=ids))
