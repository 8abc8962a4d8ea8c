from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from musicgen_live.errors import TrainingError
from tests.support.datasets import (
    HELD_OUT_TUNE,
    TUNE,
    WINDOW,
    dataset_of,
    strangers_dataset,
    toy_dataset,
    toy_options,
    tune,
)
from training.batches import Batch
from training.data.dataset import Dataset
from training.recipes import RECIPES, FitOptions, check_size, options_for


def batches(dataset: Dataset, options: FitOptions, epoch: int = 0, first: int = 0) -> list[Batch]:
    return list(RECIPES[options.recipe].batches(dataset, options, epoch, first))


def test_classic_is_the_well_known_recipe() -> None:
    classic = options_for("classic")
    assert (classic.window, classic.epochs, classic.dropout) == (100, 100, 0)
    architecture = classic.architecture(toy_dataset())
    assert (architecture.layers, architecture.input, architecture.mode) == (3, "index", "window")


def test_stream_has_an_embedding_and_carries_its_state() -> None:
    stream = options_for("stream")
    architecture = stream.architecture(toy_dataset())
    assert (architecture.layers, architecture.input, architecture.mode) == (3, "embedding", "carried")
    assert stream.dropout > 0
    assert stream.clip_norm is not None
    assert stream.cosine
    assert architecture.recall_from == 0


def test_given_options_replace_the_defaults() -> None:
    assert options_for("classic", units=512, epochs=None) == replace(RECIPES["classic"].defaults, units=512)


def test_much_music_is_read_in_more_streams() -> None:
    little = toy_dataset()
    much = replace(little, pieces=tuple(replace(piece, length=200_000) for piece in little.pieces))
    assert options_for("stream", little).batch_size == 16
    assert options_for("stream", much).batch_size == 64
    assert options_for("stream", much, batch_size=8).batch_size == 8
    assert options_for("classic", much) == options_for("classic")


def test_a_weight_sets_how_often_an_epoch_reads_a_piece() -> None:
    rows = [(name, name, "train", [name.upper()] * 400) for name in ("a", "b", "c")]
    dataset = dataset_of(rows)  # type: ignore[arg-type]
    weights = {"a": 1.0, "b": 2.5, "c": 0.25}
    weighted = replace(dataset, pieces=tuple(replace(piece, weight=weights[piece.name]) for piece in dataset.pieces))
    options = toy_options("stream")
    counts = np.zeros(3)
    for epoch in range(60):
        for _, y in batches(weighted, options, epoch):
            counts += np.bincount(y.ravel(), minlength=3)
    assert RECIPES["stream"].steps_per_epoch(weighted, options) == 1499 // 16
    assert (counts / counts.sum()).tolist() == pytest.approx([1 / 3.75, 2.5 / 3.75, 0.25 / 3.75], abs=0.02)


def test_an_epoch_has_every_classic_window_once() -> None:
    dataset, options = toy_dataset(), toy_options("classic")
    stream = dataset.stream("train").tolist()
    expected = sorted((stream[i : i + WINDOW], stream[i + WINDOW]) for i in range(len(stream) - WINDOW))
    found = []
    for x, y in batches(dataset, options):
        assert x.dtype == np.float32
        assert x.shape == (len(y), WINDOW, 1)
        ids = np.rint(x[:, :, 0] * len(dataset.vocabulary)).astype(int)
        found += [(window.tolist(), int(label)) for window, label in zip(ids, y, strict=True)]
    assert sorted(found) == expected


def test_classic_ids_are_divided_by_the_number_of_classes() -> None:
    dataset = dataset_of([("a.mid", "a", "train", tune(["A", "B", "C", "D"], 11))])
    ((x, y),) = batches(dataset, replace(toy_options("classic"), batch_size=1))
    assert x[0, :, 0].tolist() == [0, 0.25, 0.5, 0.75, 0, 0.25, 0.5, 0.75, 0, 0.25]
    assert y.tolist() == [2]


def test_stream_labels_are_the_next_ids() -> None:
    for x, y in batches(toy_dataset(), toy_options("stream")):
        assert x.shape == (2, 8, 3)
        assert y.shape == (2, 8)
        assert np.array_equal(x[:, 1:, 0], y[:, :-1])


def test_a_lane_continues_in_the_next_batch() -> None:
    made = batches(toy_dataset(), toy_options("stream"))
    for (_, labels), (x, _) in pairwise(made):
        assert np.array_equal(labels[:, -1], x[:, 0, 0])


def test_an_epoch_of_the_stream_shows_nearly_all_of_the_music() -> None:
    dataset, options = toy_dataset(), toy_options("stream")
    shown = sum(y.size for _, y in batches(dataset, options))
    assert 180 - options.batch_size * options.segment < shown <= 180


@pytest.mark.parametrize("recipe", ["classic", "stream"])
def test_an_epoch_repeats_exactly_and_differs_from_the_next(recipe: str) -> None:
    dataset, options = toy_dataset(), toy_options(recipe)
    first, again, second = batches(dataset, options, 1), batches(dataset, options, 1), batches(dataset, options, 2)
    assert all(
        np.array_equal(a, b) for one, two in zip(first, again, strict=True) for a, b in zip(one, two, strict=True)
    )
    assert not all(np.array_equal(one[1], two[1]) for one, two in zip(first, second, strict=True))


@pytest.mark.parametrize("recipe", ["classic", "stream"])
def test_another_seed_is_another_order(recipe: str) -> None:
    dataset, options = toy_dataset(), toy_options(recipe)
    one, two = (batches(dataset, replace(options, seed=seed)) for seed in (0, 1))
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("recipe", ["classic", "stream"])
def test_the_number_of_steps_is_right(recipe: str) -> None:
    dataset, options = toy_dataset(), toy_options(recipe)
    assert RECIPES[recipe].steps_per_epoch(dataset, options) == len(batches(dataset, options)) >= 9


@pytest.mark.parametrize("recipe", ["classic", "stream"])
def test_held_out_pieces_never_appear_in_training(recipe: str) -> None:
    dataset, options = strangers_dataset(), toy_options(recipe)
    shown: set[int] = set()
    for epoch in range(20):
        for x, y in batches(dataset, options, epoch):
            ids = x[:, :, 0] if recipe == "stream" else np.rint(x * len(dataset.vocabulary)).astype(int)
            shown.update(ids.ravel().tolist(), y.ravel().tolist())
    assert set(dataset.vocabulary.decode(shown)) == set(TUNE)
    assert set(TUNE).isdisjoint(HELD_OUT_TUNE)


def test_too_few_tokens_are_an_error_with_the_needed_number() -> None:
    rows = [(f"{i}.mid", f"{i}", "train", tune(TUNE, 30)) for i in range(3)]
    dataset = dataset_of(rows)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="hold 90 data points; the recipe classic needs at least 101: add files"):
        check_size(dataset, options_for("classic"))
    with pytest.raises(
        TrainingError,
        match=r"the recipe stream needs at least 1,025 with --batch-size 16: add .* or say --batch-size 1$",
    ):
        check_size(dataset, options_for("stream"))
    with pytest.raises(TrainingError, match=r"with --batch-size 1000000: add files, or say --batch-size 1$"):
        check_size(dataset, options_for("stream", batch_size=1_000_000))
    check_size(dataset, options_for("stream", batch_size=1))


@pytest.mark.parametrize("name", ["batch_size", "epochs", "patience"])
def test_absurd_numbers_are_refused(name: str) -> None:
    with pytest.raises(TrainingError, match=rf"^{name.replace('_', ' ')} is 10+; at most 1000000 can be trained$"):
        options_for("stream", **{name: 10**400})


def test_weights_below_1_reduce_the_number_of_tokens() -> None:
    dataset = dataset_of([("a.mid", "a", "train", tune(TUNE, 1100))])
    check_size(dataset, options_for("stream"))
    seldom = replace(dataset, pieces=(replace(dataset.pieces[0], weight=0.5),))
    with pytest.raises(TrainingError, match=r"hold 550 data points; .*say --batch-size 8$"):
        check_size(seldom, options_for("stream"))
    assert len(batches(seldom, options_for("stream", batch_size=8))) == 1


def test_a_data_set_without_training_pieces_is_refused() -> None:
    dataset = dataset_of([("a.mid", "a", "test", tune(TUNE, 300))])
    for recipe in RECIPES:
        with pytest.raises(TrainingError, match="hold 0 data points"):
            check_size(dataset, options_for(recipe))


def test_exactly_enough_is_enough() -> None:
    dataset = dataset_of([("a.mid", "a", "train", tune(TUNE, 101))])
    check_size(dataset, options_for("classic"))
    assert len(batches(dataset, options_for("classic"))) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"units": 0}, "units is 0; at least 1 is needed"),
        ({"batch_size": -3}, "batch size is -3"),
        ({"epochs": 0}, "epochs is 0"),
        ({"learning_rate": 0.0}, "learning rate is 0.0; it must be above 0"),
        ({"learning_rate": float("nan")}, "learning rate is nan"),
        ({"learning_rate": float("inf")}, "learning rate is inf"),
        ({"dropout": 1.0}, "dropout is 1.0; it must be from 0 to below 1"),
        ({"seed": -1}, "seed is -1; it must be from 0 to 4294967295"),
        ({"seed": 2**32}, "seed is 4294967296"),
    ],
)
def test_invalid_options_are_refused(given: dict[str, float], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        options_for("classic", **given)


def test_an_unknown_recipe_lists_the_known() -> None:
    with pytest.raises(TrainingError, match="there is no recipe 'cake'; known are classic, stream"):
        options_for("cake")
