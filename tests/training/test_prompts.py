from __future__ import annotations

import logging

import pytest

from tests.support.datasets import Rows, dataset_of
from training.data.dataset import Dataset, Split
from training.prompts import choose_prompts

QUIET: list[str] = []


def dataset_with(**lengths: tuple[Split, int]) -> Dataset:
    """Return a data set of pieces `name=(split, length)`, whose tokens name their origin: `name000`, `name001`, ..."""
    rows: Rows = [
        (name, name, split, [f"{name}{i:03}" for i in range(length)]) for name, (split, length) in lengths.items()
    ]
    return dataset_of(rows)


def starts(dataset: Dataset, count: int, length: int = 100) -> list[str]:
    """Return the first token of each prompt, and check that prompts are excerpts."""
    prompts = choose_prompts(dataset, count, length)
    for prompt in prompts:
        tokens = dataset.vocabulary.decode(prompt)
        name, first = tokens[0][:-3], int(tokens[0][-3:])
        assert tokens == [f"{name}{first + i:03}" for i in range(len(prompt))]
    return [dataset.vocabulary.tokens[prompt[0]] for prompt in prompts]


def test_beginnings_of_test_pieces_spread_over_all_of_them() -> None:
    dataset = dataset_with(**{f"t{i:02}": ("test", 100) for i in range(16)}, x=("train", 500), v=("valid", 500))
    assert starts(dataset, 8) == ["t00000", "t02000", "t04000", "t06000", "t08000", "t10000", "t12000", "t14000"]


def test_validation_pieces_come_before_later_excerpts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Training pieces have no prompts as long as held-out pieces suffice."""
    dataset = dataset_with(x=("train", 900), v=("valid", 250), t=("test", 420))
    assert starts(dataset, 8) == ["t000", "v000", "t100", "v100", "t200", "t300", "t050", "v050"]
    assert caplog.messages == QUIET


def test_pieces_too_short_are_skipped() -> None:
    dataset = dataset_with(x=("train", 900), a=("test", 99), b=("test", 100), c=("test", 300))
    assert starts(dataset, 3) == ["b000", "c000", "c100"]


def test_training_pieces_fill_in_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    dataset = dataset_with(t=("test", 100), x=("train", 400), y=("train", 100))
    with caplog.at_level(logging.WARNING):
        assert starts(dataset, 4) == ["t000", "x000", "y000", "x100"]
    assert caplog.messages == [
        "the held-out pieces hold 1 prompts of 100 data points; 3 more were cut from training pieces"
    ]


def test_a_tiny_corpus_still_has_prompts(caplog: pytest.LogCaptureFixture) -> None:
    dataset = dataset_with(a=("train", 60), b=("train", 80), c=("test", 0))
    with caplog.at_level(logging.WARNING):
        assert starts(dataset, 8) == ["b000", "a000"]
    assert caplog.messages == ["the data set holds 0 prompts of 100 data points; 2 shorter ones were added"]


def test_prompts_are_distinct() -> None:
    rows: Rows = [(f"{i}", f"{i}", "test", ["C4"] * 300) for i in range(3)]
    rows.append(("x", "x", "train", ["C4", "D4"] * 150))
    prompts = choose_prompts(dataset_of(rows), 8)
    assert len(prompts) == len(set(prompts)) > 1


def test_same_data_set_same_prompts() -> None:
    dataset = dataset_with(v=("valid", 250), t=("test", 420))
    assert choose_prompts(dataset) == choose_prompts(dataset)
