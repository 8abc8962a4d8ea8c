from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicgen_live.errors import TrainingError
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.card import ModelCard
from tests.support.datasets import WINDOW, Rows, dataset_of, strangers_dataset, toy_dataset, toy_options, tune
from tests.support.networks import random_tensors
from training.checkpoint import save_weights
from training.data.dataset import Dataset, Split
from training.evaluation.evaluate import evaluate
from training.evaluation.report import Evaluation
from training.export import export
from training.network import Tensors
from training.prompts import choose_prompts
from training.runs import Weights, claim_run

RECIPES = ["classic", "stream"]


def weights(dataset: Dataset, recipe: str, seed: int) -> Tensors:
    return random_tensors(toy_options(recipe).architecture(dataset), seed)


def make_run(run: Path, dataset: Dataset, recipe: str = "stream") -> Path:
    """Write a run of nine epochs with random weights, the sixth of them the best."""
    options = toy_options(recipe, epochs=9)
    architecture = options.architecture(dataset)
    claim_run(run, dataset, options, resume=False, data_folder=None)
    save_weights(run / "best.safetensors", architecture, weights(dataset, recipe, 1), 6)
    save_weights(run / "last.safetensors", architecture, weights(dataset, recipe, 2), 9)
    return run


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_becomes_one_complete_model_file(tmp_path: Path, recipe: str) -> None:
    dataset = toy_dataset()
    seen: list[Evaluation] = []
    made = export(make_run(tmp_path, dataset, recipe), dataset, tmp_path / "my.safetensors", on_evaluation=seen.append)
    loaded = Bundle.load(tmp_path / "my.safetensors")

    assert replace(loaded, tensors={}) == replace(made, tensors={})
    assert (loaded.encoding, loaded.vocabulary) == ("chords", dataset.vocabulary)
    assert loaded.architecture == toy_options(recipe).architecture(toy_dataset())
    assert loaded.prompts == choose_prompts(dataset, 8, WINDOW)
    assert len(loaded.prompts) == 8
    card = loaded.card
    assert (card.recipe, card.epochs, card.corpus, card.licence) == (recipe, 6, "toy tunes", "CC0-1.0")
    assert (card.credit, card.music21_version) == ("nobody", "10.5.1")
    assert seen == [evaluate(loaded, dataset)]
    assert card.metrics == seen[0].metrics() | {"run_epochs": 9}
    for name, tensor in weights(dataset, recipe, 1).items():
        assert np.array_equal(loaded.tensors[name], tensor.astype(np.float16))


def test_a_fine_tuned_model_names_the_music_of_its_base(tmp_path: Path) -> None:
    dataset = toy_dataset()
    card = ModelCard("stream", 3, "old tunes", "CC BY 4.0", "somebody", "10.5.1")
    run = make_run(tmp_path, dataset)
    (run / "run.json").unlink()
    options = toy_options("stream", epochs=9)
    claim_run(run, dataset, options, resume=False, data_folder=None, base_card=card)
    made = export(run, dataset, tmp_path / "my.safetensors").card
    assert (made.corpus, made.licence, made.credit) == (
        "toy tunes, old tunes",
        "CC0-1.0; CC BY 4.0",
        "nobody; somebody",
    )


def test_the_last_weights_in_full_precision(tmp_path: Path) -> None:
    dataset = toy_dataset()
    run = make_run(tmp_path, dataset)
    bundle = export(run, dataset, tmp_path / "my.safetensors", weights="last", dtype="float32")
    assert bundle.card.epochs == 9
    for name, tensor in weights(dataset, "stream", 2).items():
        assert bundle.tensors[name].dtype == np.float32
        assert np.array_equal(bundle.tensors[name], tensor)


def test_an_export_repeats_byte_for_byte(tmp_path: Path) -> None:
    dataset = toy_dataset()
    run = make_run(tmp_path, dataset)
    contents = set()
    for name in ("one.safetensors", "two.safetensors"):
        export(run, dataset, tmp_path / name)
        contents.add((tmp_path / name).read_bytes())
    assert len(contents) == 1


def test_no_file_is_written_if_numpy_and_keras_disagree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Float32 sums in another order never agree to the last digit.
    monkeypatch.setattr("training.export.ROUNDINGS", 0)
    dataset = toy_dataset()
    run = make_run(tmp_path, dataset)
    with pytest.raises(TrainingError, match="NumPy and Keras disagree on this network in the mode"):
        export(run, dataset, tmp_path / "my.safetensors", dtype="float32")
    assert not (tmp_path / "my.safetensors").exists()


@pytest.mark.parametrize(("broken", "dtype"), [(1e5, "float16"), (np.nan, "float16"), (np.inf, "float32")])
def test_weights_that_cannot_be_stored_are_not_written(tmp_path: Path, broken: float, dtype: str) -> None:
    dataset = toy_dataset()
    run, tensors = make_run(tmp_path, dataset), weights(dataset, "stream", 1)
    tensors["lstm1.bias"][0] = broken
    save_weights(run / "best.safetensors", toy_options("stream").architecture(toy_dataset()), tensors, 6)
    with pytest.raises(TrainingError, match=r"the largest weight is .* lower --learning-rate"):
        export(run, dataset, tmp_path / "my.safetensors", dtype=dtype)  # type: ignore[arg-type]
    assert not (tmp_path / "my.safetensors").exists()


def test_the_model_is_written_before_it_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.export.evaluate", interrupt)
    dataset = toy_dataset()
    with pytest.raises(KeyboardInterrupt):
        export(make_run(tmp_path, dataset), dataset, tmp_path / "my.safetensors")
    assert Bundle.load(tmp_path / "my.safetensors").card.metrics == {"run_epochs": 9}


@pytest.mark.parametrize(("damaged", "other"), [("last", "best"), ("best", "last")])
def test_either_weights_do_without_the_other(tmp_path: Path, damaged: str, other: Weights) -> None:
    dataset = toy_dataset()
    run = make_run(tmp_path, dataset)
    (run / f"{damaged}.safetensors").write_bytes(b"damaged")
    with pytest.raises(TrainingError, match=f"cannot be read .*; try --weights {other}"):
        export(run, dataset, tmp_path / "my.safetensors", weights=damaged)  # type: ignore[arg-type]
    assert export(run, dataset, tmp_path / "my.safetensors", weights=other).card.epochs > 0


def test_another_data_set_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path, toy_dataset())
    with pytest.raises(TrainingError, match="was trained on another data set"):
        export(run, strangers_dataset(), tmp_path / "my.safetensors")


def test_a_run_without_weights_yet(tmp_path: Path) -> None:
    dataset = toy_dataset()
    claim_run(tmp_path, dataset, toy_options("stream"), resume=False, data_folder=None)
    with pytest.raises(TrainingError, match="holds no trained weights yet"):
        export(tmp_path, dataset, tmp_path / "my.safetensors")


@pytest.mark.parametrize(
    ("split", "why"),
    [
        ("train", "all music was trained on; with more files some is held out"),
        (
            "test",
            "no piece of the test pieces is longer than 10 data points, so there is nothing to score: "
            "choose another --split, or prepare a data set with more or longer files",
        ),
    ],
)
def test_a_tiny_corpus_still_exports(tmp_path: Path, caplog: pytest.LogCaptureFixture, split: Split, why: str) -> None:
    # No piece is as long as a window, so no piece can be scored and no prompt has full length.
    rows: Rows = [(f"{i}.mid", f"{i}", "train", tune(["C4", "D4", "E4"], 9, start=i)) for i in range(2)]
    rows.append(("2.mid", "2", split, tune(["C4", "D4", "E4"], 9, start=2)))
    dataset = dataset_of(rows)
    bundle = export(make_run(tmp_path, dataset), dataset, tmp_path / "my.safetensors")
    assert [len(prompt) for prompt in bundle.prompts] == [9, 9, 9]
    assert bundle.card.metrics == {"run_epochs": 9}
    assert Bundle.load(tmp_path / "my.safetensors").prompts == bundle.prompts
    assert caplog.messages == [
        "the data set holds 0 prompts of 10 data points; 3 shorter ones were added",
        f"the model file carries no figures: {why}",
    ]


def test_an_unwritable_model_file_is_an_error(tmp_path: Path) -> None:
    dataset = toy_dataset()
    run = make_run(tmp_path / "run", dataset)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(TrainingError, match=r"cannot be written .*; choose another --out"):
        export(run, dataset, tmp_path / "taken" / "my.safetensors")
