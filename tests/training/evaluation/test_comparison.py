"""Comparison of a model's passages with the held-out ones that they replace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from musicgen_live.config.settings import Settings
from musicgen_live.errors import TrainingError
from tests.support.bar_datasets import bars_bundle, bars_dataset
from tests.support.datasets import toy_dataset
from tests.support.models import toy_bundle
from training.evaluation.comparison import Comparison, ComparisonOptions, Figures, compare
from training.evaluation.comparison_picture import draw
from training.evaluation.metrics import metrics_of
from training.evaluation.passages import cuts_of
from training.evaluation.players import Players

pytestmark = pytest.mark.usefixtures("few_trees")

OPTIONS = ComparisonOptions(passages=10, bars=4, prompt_bars=2, settings=Settings(decode="sample", top_p=0.9), seed=5)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(Players(bars_bundle()), bars_dataset(), "test", OPTIONS)


def test_both_kinds_of_passages_have_metrics(comparison: Comparison) -> None:
    assert (comparison.passages, comparison.pieces) == (10, 5)
    cuts = cuts_of(bars_dataset(), "test", 10, 4, 2)
    expected = tuple(metrics_of(cut.ids).notes_per_quarter for cut in cuts)
    assert comparison.held_out.values["notes_per_quarter"] == expected
    assert comparison.held_out.mean("notes_per_quarter") == pytest.approx(np.mean(expected))
    assert all(len(values) == 10 for values in comparison.generated.values.values())


def test_a_classifier_detects_music_of_random_weights(comparison: Comparison) -> None:
    assert comparison.classifier_accuracy["random forest"].mean > 0.9
    held_out, generated = comparison.held_out, comparison.generated
    assert held_out.mean("scale_consistency") > generated.mean("scale_consistency")
    # The toy tunes are so similar that they contain copies of each other.
    assert held_out.mean("copied_notes") > generated.mean("copied_notes")


def test_without_training_pieces_copies_are_left_out(comparison: Comparison, tmp_path: Path) -> None:
    dataset = bars_dataset()
    alone = replace(dataset, pieces=tuple(dataset.of_split("test")))
    found = compare(Players(bars_bundle()), alone, "test", OPTIONS)
    assert found.generated.values == {
        name: values for name, values in comparison.generated.values.items() if name != "copied_notes"
    }
    assert found.generated.free_of_copies is None
    draw(found, tmp_path / "x.png")
    assert compare(Players(bars_bundle()), alone, "test", OPTIONS, dataset).generated == comparison.generated


def test_16_notes_in_a_row_are_no_copy() -> None:
    values = {"copied_notes": (3.0, 16.0, 17.0, 40.0)}
    assert Figures(values).free_of_copies == 0.5
    assert Figures(values).mean("copied_notes") == 19


def test_the_same_seed_gives_the_same_figures(comparison: Comparison) -> None:
    assert compare(Players(bars_bundle()), bars_dataset(), "test", OPTIONS) == comparison


def test_a_comparison_converts_to_json(comparison: Comparison) -> None:
    found = json.loads(json.dumps(comparison.to_json(), allow_nan=False))
    assert (found["passages"], found["bars"], found["prompt_bars"], found["top_p"]) == (10, 4, 2, 0.9)
    assert len(found["generated"]["polyphony"]["values"]) == 10
    assert set(found["told_apart"]["random forest"]) == {"mean", "standard_error", "of_seeds"}
    assert 0 <= found["generated"]["share_copying_at_most_16_notes"] <= 1


def test_the_picture_is_a_png_with_both_colours(comparison: Comparison, tmp_path: Path) -> None:
    draw(comparison, tmp_path / "new" / "comparison.png")
    with Image.open(tmp_path / "new" / "comparison.png") as image:
        assert image.format == "PNG"
        assert image.size == (1430, 836)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or []}
    assert {(0x1F, 0x4E, 0x79), (0xE0, 0x82, 0x14), (0x77, 0x77, 0x77)} <= colours


def test_too_little_music_is_an_error_with_advice() -> None:
    with pytest.raises(TrainingError, match="the test pieces have 5 passages of 16 bars; 10 are needed"):
        compare(Players(bars_bundle()), bars_dataset(), "test")


def test_an_encoding_without_bars_is_not_compared() -> None:
    with pytest.raises(TrainingError, match="the encoding 'chords' has no bars"):
        compare(Players(toy_bundle()), toy_dataset(), "test")
