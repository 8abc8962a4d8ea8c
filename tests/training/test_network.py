"""Keras and NumPy with the same weights."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.bar_guide import BarGuide
from musicgen_live.model.architecture import RELATIONS, Architecture
from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import CarriedState, ExactWindow
from musicgen_live.music.form import PlannedBar
from tests.support.bar_datasets import bars_dataset
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW, assert_same_logits, random_tensors
from training.data.recall import readings
from training.data.references import references_of, shown_ids
from training.network import build, inputs_of, set_weights, weights_of

IDS = np.random.default_rng(3).integers(0, 7, 25)
WINDOW = 6


@pytest.mark.parametrize(
    "architecture",
    [
        EMBEDDING_CARRIED,
        replace(EMBEDDING_CARRIED, layers=1),
        replace(EMBEDDING_CARRIED, recall_from=2, layer_norm=True),
        replace(EMBEDDING_CARRIED, recall_from=2, layer_norm=True, intervals=True, reference=True),
        replace(INDEX_WINDOW, mode="carried", layers=2),
    ],
)
def test_carried_state_gives_keras_logits_over_a_stream(architecture: Architecture) -> None:
    tensors = random_tensors(architecture)
    model = build(architecture)
    set_weights(model, architecture, tensors)
    theirs = np.asarray(model(inputs_of(architecture, IDS[None])))[0]
    reader = CarriedState(Network(architecture, tensors))
    assert_same_logits([reader.step(int(token_id)) for token_id in IDS], theirs)


@pytest.mark.parametrize(
    "architecture",
    [
        INDEX_WINDOW,
        replace(INDEX_WINDOW, layers=1),
        replace(EMBEDDING_CARRIED, mode="window", layers=2),
        replace(EMBEDDING_CARRIED, mode="window", recall_from=0, layer_norm=True),
    ],
)
def test_windows_in_flight_give_keras_logits_of_every_window(architecture: Architecture) -> None:
    tensors = random_tensors(architecture)
    model = build(architecture)
    set_weights(model, architecture, tensors)
    read = inputs_of(architecture, IDS[None])[0]
    theirs = np.asarray(model(np.stack([read[end - WINDOW : end] for end in range(WINDOW, len(IDS) + 1)])))
    reader = ExactWindow(Network(architecture, tensors))
    ours = [reader.step(int(token_id)) for token_id in IDS]
    assert_same_logits(ours[WINDOW - 1 :], theirs)


def test_ids_and_recalled_ids_start_with_other_embeddings() -> None:
    model = build(replace(EMBEDDING_CARRIED, recall_from=0))
    read, recalled, length = (
        np.asarray(model.get_layer(name).embeddings) for name in ("embedding", "recall", "recall_length")
    )
    assert np.abs(read - recalled[: len(read)]).max() > 0.1
    assert np.abs(read[: len(length)] - length[: len(read)]).max() > 0.1


def test_streams_keep_their_state_from_one_call_to_the_next() -> None:
    tensors = random_tensors(EMBEDDING_CARRIED)
    model = build(EMBEDDING_CARRIED, streams=2)
    set_weights(model, EMBEDDING_CARRIED, tensors)
    rows = np.stack([IDS[:12], IDS[12:24]])
    theirs = np.concatenate([np.asarray(model(inputs_of(EMBEDDING_CARRIED, part))) for part in np.split(rows, 2, 1)], 1)
    for stream, ids in zip(theirs, rows, strict=True):
        reader = CarriedState(Network(EMBEDDING_CARRIED, tensors))
        assert_same_logits([reader.step(int(token_id)) for token_id in ids], stream)


def test_the_carried_state_is_among_the_variables() -> None:
    # Otherwise checkpoints lack it, and JAX resets it at every batch.
    model = build(EMBEDDING_CARRIED, streams=2)
    names = [variable.name for variable in model.non_trainable_variables]
    assert names.count("rnn_state") == 2 * EMBEDDING_CARRIED.layers


def test_training_carries_the_state_from_batch_to_batch() -> None:
    model = build(EMBEDDING_CARRIED, streams=1)
    set_weights(model, EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))
    model.compile(keras.optimizers.SGD(0.0), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    ids = np.array([[3, 1, 4, 1]], np.int32)
    first, second = (float(np.ravel(model.train_on_batch(ids, ids))[0]) for _ in range(2))
    assert abs(first - second) > 1e-3


def test_bfloat16_gives_nearly_the_same_float32_logits() -> None:
    tensors = random_tensors(EMBEDDING_CARRIED)
    logits = []
    for precision in ("float32", "bfloat16"):
        model = build(EMBEDDING_CARRIED, precision=precision)
        set_weights(model, EMBEDDING_CARRIED, tensors)
        logits.append(np.asarray(model(inputs_of(EMBEDDING_CARRIED, IDS[None]))))
        assert all(variable.dtype == "float32" for variable in model.trainable_variables)
    assert logits[1].dtype == np.float32
    np.testing.assert_allclose(logits[1], logits[0], atol=0.1)
    assert not np.array_equal(logits[1], logits[0])


@pytest.mark.parametrize("architecture", [INDEX_WINDOW, EMBEDDING_CARRIED, replace(EMBEDDING_CARRIED, layer_norm=True)])
def test_weights_round_trip(architecture: Architecture) -> None:
    tensors = random_tensors(architecture)
    model = build(architecture, dropout=0.5)
    set_weights(model, architecture, tensors)
    found = weights_of(model, architecture)
    assert list(found) == list(architecture.tensor_shapes())
    assert all(np.array_equal(found[name], tensors[name]) for name in tensors)


def test_inputs_are_ids_or_scalars_below_one() -> None:
    ids = np.array([[0, 3, 6]])
    embedded, scalars = inputs_of(EMBEDDING_CARRIED, ids), inputs_of(INDEX_WINDOW, ids)
    recalled = inputs_of(replace(EMBEDDING_CARRIED, recall_from=0), np.array([[0, 3, 6, 0, 3]]))
    assert recalled[0].tolist() == [[0, 7, 0], [3, 7, 0], [6, 7, 0], [0, 7, 0], [3, 6, 1]]
    assert embedded.tolist() == [[0, 3, 6]]
    assert scalars.shape == (1, 3, 1)
    assert scalars.dtype == np.float32
    np.testing.assert_allclose(scalars[0, :, 0], [0, 3 / 7, 6 / 7], rtol=1e-7)


def test_references_give_keras_logits_too() -> None:
    # The live side reads a piece whose bars are planned as those that training found.
    classes, first = len(bar_tokens.VOCABULARY), bar_tokens.ids_of("bar").start
    architecture = Architecture(
        classes, 5, "embedding", "carried", 2, 4, recall_from=first, layer_norm=True, reference=True, intervals=True
    )
    dataset = bars_dataset()
    piece = np.asarray(dataset.ids_of(dataset.pieces[0]))[:300]
    references = references_of(piece)
    assert (references.distances > 0).any()
    tensors = random_tensors(architecture)
    model = build(architecture)
    set_weights(model, architecture, tensors)
    rows = readings(architecture, piece, shown_ids(piece, references, classes))
    theirs = np.asarray(model(rows[None]))[0]
    reader = CarriedState(Network(architecture, tensors))
    guide, bar, ours = BarGuide(reader, reader.remembered), 0, []
    for token_id in piece.tolist():
        if token_id in bar_tokens.ids_of("bar"):
            relation = RELATIONS[references.relations[bar]]
            guide.plan = PlannedBar(relation, int(references.distances[bar]), int(references.semitones[bar]))
            bar += 1
        ours.append(guide.step(token_id))
    assert_same_logits(ours, theirs)
