"""Every metric on music small enough to count by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens
from tests.support.cycles import most_rounds as counted_rounds
from training.data.dataset import Ids
from training.evaluation.metrics import distinct_rate, longest_run, metrics_of, most_rounds

# Three bars of 4/4 and an empty one:
#   C4 and D4 as quarters, E4 and G4 as a half; C4 as a whole, F#4 and later F4 as quarters; C4 and Bb4 as eighths.
MUSIC = (
    "bar 4/4|position 0|pitch 60|duration 24|position 24|pitch 62|duration 24"
    "|position 48|pitch 64|duration 48|pitch 67|duration 48"
    "|bar 4/4|position 0|pitch 60|duration 96|pitch 66|duration 24|position 48|pitch 65|duration 24"
    "|bar 4/4|position 0|pitch 60|duration 12|position 12|pitch 70|duration 12"
    "|bar 4/4"
)


def encoded(tokens: str) -> Ids:
    return np.array(bar_tokens.VOCABULARY.encode(tokens.split("|")), np.uint16)


def test_pitch_metrics_equal_those_of_muspy() -> None:
    metrics = metrics_of(encoded(MUSIC))
    # Values of MusPy 0.5.0 for the same notes.
    assert metrics.pitch_class_entropy == pytest.approx(2.6416041678685933)
    assert metrics.scale_consistency == pytest.approx(8 / 9)
    assert metrics.polyphony == pytest.approx(1.4444444444444444)


def test_density_and_empty_bars() -> None:
    metrics = metrics_of(encoded(MUSIC))
    assert metrics.notes_per_quarter == 9 / 16
    assert metrics.empty_bar_rate == 1 / 4


def test_a_bar_with_a_held_note_is_not_empty() -> None:
    tied = "bar 3/4|position 0|pitch 60|duration 96|bar 3/4|bar 3/4|bar 3/4"
    assert metrics_of(encoded(tied)).empty_bar_rate == 2 / 4
    assert metrics_of(encoded("bar 3/4|position 0|pitch 60|duration 72|bar 3/4")).empty_bar_rate == 1 / 2


def test_groove_is_the_share_of_positions_where_bars_agree() -> None:
    # A bar of 4/4 has 64 positions. Onsets 0 24 48; 0 48; 0 12; none: they differ at 1, 2 and 2 positions.
    assert metrics_of(encoded(MUSIC)).groove_consistency == pytest.approx(1 - (1 + 2 + 2) / 3 / 64)
    same = "bar 2/4|position 0|pitch 60|duration 24|bar 2/4|position 0|pitch 72|duration 12"
    assert metrics_of(encoded(same)).groove_consistency == 1


def test_groove_ignores_bars_of_different_lengths() -> None:
    changing = "bar 2/4|position 0|pitch 60|duration 24|bar 3/4|bar 2/4|position 12|pitch 60|duration 24"
    assert metrics_of(encoded(changing)).groove_consistency == 1


def test_one_scale_holds_all_notes_of_a_key() -> None:
    scale = "|".join(f"position {24 * i}|pitch {p}|duration 24" for i, p in enumerate((57, 60, 64, 65)))
    metrics = metrics_of(encoded(f"bar 4/4|{scale}"))
    assert metrics.scale_consistency == 1
    assert metrics.pitch_class_entropy == 2


def test_music_without_notes_has_zero_metrics() -> None:
    metrics = metrics_of(encoded("bar 4/4|bar 4/4"))
    assert (metrics.pitch_class_entropy, metrics.scale_consistency, metrics.polyphony) == (0, 0, 0)
    assert (metrics.notes_per_quarter, metrics.empty_bar_rate, metrics.groove_consistency) == (0, 1, 1)
    assert (metrics.longest_loop_quarters, metrics.distinct_4gram_rate) == (0, 0)
    assert not any(math.isnan(value) for value in vars(metrics).values())


def figure(*pitches: int) -> str:
    return "|".join(f"position {24 * i}|pitch {pitch}|duration 24" for i, pitch in enumerate(pitches))


def test_a_loop_lasts_from_its_first_round_to_its_last() -> None:
    # C E G E four times, then something else.
    loop = "|".join(["bar 4/4", figure(60, 64, 67, 64)] * 4)
    assert metrics_of(encoded(f"{loop}|bar 4/4|{figure(50, 51)}")).longest_loop_quarters == 16
    # Two rounds are a loop, one is none; the same pitches in another rhythm are another figure.
    assert metrics_of(encoded("|".join(["bar 4/4", figure(60, 64, 67, 65)] * 2))).longest_loop_quarters == 8
    assert metrics_of(encoded(f"bar 4/4|{figure(60, 64, 67, 65)}")).longest_loop_quarters == 0
    other = "position 0|pitch 60|duration 48|position 48|pitch 64|duration 24|position 72|pitch 67|duration 24"
    assert metrics_of(encoded(f"bar 4/4|{figure(60, 64, 67, 65)}|bar 4/4|{other}")).longest_loop_quarters == 0


def test_repetition_of_ids() -> None:
    assert distinct_rate(list(range(8)), 4) == 1
    assert distinct_rate([9] * 8, 4) == 0.2
    assert distinct_rate([1, 2, 3], 4) == 0
    assert longest_run([1, 1, 2, 2, 2, 1]) == 3
    assert longest_run([]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_rounds_equal_those_counted_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, 2, 40).tolist() + [4, 5, 6] * 3 + rng.integers(0, 3, 20).tolist()
    assert most_rounds(ids) == counted_rounds(ids) >= 3
    assert most_rounds([1, 2, 3]) == most_rounds([]) == 1
