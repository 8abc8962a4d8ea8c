from __future__ import annotations

from dataclasses import replace

import pytest

from musicgen_live.config.settings import Settings
from tests.support.bar_datasets import bars_bundle, melody, tokens_of
from tests.support.passages import passage
from training.data.dataset import Corpus, Dataset, Ids
from training.evaluation.drift import drift_figures, endless_figures, key_figures, part_changes, section_change
from training.evaluation.passages import Passage
from training.evaluation.players import Players
from training.evaluation.takes import Takes

C_MAJOR, F_SHARP_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72), (66, 68, 70, 71, 73, 75, 77, 78)


def scales(*of_bars: tuple[int, ...]) -> Passage:
    """Return a bar of eighths for each scale."""
    notes = [(4.0 * bar + i / 2, 0.5, pitch) for bar, scale in enumerate(of_bars) for i, pitch in enumerate(scale)]
    return passage(*notes, bars=len(of_bars))


def same(ids: Ids) -> Ids:
    return ids


def test_notes_leave_the_key_of_the_prompt() -> None:
    prompt, stays = scales(*[C_MAJOR] * 4), scales(*[C_MAJOR] * 8)
    leaves = scales(*[C_MAJOR] * 4, *[F_SHARP_MAJOR] * 4)
    first, last = key_figures([prompt], [stays], [[leaves], [stays]])
    assert (first.real, first.of_seeds) == (1, (1, 1))
    # Of F sharp major, B and F (as E sharp) are in C major.
    assert (last.real, last.of_seeds) == (1, (0.25, 1))


def test_a_prompt_of_a_few_notes_has_no_key() -> None:
    few = passage((0, 1, 60), bars=1)
    (first, _) = key_figures([few, scales(*[C_MAJOR] * 2)], [scales(F_SHARP_MAJOR)] * 2, [[scales(C_MAJOR)] * 2])
    assert (first.real, first.of_seeds) == (0.25, (1,))
    assert key_figures([few], [scales(C_MAJOR)], [[scales(C_MAJOR)]]) == []


def test_long_takes_stand_beside_pieces_that_are_as_long() -> None:
    rows = [(f"{bars}.mid", f"{bars}", "test", tokens_of(melody(bars, bars))) for bars in (20, 64, 80)]
    dataset = Dataset.of("bars", Corpus("toy", "CC0"), "10.5.1", rows)  # type: ignore[arg-type]
    settings = Settings(decode="sample", polyphony=1, max_onsets=0.5)
    in_key, notes, reach, bass = drift_figures(Takes(Players(bars_bundle()), settings, count=4), dataset, "test", same)
    # The tunes walk over the white keys from beginning to end.
    assert in_key.real == 1
    assert notes.real == pytest.approx(1, abs=0.3)
    assert [figure.decimals for figure in (in_key, notes, reach, bass)] == [None, 2, 1, 1]
    assert len(in_key.of_seeds) == 1


def test_a_bass_that_sinks_and_a_range_that_shrinks() -> None:
    wide = [note for bar in range(8) for note in ((4.0 * bar, 4.0, 40), (4.0 * bar, 4.0, 80))]
    narrow = [(32 + onset, length, 38 if pitch == 40 else 50) for onset, length, pitch in wide[::2]]
    assert section_change(passage(*wide, *narrow, bars=16)) == (0.0, 0.5, -40, -2)


def test_each_16_bars_are_compared_with_the_first_16() -> None:
    first = [note for bar in range(16) for note in ((4.0 * bar, 4.0, 40), (4.0 * bar, 4.0, 80))]
    second = [(64.0 + 2 * half, 2.0, 43 if half % 2 else 41) for half in range(32)]
    third = [(4.0 * bar, 4.0, 70) for bar in range(32, 40)]
    # The fourth part is silent, and bars 65 to 72 are no whole part.
    assert part_changes(passage(*first, *second, *third, bars=72)) == [(2, -38, 0), (30, -10, -1.5)]
    assert part_changes(passage((100.0, 1.0, 60), bars=40)) == []


def test_endless_takes_stand_beside_the_spread_of_pieces() -> None:
    rows = [(f"{bars}.mid", f"{bars}", "test", tokens_of(melody(bars, bars))) for bars in (64, 80, 96)]
    dataset = Dataset.of("bars", Corpus("toy", "CC0"), "10.5.1", rows)  # type: ignore[arg-type]
    settings = Settings(decode="sample", polyphony=1, max_onsets=0.5)
    takes = Takes(Players(bars_bundle()), settings, count=4, seeds=2)
    figures = endless_figures(takes, dataset, "test", same)
    assert [figure.name for figure in figures] == [
        "bars 129 to 256, bass within the spread of pieces",
        "bars 129 to 256, top line within the spread of pieces",
        "bars 129 to 256, notes a bar within the spread of pieces",
    ]
    assert [figure.real for figure in figures] == [0.9] * 3
    assert all(len(figure.of_seeds) == 2 and 0 <= figure.mean <= 1 for figure in figures)
    short = replace(dataset, pieces=())
    assert endless_figures(takes, short, "test", same) == []
