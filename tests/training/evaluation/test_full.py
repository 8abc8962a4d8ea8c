"""The figures of `evaluate --full`, group by group, and their picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from musicgen_live.config.settings import Settings
from tests.support.bar_datasets import bars_dataset, quiet_bundle
from tests.support.passages import passage
from training.evaluation.comparison import Comparison, ComparisonOptions, compare
from training.evaluation.evaluate import predictions
from training.evaluation.figure import Group
from training.evaluation.full import Music, ending_figures, full_groups, passage_figures, prediction_figures
from training.evaluation.full_picture import draw_groups
from training.evaluation.players import Players
from training.evaluation.report import Match
from training.evaluation.scoring import Score
from training.evaluation.takes import Takes

pytestmark = pytest.mark.usefixtures("few_trees")

SETTINGS = Settings(decode="sample", top_p=0.95)
TAKES = Takes(Players(quiet_bundle()), SETTINGS, count=4, seed=1, seeds=2)
OPTIONS = ComparisonOptions(passages=10, bars=9, prompt_bars=1, settings=SETTINGS, seed=5, seeds=2)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(Players(quiet_bundle()), bars_dataset(), "test", OPTIONS)


@pytest.fixture(scope="module")
def groups(comparison: Comparison) -> list[Group]:
    match = predictions(quiet_bundle(), bars_dataset(), "test").match()
    music = Music(bars_dataset(), "test", bars_dataset())
    return list(full_groups(match, comparison, music, TAKES, {"mine": SETTINGS}))


def test_every_group_has_figures_of_both_seeds(groups: list[Group]) -> None:
    # The model's prompts have one style, so there are no figures of style; the pieces are too short for themes.
    assert [group.title for group in groups] == [
        "Prediction", "Takes told from real music", "Passages", "Endings", "Long takes", "Mode, density and texture",
        "Chords and themes",
    ]  # fmt: skip
    for group in groups[1:]:
        for figure in group.figures:
            if not figure.name.startswith("passages copying"):
                assert len(figure.of_seeds) == 2, figure.name
            assert np.isfinite(figure.of_seeds).all(), figure.name


def test_the_fair_figure_is_that_of_the_ngram_with_memory() -> None:
    def score(nats: float) -> Score:
        return Score(40, nats, 0.5, 0.9, 10)

    nats, below = prediction_figures(Match(score(0.625), {4: score(1.6)}, score(0.9)))
    assert (nats.of_seeds, nats.reference) == ((2.5,), "n-gram with memory")
    assert nats.real == pytest.approx(3.6)
    assert below.mean == pytest.approx(1 - 0.625 / 0.9)
    (alone,) = prediction_figures(Match(score(0.625), {}))
    assert (alone.of_seeds, alone.real) == ((2.5,), None)


def test_the_passages_of_each_seed_are_measured_alone(comparison: Comparison) -> None:
    held_out = [passage(*[(4.0 * bar, 1.0, 60) for bar in range(9)], bars=9)]
    # Two notes in each bar, of which the second is a semitone higher in every bar.
    rising = [passage(*[(4.0 * bar + beat, 1.0, 60 + beat * bar) for bar in range(9) for beat in (0, 1)], bars=9)]
    found = replace(
        comparison, held_out_passages=held_out, generated_passages=[held_out, rising], prompts=[passage(bars=1)]
    )
    figures = {figure.name: figure for figure in passage_figures(found)}
    alike = figures["likeness of bars at distance 8"]
    assert (alike.real, alike.of_seeds) == (1, (1, 1 / 3))
    # One note over and over is a loop.
    loops = figures["passages that loop for more than 8 quarters"]
    assert (loops.real, loops.of_seeds) == (1, (1, 0))
    repeats = figures["steps of the top line that repeat its note"]
    assert repeats.real == 1
    assert repeats.of_seeds == pytest.approx((1, 2 / 17))


def test_endings_of_every_preset_and_their_mean() -> None:
    music = Music(bars_dataset(), "test", bars_dataset())
    closed = {"mine": SETTINGS, "loud": replace(SETTINGS, velocity=120)}
    mean, *of_presets = ending_figures(music, TAKES, closed)
    assert [figure.name for figure in of_presets] == ["takes of mine that close", "takes of loud that close"]
    # A velocity changes no note.
    assert of_presets[0].of_seeds == of_presets[1].of_seeds == mean.of_seeds
    assert mean.real is not None


def test_the_picture_has_a_row_for_every_figure(groups: list[Group], tmp_path: Path) -> None:
    draw_groups(groups, tmp_path / "full.png")
    draw_groups(groups[:2], tmp_path / "part.png")
    with Image.open(tmp_path / "full.png") as full, Image.open(tmp_path / "part.png") as part:
        assert full.format == "PNG"
        assert full.height > part.height
        colours = {colour for _, colour in full.convert("RGB").getcolors(1 << 20) or []}
    assert {(0x1F, 0x4E, 0x79), (0xE0, 0x82, 0x14)} <= colours
