"""Chorales as music in bars, and the nats a sixteenth."""

from __future__ import annotations

import pytest

from benchmarks.chorales import SPLITS, Chorale, Chorales, dataset_of, measure, per_sixteenth, tokens_of, voice_of
from musicgen_live.encodings import bars
from musicgen_live.music.notes import PPQ, Note
from tests.support.bar_datasets import bars_bundle
from training.evaluation.report import Match
from training.evaluation.scoring import Score

BAR: Chorale = [[67, 64, 60, 48]] * 8 + [[69, 65, 60, 53]] * 4 + [[71, 62, -1, 55]] * 4


def test_equal_pitches_in_a_row_are_one_note() -> None:
    assert voice_of(BAR, 2) == (Note(0, 3 * PPQ, 60, 88),)
    assert voice_of(BAR, 3) == (Note(0, 2 * PPQ, 48, 88), Note(2 * PPQ, PPQ, 53, 88), Note(3 * PPQ, PPQ, 55, 88))


def test_a_chorale_is_music_in_bars_of_its_own_style() -> None:
    tokens = tokens_of(BAR * 4)
    assert tokens[:5] == ["style chorale", "key C major", "density sparse", "texture full", "bar 4/4"]
    assert len(bars.decode(tokens).notes) == 4 * (3 + 3 + 1 + 3)


def test_the_nats_of_all_tokens_count_for_the_sixteenths() -> None:
    def score(nats: float) -> Score:
        return Score(30, nats, 0.5, 0.9, 10)

    match = Match(score(1.0), {4: score(2.0), 5: score(3.0)}, score(1.5))
    assert per_sixteenth(match, 20) == {
        "sixteenths": 20,
        "notes": 10,
        "model_nats": 1.5,
        "ngram_with_memory_nats": 2.25,
        "ngram_nats": 3.0,
    }


def test_a_model_is_measured_on_a_split() -> None:
    chorales: Chorales = {split: [BAR * 2, BAR * 3] for split in SPLITS}
    found = measure(bars_bundle(), chorales, "valid")
    assert (found["chorales"], found["sixteenths"]) == (2, 80)
    # Random weights against chorales that were trained on.
    assert found["model_nats"] > found["ngram_with_memory_nats"]
    assert [piece.name for piece in dataset_of(chorales).of_split("test")] == ["test-000", "test-001"]


@pytest.mark.parametrize("split", SPLITS)
def test_every_split_keeps_its_chorales(split: str) -> None:
    chorales: Chorales = {own: [BAR * 2] if own == split else [] for own in SPLITS}
    assert [piece.split for piece in dataset_of(chorales).pieces] == [split]
