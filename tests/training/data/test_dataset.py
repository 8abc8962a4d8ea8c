from __future__ import annotations

import json
import random
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from musicgen_live.errors import TrainingError
from tests.support.datasets import Rows, dataset_of, strangers_dataset, toy_dataset
from training.data.dataset import Dataset
from training.data.mix import mix

ROWS: Rows = [
    ("one.mid", "11", "train", ["C4", "0.4.7", "C4"]),
    ("two.mid", "22", "test", ["A3", "C4"]),
    ("three.mid", "33", "train", ["B3"]),
]


def test_ids_follow_the_order_of_the_sorted_vocabulary() -> None:
    dataset = dataset_of(ROWS)
    assert dataset.vocabulary.tokens == ("0.4.7", "A3", "B3", "C4")
    assert dataset.ids.tolist() == [3, 0, 3, 1, 3, 2]


def test_pieces_are_found_by_split() -> None:
    dataset = dataset_of(ROWS)
    assert [piece.name for piece in dataset.of_split("train")] == ["one.mid", "three.mid"]
    assert dataset.stream("train").tolist() == [3, 0, 3, 2]
    assert dataset.stream("test", "valid").tolist() == [1, 3]
    assert dataset.stream("valid").tolist() == []


def test_saving_and_loading_round_trips(tmp_path: Path) -> None:
    dataset = toy_dataset()
    dataset.save(tmp_path / "data")
    loaded = Dataset.load(tmp_path / "data")
    assert np.array_equal(loaded.ids, dataset.ids)
    assert (loaded.pieces, loaded.vocabulary, loaded.corpus) == (dataset.pieces, dataset.vocabulary, dataset.corpus)
    assert (loaded.encoding, loaded.music21_version) == ("chords", "10.5.1")
    assert loaded.fingerprint() == dataset.fingerprint()


def test_ids_of_a_loaded_data_set_are_memory_mapped(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path)
    assert isinstance(Dataset.load(tmp_path).ids, np.memmap)


def test_the_fingerprint_covers_ids_vocabulary_and_splits() -> None:
    other_split: Rows = [(name, sha, "train", tokens) for name, sha, _, tokens in ROWS]
    other_token: Rows = [
        (name, sha, split, [t.replace("B3", "B4") for t in tokens]) for name, sha, split, tokens in ROWS
    ]
    other_order: Rows = [ROWS[2], ROWS[1], ROWS[0]]
    prints = {dataset_of(rows).fingerprint() for rows in (ROWS, other_split, other_token, other_order)}
    assert len(prints) == 4
    assert dataset_of(list(ROWS)).fingerprint() in prints


def test_a_missing_data_set_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no data set; make one with: musicgen-train prepare MIDI_DIR --out"):
        Dataset.load(tmp_path)


def test_a_description_without_its_ids_is_no_data_set(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path)
    (tmp_path / "ids.npy").unlink()
    with pytest.raises(TrainingError, match="holds no data set"):
        Dataset.load(tmp_path)


def test_ids_of_another_data_set_are_noticed(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path)
    strangers_dataset().save(tmp_path / "other")
    (tmp_path / "other" / "ids.npy").replace(tmp_path / "ids.npy")
    with pytest.raises(TrainingError, match="is incomplete; prepare it again"):
        Dataset.load(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "musicgen-live data set 1"}', "not JSON"])
def test_a_damaged_description_is_an_error(tmp_path: Path, text: str) -> None:
    toy_dataset().save(tmp_path)
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(TrainingError, match=r"cannot be read .*; prepare it again"):
        Dataset.load(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"encoding": "jazz"},
        {"encoding": "bars"},
        {"encoding": ["chords"]},
        {"vocabulary": "C4"},
        {"vocabulary": [1, 2, 3, 4]},
        {"vocabulary": ["C4"] * 4},
        {"corpus": {"name": 1, "licence": "", "credit": ""}},
        {"music21_version": 10},
        {"pieces": []},
        {"pieces": {"name": "exam"}},
        {"piece": {"split": "exam"}},
        {"piece": {"name": None}},
        {"piece": {"start": 1}},
        {"piece": {"start": "0"}},
        {"piece": {"length": -3}},
        {"piece": {"length": 3.0}},
        {"piece": {"weight": 0}},
        {"piece": {"weight": "much"}},
        {"piece": {"colour": "red"}},
    ],
    ids=str,
)
def test_values_that_cannot_be_are_an_error(tmp_path: Path, changed: dict[str, Any]) -> None:
    dataset_of(ROWS).save(tmp_path)
    description = json.loads((tmp_path / "dataset.json").read_text())
    if "piece" in changed:
        first, *others = description["pieces"]
        changed = {"pieces": [first | changed["piece"], *others]}
    (tmp_path / "dataset.json").write_text(json.dumps(description | changed))
    with pytest.raises(TrainingError, match=r"cannot be read .*; prepare it again"):
        Dataset.load(tmp_path)


def test_an_id_beyond_the_vocabulary_is_an_error(tmp_path: Path) -> None:
    dataset_of(ROWS).save(tmp_path)
    np.save(tmp_path / "ids.npy", np.array([3, 0, 3, 1, 3, 4], np.uint16))
    with pytest.raises(TrainingError, match="has the id 4 and 4 tokens; prepare it anew"):
        Dataset.load(tmp_path)


@pytest.mark.parametrize(
    "ids", [np.zeros(6), np.zeros(6, np.int64), np.zeros((2, 3), np.uint16)], ids=["floats", "long", "a table"]
)
def test_ids_of_another_type_are_an_error(tmp_path: Path, ids: NDArray[Any]) -> None:
    dataset_of(ROWS).save(tmp_path)
    np.save(tmp_path / "ids.npy", ids)
    with pytest.raises(TrainingError, match=r"ids.npy is no list of ids.*; prepare it again"):
        Dataset.load(tmp_path)


def test_damaged_ids_are_an_error(tmp_path: Path) -> None:
    dataset_of(ROWS).save(tmp_path)
    whole, rng = (tmp_path / "ids.npy").read_bytes(), random.Random(1)
    for _ in range(1000):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[rng.randrange(128)] = rng.randrange(256)
        (tmp_path / "ids.npy").write_bytes(rng.choice([damaged, damaged[: rng.randrange(140)]]))
        with suppress(TrainingError):
            Dataset.load(tmp_path)


def test_another_format_is_named(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path)
    description = json.loads((tmp_path / "dataset.json").read_text())
    (tmp_path / "dataset.json").write_text(json.dumps(description | {"format": "musicgen-live data set 9"}))
    with pytest.raises(TrainingError, match="holds 'musicgen-live data set 9'; 'musicgen-live data set 1' is needed"):
        Dataset.load(tmp_path)


def test_an_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(TrainingError, match=r"the data set cannot be written to .*taken"):
        toy_dataset().save(tmp_path / "taken")


def test_pickled_ids_are_not_loaded(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path)
    np.save(tmp_path / "ids.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(TrainingError, match="cannot be read"):
        Dataset.load(tmp_path)


def test_ids_written_in_parts_are_the_file_that_numpy_writes(tmp_path: Path) -> None:
    dataset = toy_dataset()
    written = dataset.write(tmp_path, (dataset.ids_of(piece) for piece in dataset.pieces))
    np.save(tmp_path / "whole.npy", dataset.ids)
    assert (tmp_path / "ids.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert written.fingerprint() == dataset.fingerprint()


def test_the_description_is_written_as_one_object(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path)
    text = (tmp_path / "dataset.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


def test_the_fingerprint_has_stayed_the_same() -> None:
    # Runs remember it: another one would refuse to go on with them.
    assert dataset_of(ROWS).fingerprint().startswith("6fef10f577c3528f")


def test_loading_mixing_and_hashing_need_no_memory_for_the_ids(tmp_path: Path) -> None:
    large = toy_dataset()
    pieces = tuple(
        replace(large.pieces[0], name=f"{i}", sha256=f"{i}", start=i * 20_000, length=20_000) for i in range(100)
    )
    replace(large, pieces=pieces, ids=np.resize(large.ids, 2_000_000)).save(tmp_path / "data")
    tracemalloc.start()
    loaded = Dataset.load(tmp_path / "data")
    mixed = mix([loaded], [2.0], tmp_path / "mixed")
    assert mixed.fingerprint() != loaded.fingerprint()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The ids alone have 4 MB.
    assert peak < 1_000_000
