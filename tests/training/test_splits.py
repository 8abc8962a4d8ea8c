"""The fixed lists of pieces: whole pieces, each in one part, and no test piece among what is trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.chorales import dataset_of
from tests.support.skips import CORPORA
from training.data.dataset import Corpus
from training.data.prepare import prepare
from training.data.split import read_split
from training.evaluation.copying import longest_copies
from training.evaluation.passages import passage_of

SPLITS = Path(__file__).resolve().parents[2] / "training" / "splits"
LISTS = sorted(SPLITS.glob("*.csv"))
MOST_SHARED_NOTES = 24
"""A longer run of notes in common, in any key, is taken for an edition of the same music."""


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_list_names_every_piece_once_in_a_part(path: Path) -> None:
    listed = read_split(path)
    parts = {split: sum(entry.split == split for entry in listed.values()) for split in ("train", "valid", "test")}
    assert all(parts.values())
    assert parts["train"] > parts["valid"] + parts["test"]


@pytest.mark.corpora
@pytest.mark.parametrize("path", [path for path in LISTS if "recipe" not in path.stem], ids=lambda path: path.stem)
def test_the_pieces_of_a_list_are_in_its_corpus(path: Path) -> None:
    assert all((CORPORA / path.stem / name).is_file() for name in read_split(path))


@pytest.mark.corpora
def test_no_chorale_of_the_published_test_part_is_trained_on(tmp_path: Path) -> None:
    chorales = dataset_of(json.loads((CORPORA / "jsb-chorales" / "Jsb16thSeparated.json").read_text(encoding="utf-8")))
    measured = [passage_of(chorales.ids_of(piece)) for piece in chorales.of_split("test")]
    trained = []
    for name in ("mutopia-pd-chorale", "mutopia-pd-baroque"):
        report = prepare(
            CORPORA / name, tmp_path / name, corpus=Corpus(name, "public domain"), split_file=SPLITS / f"{name}.csv",
            encoding="bars", cache=tmp_path / "cache",
        )  # fmt: skip
        dataset = report.dataset
        trained += [passage_of(dataset.ids_of(piece)) for piece in dataset.of_split("train")]
    assert len(measured) == 77
    assert max(longest_copies(trained, measured)) <= MOST_SHARED_NOTES
