from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from musicgen_live.errors import TrainingError
from musicgen_live.model.card import ModelCard
from tests.support.datasets import strangers_dataset, toy_dataset, toy_options
from training.runs import RunRecord, claim_run, read_run, resumed_options

OPTIONS = toy_options("stream")


def claim(run: Path, *, resume: bool = False, data_folder: Path | None = None, **changed: float) -> None:
    claim_run(run, toy_dataset(), replace(OPTIONS, **changed), resume=resume, data_folder=data_folder)  # type: ignore[arg-type]


def test_a_run_stores_its_options_and_the_data_set_folder(tmp_path: Path) -> None:
    claim(tmp_path / "run", data_folder=tmp_path / "data")
    assert read_run(tmp_path / "run") == RunRecord(OPTIONS, toy_dataset().fingerprint(), str(tmp_path / "data"))


def test_resuming_stores_the_new_folder_of_a_moved_data_set(tmp_path: Path) -> None:
    claim(tmp_path, data_folder=tmp_path / "old")
    claim(tmp_path, resume=True, data_folder=tmp_path / "new")
    assert read_run(tmp_path).data_folder == str(tmp_path / "new")
    claim(tmp_path, resume=True)
    assert read_run(tmp_path).data_folder == str(tmp_path / "new")


def test_a_run_without_a_data_set_folder_can_be_read(tmp_path: Path) -> None:
    claim(tmp_path)
    assert read_run(tmp_path).data_folder is None


def test_a_second_run_does_not_overwrite_the_first(tmp_path: Path) -> None:
    claim(tmp_path)
    with pytest.raises(TrainingError, match="already holds a run; add --resume"):
        claim(tmp_path)


def test_resuming_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no run to go on with; leave out --resume"):
        claim(tmp_path, resume=True)


def test_resuming_with_another_option_names_its_flag(tmp_path: Path) -> None:
    claim(tmp_path)
    with pytest.raises(TrainingError, match="was started with --batch-size 2, not 4; leave out --batch-size"):
        claim(tmp_path, resume=True, batch_size=4)


def test_resuming_with_other_music_is_refused(tmp_path: Path) -> None:
    claim(tmp_path, data_folder=tmp_path / "data")
    with pytest.raises(TrainingError, match=f"trained on another data set than this one; .*{tmp_path / 'data'}"):
        claim_run(tmp_path, strangers_dataset(), OPTIONS, resume=True, data_folder=None)


def test_resuming_uses_the_stored_options(tmp_path: Path) -> None:
    claim(tmp_path)
    assert resumed_options(tmp_path, recipe=None, units=None) == OPTIONS
    assert resumed_options(tmp_path, recipe="stream", units=8, learning_rate=0.02) == OPTIONS


@pytest.mark.parametrize(
    ("given", "flag"),
    [({"recipe": "classic"}, "--recipe"), ({"units": 9}, "--units"), ({"learning_rate": 0.1}, "--learning-rate")],
)
def test_options_that_differ_name_the_flag(tmp_path: Path, given: dict[str, float], flag: str) -> None:
    claim(tmp_path)
    with pytest.raises(TrainingError, match=f"was started with {flag} .*; leave out {flag}"):
        resumed_options(tmp_path, **given)


def test_another_base_model_is_named_before_other_options(tmp_path: Path) -> None:
    claim(tmp_path / "new")
    with pytest.raises(TrainingError, match="was started without --from; leave out --from to go on with it"):
        resumed_options(tmp_path / "new", units=9, base="a")
    claim_run(tmp_path / "tuned", toy_dataset(), replace(OPTIONS, base="a"), resume=False, data_folder=None)
    assert resumed_options(tmp_path / "tuned", base=None).base == "a"
    with pytest.raises(TrainingError, match="was started --from another model; leave out --from"):
        resumed_options(tmp_path / "tuned", base="b")


def test_the_card_of_the_base_model_stays(tmp_path: Path) -> None:
    card = ModelCard("stream", 3, "old tunes", "CC BY 4.0", "somebody", "10.5.1", {"test_nats": 2.5})
    claim_run(tmp_path, toy_dataset(), OPTIONS, resume=False, data_folder=None, base_card=card)
    claim(tmp_path, resume=True, data_folder=tmp_path)
    assert read_run(tmp_path).base_card == card


@pytest.mark.parametrize(
    "changed",
    [
        {"options": {}},
        {"options": None},
        {"options": {"recipe": "cake"}},
        {"options": {"units": "8"}},
        {"options": {"units": 2.5}},
        {"options": {"units": 10**9}},
        {"options": {"learning_rate": "fast"}},
        {"options": {"dropout": None}},
        {"options": {"layer_norm": 1}},
        {"data_folder": 3},
        {"base_card": {"recipe": "stream"}},
    ],
    ids=str,
)
def test_a_damaged_record_is_an_error(tmp_path: Path, changed: dict[str, Any]) -> None:
    claim(tmp_path)
    stored = json.loads((tmp_path / "run.json").read_text())
    if changed.get("options"):
        changed = {"options": stored["options"] | changed["options"]}
    (tmp_path / "run.json").write_text(json.dumps(stored | changed))
    with pytest.raises(TrainingError, match=r"run.json cannot be read .*; start anew in another --out"):
        read_run(tmp_path)


def test_a_missing_run_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no run; make one with: musicgen-train fit DATA --out"):
        read_run(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"options": {"colour": "red"}, "data": ""})])
def test_a_damaged_run_file_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(TrainingError, match=r"run.json cannot be read"):
        read_run(tmp_path)


def test_a_file_instead_of_the_run_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(TrainingError, match="cannot be written"):
        claim(tmp_path / "run")
