"""`musicgen-train evaluate` on a model in bars, called as on a command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from musicgen_live.errors import ModelError, TrainingError
from tests.support.bar_datasets import bars_bundle, bars_dataset, few_trees, melody, quiet_bundle, tokens_of
from tests.support.datasets import toy_dataset
from tests.support.networks import random_bundle
from training.cli.main import app
from training.data.dataset import Corpus, Dataset, Split


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Use a smaller forest, which takes a tenth of the time."""
    with few_trees():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the data set `data` and the model `my.safetensors`."""
    folder = tmp_path_factory.mktemp("evaluate")
    bars_dataset().save(folder / "data")
    bars_bundle().save(folder / "my.safetensors")
    return folder


def evaluate(folder: Path, *arguments: str | Path) -> Result:
    command = ["evaluate", folder / "my.safetensors", folder / "data", *arguments]
    return CliRunner().invoke(app, [str(argument) for argument in command], catch_exceptions=False)


def test_it_prints_scores_and_a_comparison_and_draws_a_picture(folder: Path) -> None:
    output = evaluate(folder, "--passages", "10", "--bars", "4", "--png", folder / "compared.png").output
    for part in (
        "nats a note", "n-gram of order 9", "(best)", "Among the tokens that the grammar allows:", "baroque", "ragtime",
        "argmax, loop guard", "The model LOSES to the n-gram of order", "nats a note, ",
        "10 passages of 4 bars from 5 test pieces", "Pitch-class entropy", "Passages copying at most 16 notes in a row",
        "A random forest tells them apart in",
    ):  # fmt: skip
        assert part in output
    assert (folder / "compared.png").read_bytes().startswith(b"\x89PNG")


def test_json_is_one_object_with_the_comparison_in_it(folder: Path) -> None:
    found = json.loads(evaluate(folder, "--json", "--passages", "10", "--bars", "4", "--order", "3").output)
    assert list(found["ngrams"]) == ["3"]
    assert found["comparison"]["passages"] == 10
    assert found["no_comparison"] is None
    assert found["network"]["nats_per_note"] > 0


def test_scores_are_printed_even_if_no_comparison_is_possible(folder: Path) -> None:
    ended = evaluate(folder, "--json", "--passages", "10", "--bars", "400", "--order", "2")
    found = json.loads(ended.stdout)
    assert found["comparison"] is None
    assert "the test pieces have 0 passages of 400 bars" in found["no_comparison"]
    assert ended.stderr.startswith("No comparison: the test pieces have 0 passages")


def test_a_preset_sets_the_sampling_and_flags_override_it(folder: Path) -> None:
    preset = folder / "mine.toml"
    preset.write_text('decode = "sample"\ntemperature = 0.8\ntop-p = 0.7\n')
    arguments = ["--json", "--passages", "10", "--bars", "2", "--order", "2", "--preset", str(preset), "--top-p", "0.6"]
    found = json.loads(evaluate(folder, *arguments).output)["comparison"]
    assert (found["decode"], found["temperature"], found["top_p"]) == ("sample", 0.8, 0.6)


def test_a_picture_must_be_a_png(folder: Path) -> None:
    with pytest.raises(TrainingError, match=r"--png is 'compared\.pdf'; it names the picture to write"):
        evaluate(folder, "--png", "compared.pdf")


def test_the_full_evaluation_prints_its_table_and_writes_files(folder: Path) -> None:
    quiet_bundle().save(folder / "quiet.safetensors")
    command = ["evaluate", folder / "quiet.safetensors", folder / "data", "--full", "--takes", "4", "--seeds", "2"]
    command += ["--passages", "10", "--bars", "4", "--json-file", folder / "full.json", "--png", folder / "full.png"]
    output = CliRunner().invoke(app, [str(argument) for argument in command], catch_exceptions=False).output
    for part in (
        "random forest, by music theory", "takes that close, all presets", "takes of nocturne that close",
        "--density dense gives dense", "root in the bass under --chords", "No figures of style",
        "the n-gram with memory",
    ):  # fmt: skip
        assert part in output
    found = json.loads((folder / "full.json").read_text())
    assert found["ngram_with_memory"]["nats_per_note"] > 0
    assert [group["title"] for group in found["full"]][:2] == ["Prediction", "Takes told from real music"]
    logistic = found["comparison"]["told_apart"]["logistic regression"]
    assert found["full"][1]["figures"][0]["of_seeds"] == logistic["of_seeds"]
    assert (folder / "full.png").read_bytes().startswith(b"\x89PNG")


def test_several_seeds_have_a_spread(folder: Path) -> None:
    ended = evaluate(folder, "--json", "--passages", "10", "--bars", "2", "--order", "2", "--seeds", "2")
    found = json.loads(ended.output)["comparison"]
    assert (found["seeds"], len(found["generated"]["polyphony"]["values"])) == (2, 20)
    assert len(found["told_apart_by_theory"]["random forest"]["of_seeds"]) == 2


def test_a_test_set_alone_is_measured_without_ngrams(folder: Path) -> None:
    rows: list[tuple[str, str, Split, list[str]]] = [
        (f"{seed}.mid", f"{seed}", "test", tokens_of(melody(seed, 20))) for seed in range(10, 15)
    ]
    Dataset.of("bars", Corpus("toy", "CC0"), "10.5.1", rows).save(folder / "alone")
    command = ["evaluate", folder / "my.safetensors", folder / "alone", "--passages", "10", "--bars", "2"]
    ended = CliRunner().invoke(app, list(map(str, command)), catch_exceptions=False)
    assert "No n-grams to compare with: the data set has no training pieces." in ended.output
    assert "n-gram of order" not in ended.output
    assert "Longest copy" not in ended.output
    command += ["--trained-on", folder / "data"]
    beside = CliRunner().invoke(app, list(map(str, command)), catch_exceptions=False).output
    assert "n-gram with memory" in beside
    assert "Longest copy" in beside


def test_a_model_is_named_as_for_play(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(folder))
    (folder / "models").mkdir()
    bars_bundle().save(folder / "models" / "my music.safetensors")
    command = ["evaluate", "my music", str(folder / "data"), "--passages", "0", "--order", "2"]
    ended = CliRunner().invoke(app, command, catch_exceptions=False)
    assert "of 5 test pieces, which this data set holds out of training:" in ended.output
    with pytest.raises(ModelError, match="there is no model 'paino'; there are classic, my music, piano, stream, or"):
        CliRunner().invoke(app, ["evaluate", "paino", *command[2:]], catch_exceptions=False)


def test_full_needs_music_in_bars(tmp_path: Path) -> None:
    toy_dataset().save(tmp_path / "chords")
    random_bundle().save(tmp_path / "chords.safetensors")
    command = ["evaluate", tmp_path / "chords.safetensors", tmp_path / "chords", "--full"]
    with pytest.raises(TrainingError, match=r"--full measures music in bars, and .* has none: leave it out"):
        CliRunner().invoke(app, list(map(str, command)), catch_exceptions=False)
