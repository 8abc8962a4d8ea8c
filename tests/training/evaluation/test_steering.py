from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.model.bundle import Bundle
from tests.support.bar_datasets import bars_bundle, melody
from tests.support.passages import passage
from training.data.dataset import Corpus, Dataset, Ids, Split
from training.data.labels import described, with_header
from training.evaluation.players import Players
from training.evaluation.steering import (
    chord_figure,
    control_figures,
    roots_in_bass,
    style_figures,
    styled_passages,
)
from training.evaluation.takes import Takes, take_ids

SETTINGS = Settings(decode="sample", polyphony=3, max_onsets=1.0)


def same(ids: Ids) -> Ids:
    return ids


def pieces(split: Split, style: str, count: int, pitches: tuple[int, ...]) -> list[tuple[str, str, Split, list[str]]]:
    """Return pieces of 24 bars with measured headers."""
    rows = []
    for seed in range(count):
        ids = np.array(bar_tokens.VOCABULARY.encode(bars.encode(melody(seed, 24, pitches=pitches))), np.uint16)
        tokens = bar_tokens.VOCABULARY.decode(with_header(style, ids).tolist())
        rows.append((f"{split}-{style}-{seed}.mid", f"{split}{style}{seed}", split, tokens))
    return rows


HIGH, LOW = (72, 74, 76, 77, 79, 81, 83), (40, 43, 47, 52, 55, 59)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a smaller forest."""
    monkeypatch.setattr("training.evaluation.steering.TREES", 30)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Return pieces of two styles in quite different registers, to learn from and to test."""
    rows = [*pieces("train", "lied", 6, HIGH), *pieces("train", "ragtime", 6, LOW)]
    rows += [*pieces("test", "lied", 2, HIGH), *pieces("test", "ragtime", 2, LOW)]
    return Dataset.of("bars", Corpus("toy", "CC0"), "10.5.1", rows)


def bundle_of(*styles: str) -> Bundle:
    prompts = [
        tuple(bar_tokens.VOCABULARY.encode([f"style {style}", "bar 4/4", "position 0", "pitch 60", "duration 24"]))
        for style in styles
    ]
    return replace(bars_bundle(), prompts=tuple(prompts))


@pytest.fixture(scope="module")
def takes() -> Takes:
    return Takes(Players(bundle_of("lied", "ragtime")), SETTINGS, count=2, seed=3, seeds=2)


def test_takes_count_if_they_are_what_was_asked_for(takes: Takes, dataset: Dataset) -> None:
    figures = {figure.name: figure for figure in control_figures(takes, dataset, "test", same)}
    assert list(figures) == [
        "--mode major gives major",
        "--mode minor gives minor",
        "--density sparse gives sparse",
        "--density medium gives medium",
        "--density dense gives dense",
        "--texture thin gives thin",
        "--texture medium gives medium",
        "--texture full gives full",
    ]
    settings = replace(SETTINGS, density="dense", bars=8)
    is_dense = ["density dense" in described(take_ids(takes.bundle, settings, seed)) for seed in range(3, 7)]
    assert figures["--density dense gives dense"].of_seeds == (
        (is_dense[0] + is_dense[1]) / 2,
        (is_dense[2] + is_dense[3]) / 2,
    )


def test_beside_them_stand_passages_of_pieces_with_that_label(takes: Takes, dataset: Dataset) -> None:
    figures = {figure.name: figure.real for figure in control_figures(takes, dataset, "test", same)}
    # All test pieces are sparse and thin, and so are their passages; none is dense.
    assert figures["--density sparse gives sparse"] == 1
    assert figures["--texture thin gives thin"] == 1
    assert figures["--density dense gives dense"] is None


def test_a_classifier_of_real_music_hears_the_style(takes: Takes, dataset: Dataset) -> None:
    mean, lowest, *of_styles = style_figures(takes, dataset, "test", dataset, same)
    assert mean.name == "--style is heard as asked, 2 styles"
    assert [figure.name.split()[1] for figure in of_styles] == ["ragtime", "lied"]
    # The test pieces have the registers of their styles; a model of random weights has one for both.
    assert (mean.real, lowest.real) == (1, 1)
    for seed in (0, 1):
        assert mean.of_seeds[seed] == pytest.approx(sum(figure.of_seeds[seed] for figure in of_styles) / 2)
        assert lowest.of_seeds[seed] == min(figure.of_seeds[seed] for figure in of_styles)


def test_a_style_of_many_pieces_has_no_more_passages_than_another(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(dataset, pieces=tuple(piece for piece in dataset.pieces if piece.name != "train-ragtime-0.mid"))
    features, styles = styled_passages(few, "train", same)
    assert (len(features), styles) == (11, ["lied"] * 6 + ["ragtime"] * 5)
    monkeypatch.setattr("training.evaluation.steering.PASSAGES_A_STYLE", 4)
    assert styled_passages(few, "train", same)[1] == ["lied"] * 4 + ["ragtime"] * 4


def test_without_two_styles_there_is_nothing_to_hear(takes: Takes, dataset: Dataset) -> None:
    one_style = replace(takes, players=Players(bundle_of("lied", "any")))
    assert style_figures(one_style, dataset, "test", dataset, same) == []
    alone = replace(dataset, pieces=tuple(dataset.of_split("test")))
    assert style_figures(takes, alone, "test", alone, same) == []


def test_the_first_onset_of_a_bar_decides_on_the_root() -> None:
    # Dm7, G7, Cmaj7, Dm7: D below; B below; nothing but a C on the second beat; silence.
    music = passage((0, 1, 50), (0, 1, 60), (4, 1, 59), (4, 1, 67), (5, 1, 43), (9, 1, 48), bars=4)
    assert roots_in_bass(music) == [True, False, True]


def test_chords_that_bind_put_their_roots_below(takes: Takes) -> None:
    figure = chord_figure(takes)
    assert figure.name == "root in the bass under --chords at strength 4"
    assert len(figure.of_seeds) == 2
    assert all(0 <= share <= 1 for share in figure.of_seeds)
