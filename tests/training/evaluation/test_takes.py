from __future__ import annotations

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.music.notes import Note
from tests.support.bar_datasets import bars_bundle
from tests.support.passages import passage
from training.evaluation.passages import passage_of
from training.evaluation.players import Players
from training.evaluation.takes import Takes, bars_between, take_ids

SETTINGS = Settings(decode="sample", bars=3, meter="3/4", polyphony=3)


def test_a_take_has_the_bars_and_the_notes_that_are_played() -> None:
    bundle = bars_bundle()
    steps = list(Composer(Performance.of(SETTINGS, bundle, 7)).steps())
    notes: list[Note] = sorted(note for step in steps for note in step.notes)
    take = passage_of(take_ids(bundle, SETTINGS, 7))
    assert take.bar_lengths.tolist() == [72, 72, 72]
    assert sorted(take.pitches.tolist()) == sorted(note.pitch for note in notes)
    assert (take.onsets * bar_tokens.UNIT_TICKS).tolist() == sorted(note.start_tick for note in notes)


def test_every_seed_has_takes_of_its_own() -> None:
    takes = Takes(Players(bars_bundle()), SETTINGS, count=2, seed=5, seeds=2)
    assert (takes.seeds_of(0), takes.seeds_of(1)) == (range(5, 7), range(7, 9))
    ids = [found.tolist() for number in (0, 1) for found in takes.ids_of(number, SETTINGS)]
    assert ids == [take_ids(bars_bundle(), SETTINGS, seed).tolist() for seed in (5, 6, 7, 8)]
    assert len(list(takes.of(0, SETTINGS))) == 2


def test_bars_are_cut_out_with_the_notes_that_begin_in_them() -> None:
    music = passage((0, 1, 60), (3, 2, 61), (4, 1, 62), (9, 4, 63), (12, 1, 64), bars=4)
    cut = bars_between(music, 1, 3)
    assert (cut.onsets.tolist(), cut.pitches.tolist(), cut.durations.tolist()) == ([0, 120], [62, 63], [24, 96])
    assert (cut.bar_starts.tolist(), cut.end) == ([0, 96], 192)
    assert bars_between(music, -1, None).pitches.tolist() == [64]
