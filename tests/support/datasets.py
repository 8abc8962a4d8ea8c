"""Small data sets and recipes for tests, with music that a tiny network learns in seconds."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice

from training.data.dataset import Corpus, Dataset, Split
from training.recipes import RECIPES, FitOptions

TUNE = ["C4", "E4", "G4", "0.4.7", "A4", "E4", "D4", "7.11.2"]
HELD_OUT_TUNE = ["F4", "A3", "B3", "9.0.4"]
WINDOW = 10

Rows = list[tuple[str, str, Split, list[str]]]


def tune(tokens: list[str], length: int, start: int = 0) -> list[str]:
    """Return `length` tokens of a repeated tune, from its token `start`."""
    return list(islice(cycle(tokens), start, start + length))


def dataset_of(rows: Rows) -> Dataset:
    return Dataset.of("chords", Corpus("toy tunes", "CC0-1.0", "nobody"), "10.5.1", rows)


def toy_dataset() -> Dataset:
    """Return three training pieces of 60 tokens, a validation and a test piece of 40, all of the same tune."""
    rows: Rows = [(f"train{i}.mid", f"{i}", "train", tune(TUNE, 60, start=i)) for i in range(3)]
    rows.append(("valid.mid", "3", "valid", tune(TUNE, 40, start=3)))
    rows.append(("test.mid", "4", "test", tune(TUNE, 40, start=5)))
    return dataset_of(rows)


def strangers_dataset() -> Dataset:
    """Return a data set whose held-out pieces, between training pieces, share no token with these."""
    rows: Rows = [
        ("a.mid", "a", "train", tune(TUNE, 40)),
        ("b.mid", "b", "valid", tune(HELD_OUT_TUNE, 40)),
        ("c.mid", "c", "train", tune(TUNE, 30)),
        ("d.mid", "d", "test", tune(HELD_OUT_TUNE, 40)),
    ]
    return dataset_of(rows)


def toy_options(recipe: str, *, epochs: int = 3) -> FitOptions:
    """Return a recipe with 8 units, windows of 10 and dropout: nine or more steps per epoch."""
    small = replace(RECIPES[recipe].defaults, units=8, epochs=epochs, window=WINDOW, dropout=0.2, learning_rate=0.02)
    if recipe == "classic":
        return replace(small, batch_size=16)
    return replace(small, batch_size=2, segment=8, embedding=4, patience=None)
