from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.generation.prompt_file import read_prompt_file
from tests.support.bar_datasets import bars_bundle, melody, tokens_of
from tests.support.passages import passage
from training.data.dataset import Corpus, Dataset, Ids
from training.evaluation.players import Players
from training.evaluation.takes import Takes
from training.evaluation.themes import returning_figures, theme_figure, themes_of, write_midi

TUNE = [(0.0, 1.0, 60), (1.0, 1.0, 62), (2.0, 1.0, 64), (3.0, 1.0, 60)]


def same(ids: Ids) -> Ids:
    return ids


def dataset() -> Dataset:
    rows = [(f"{bars}.mid", f"{bars}", "test", tokens_of(melody(bars, bars))) for bars in (10, 30, 40, 50, 60)]
    return Dataset.of("bars", Corpus("toy", "CC0"), "10.5.1", rows)  # type: ignore[arg-type]


def test_a_theme_is_the_first_half_of_a_piece_without_its_upbeat() -> None:
    themes = themes_of(dataset(), "test", 9, same)
    # The piece of 10 bars is too short.
    assert [len(theme.prompt_passage.bar_starts) for theme in themes] == [14, 19, 23, 23]
    assert all(len(theme.answer.bar_starts) == 8 for theme in themes)
    assert len(themes_of(dataset(), "test", 2, same)) == 2


def test_figures_return_in_any_key_and_at_any_place() -> None:
    before = passage(*TUNE, bars=1)
    moved = [(onset + 2, length, pitch + 7) for onset, length, pitch in TUNE]
    # The figure itself, and one that begins a note later.
    assert returning_figures(before, passage(*moved, (6, 1, 72), bars=2)) == 0.5
    assert returning_figures(before, passage((0, 1, 60), bars=1)) == 0


def test_a_prompt_is_written_as_it_is_read_again(tmp_path: Path) -> None:
    (theme, *_) = themes_of(dataset(), "test", 1, same)
    write_midi(theme.prompt, tmp_path / "prompt.mid")
    read = read_prompt_file(str(tmp_path / "prompt.mid"))
    assert str(read.time_signature) == "3/4"
    assert sorted((note.start_tick, note.pitch, note.duration_ticks) for note in read.score.notes) == sorted(
        (note.start_tick, note.pitch, note.duration_ticks) for note in theme.prompt.notes
    )


def test_the_model_continues_the_file_as_in_a_take() -> None:
    takes = Takes(Players(bars_bundle()), Settings(decode="sample", polyphony=2), count=2, seeds=2)
    themes = themes_of(dataset(), "test", 2, same)
    figure = theme_figure(takes, themes)
    assert figure is not None
    assert figure.real is not None
    assert len(figure.of_seeds) == 2
    assert figure.real == pytest.approx(
        sum(returning_figures(theme.prompt_passage, theme.answer) for theme in themes) / 2
    )
    # Random walks over a scale come back to their figures; random weights find few of them.
    assert figure.real > max(figure.of_seeds)


def test_without_long_pieces_there_are_no_themes() -> None:
    assert theme_figure(Takes(Players(bars_bundle()), Settings()), []) is None
