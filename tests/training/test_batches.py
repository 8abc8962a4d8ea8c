from __future__ import annotations

import hashlib
import tracemalloc
from collections import Counter
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from tests.support.bar_datasets import bars_dataset
from tests.support.datasets import TUNE, Rows, dataset_of, strangers_dataset, toy_dataset, toy_options, tune
from training.batches import Batch
from training.data.dataset import Dataset, Ids, Piece
from training.recipes import RECIPES, FitOptions


class Counted(Dataset):
    """A data set that counts how often each piece is read."""

    reads: ClassVar[Counter[str]] = Counter()

    def ids_of(self, piece: Piece) -> Ids:
        self.reads[piece.name] += 1
        return super().ids_of(piece)


def many_pieces(count: int, length: int) -> Dataset:
    rows: Rows = [(f"{i}.mid", f"{i}", "train", tune(TUNE, length, start=i)) for i in range(count)]
    return dataset_of(rows)


def batches(dataset: Dataset, options: FitOptions, epoch: int = 1, first: int = 0) -> list[Batch]:
    return list(RECIPES[options.recipe].batches(dataset, options, epoch, first))


def digest(made: list[Batch]) -> str:
    joined = hashlib.sha256()
    for x, y in made:
        joined.update(np.ascontiguousarray(x).tobytes() + np.ascontiguousarray(y).tobytes())
    return joined.hexdigest()[:16]


def test_the_batches_of_classic_have_stayed_the_same() -> None:
    assert digest(batches(strangers_dataset(), toy_options("classic"))) == "214239b807a37f0a"


def test_the_batches_of_stream_without_hidden_recall_have_stayed_the_same() -> None:
    assert digest(batches(toy_dataset(), replace(toy_options("stream"), hide_recall=0.0))) == "90fb561d7f7e4c1d"


@pytest.mark.parametrize("stretch", [2, 256])
@pytest.mark.parametrize(
    ("dataset", "recipe"), [(toy_dataset(), "classic"), (toy_dataset(), "stream"), (bars_dataset(), "stream")]
)
def test_an_epoch_goes_on_from_any_batch(
    dataset: Dataset, recipe: str, stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.batches.STRETCH_STEPS", stretch)
    options = toy_options(recipe)
    whole = batches(dataset, options)
    for first in (1, 4, 5, len(whole) - 1, len(whole)):
        rest = batches(dataset, options, first=first)
        assert len(rest) == len(whole) - first
        assert digest(rest) == digest(whole[first:])


def test_labels_of_a_piece_do_not_depend_on_the_batch_that_it_begins_in() -> None:
    dataset, options = bars_dataset(), toy_options("stream")
    two, three = (batches(dataset, replace(options, batch_size=size)) for size in (2, 3))
    # Both begin with the first piece of the epoch.
    length = min(len(two), len(three))
    in_two, in_three = (np.concatenate([x[0] for x, _ in made[:length]]) for made in (two, three))
    assert np.array_equal(in_two, in_three)


def test_the_first_batch_reads_a_piece_for_each_lane() -> None:
    dataset = many_pieces(200, 100)
    counted = Counted(**{name: getattr(dataset, name) for name in dataset.__dataclass_fields__})
    counted.reads.clear()
    next(RECIPES["stream"].batches(counted, toy_options("stream"), 0, 0))
    assert counted.reads.total() <= 2 * 2  # A lane may go over into the next piece.


def test_a_run_resumes_without_reading_what_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.batches.STRETCH_STEPS", 10)
    dataset = many_pieces(200, 100)
    counted = Counted(**{name: getattr(dataset, name) for name in dataset.__dataclass_fields__})
    counted.reads.clear()
    next(RECIPES["stream"].batches(counted, toy_options("stream"), 0, 1000))
    assert counted.reads.total() <= 2 * 3


@pytest.mark.parametrize(("recipe", "most_bytes"), [("stream", 0), ("classic", 4)])
def test_memory_does_not_grow_with_the_music(recipe: str, most_bytes: int) -> None:
    """The order of the windows of `classic` has 4 bytes a token; nothing else grows."""
    peaks = []
    for length in (1_000, 50_000):
        dataset, options = many_pieces(20, 1_000), toy_options(recipe)
        ids = np.resize(dataset.ids, 20 * length)
        pieces = tuple(
            replace(dataset.pieces[0], name=f"{i}", start=i * 1_000, length=1_000) for i in range(20 * length // 1_000)
        )
        large = replace(dataset, ids=ids, pieces=pieces)
        tracemalloc.start()
        for _, _batch in zip(range(50), RECIPES[recipe].batches(large, options, 0, 0), strict=False):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # A piece costs some 60 bytes: its place in the order.
    assert peaks[1] - peaks[0] < 20 * 49_000 * (most_bytes + 0.1)
