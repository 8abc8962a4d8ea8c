"""Takes with a bias towards chords or a key, of untrained networks and of the shipped models."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import mean

import pytest

from musicgen_live.config.library import model_path
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import for_file
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import Key, parse_key
from tests.support.composers import BARS, FREE, FREE_STEPS, notes_of
from tests.support.midi_writing import write_midi
from tests.support.models import toy_bars_bundle, toy_bundle

CHORDS_IN_BARS = "Dm7 G7 | Cmaj7 | F#7 B7/D#"


def share_in_chords(notes: list[Note], settings: Settings) -> float:
    progression = settings.progression
    assert progression
    inside = 0
    for note in notes:
        bar, at = divmod(note.start_tick, settings.bar_ticks)
        row, number = progression.place(bar, at, settings.bar_ticks)
        chord = progression.bars[row][number]
        assert chord
        inside += note.pitch % 12 in chord.classes
    return inside / len(notes)


# In an untrained network all pitch classes are equal: a third of them belong to chords of four notes.
@pytest.mark.parametrize(("strength", "least", "most"), [(0.0, 0.25, 0.45), (10.0, 0.45, 0.95), (100.0, 0.95, 1.0)])
@pytest.mark.parametrize("encoding", ["bars", "bars-hands"])
def test_a_bias_favours_the_notes_of_the_chords(encoding: str, strength: float, least: float, most: float) -> None:
    settings = FREE.changed({"chords": CHORDS_IN_BARS, "chord_strength": strength, "meter": "4/4", "bars": 30})
    bundle = toy_bars_bundle(encoding)
    notes = [note for step in Composer(Performance.of(settings, bundle, 3)).steps() for note in step.notes]
    assert len(notes) > 100
    assert least <= share_in_chords(notes, settings) <= most


def test_a_bias_keeps_the_number_of_notes() -> None:
    unshaped = {"dissonance": 1.0, "repetition": 1.0, "key_strength": 0.0}
    settings = FREE.changed({"meter": "4/4", "bars": 60, "temperature": 1.0, **unshaped})
    # Two takes of an untrained network differ by a quarter by chance.
    free, drawn = (
        mean(len(notes_of(with_chords, seed)) for seed in range(1, 7))
        for with_chords in (settings, settings.changed({"chords": "C", "chord_strength": 100.0}))
    )
    assert free > 200
    assert drawn == pytest.approx(free, rel=0.2)


@pytest.mark.parametrize("settings", [FREE, Settings(decode="argmax", steps=60), Settings(decode="argmax", bars=3)])
def test_chords_without_strength_change_nothing(settings: Settings) -> None:
    settings = settings.changed({"key_strength": 0.0})
    silent = settings.changed({"chords": CHORDS_IN_BARS, "chord_strength": 0.0})
    nowhere = settings.changed({"chords": "N.C.", "chord_strength": 50.0})
    takes = [
        list(islice(Composer(Performance.of(s, toy_bundle() if s.steps else BARS, 4)).steps(), 300))
        for s in (settings, silent, nowhere)
    ]
    assert takes[0] == takes[1] == takes[2]


def test_limits_hold_under_chords_as_well() -> None:
    settings = FREE.changed({"chords": "Dm7 E7", "chord_strength": 100.0, "key": "A minor", "high": "C5"})
    notes = notes_of(settings.changed({"meter": "4/4"}))
    assert len(notes) > 200
    assert share_in_chords(notes, settings) > 0.95
    # The key has no G#, which E7 has.
    assert {note.pitch % 12 for note in notes} <= parse_key("A minor").classes
    assert max(note.pitch for note in notes) <= 72


def test_chords_bias_music_without_bars_too() -> None:
    settings = FREE_STEPS.changed({"chords": "C | Dm", "chord_strength": 100.0, "step": "1/4", "meter": "3/4"})
    notes = notes_of(settings)
    assert len(notes) > 400
    assert share_in_chords(notes, settings) > 0.95
    assert {note.pitch % 12 for note in notes if note.start_tick % 2880 < 1440} == {0, 4, 7}
    assert {note.pitch % 12 for note in notes if note.start_tick % 2880 >= 1440} == {2, 5, 9}


@pytest.mark.parametrize("encoding", ["bars", "bars-hands"])
def test_a_bias_favours_a_key_and_its_triad(encoding: str) -> None:
    settings = FREE.changed({"near_key": "Eb major", "meter": "4/4", "bars": 30})
    bundle = toy_bars_bundle(encoding)
    shares = []
    for strength in (0.0, 10.0, 100.0):
        performance = Performance.of(settings.changed({"key_strength": strength}), bundle, 3)
        notes = [note for step in Composer(performance).steps() for note in step.notes]
        assert len(notes) > 100
        in_scale = [note for note in notes if note.pitch % 12 in {3, 5, 7, 8, 10, 0, 2}]
        in_triad = [note for note in notes if note.pitch % 12 in {3, 7, 10}]
        shares += [len(in_scale) / len(notes), len(in_triad) / len(notes)]
    # In an untrained network all pitch classes are equal: 7 of 12, and 3 of 12.
    assert 0.45 < shares[0] < 0.7
    assert 0.15 < shares[1] < 0.35
    assert shares[0] < shares[2] < shares[4]
    assert shares[1] < shares[3] < shares[5]
    assert shares[5] > 0.95


def test_a_key_without_effect_changes_nothing() -> None:
    for settings, others in (
        (FREE, {"chords": "C | Dm"}),
        (FREE, {"key": "C major"}),
        (FREE_STEPS, {"key": "C major"}),
    ):
        without = settings.changed(others)
        assert notes_of(without) == notes_of(without.changed({"near_key": "F# minor", "key_strength": 50.0}))


def test_a_key_biases_music_without_bars_too() -> None:
    free, drawn = (notes_of(FREE_STEPS.changed({"near_key": "C major", "key_strength": s})) for s in (0.0, 100.0))
    assert {note.pitch % 12 for note in drawn} == {0, 4, 7}
    assert {note.pitch % 12 for note in free} > {0, 4, 7}


def in_e_major(folder: Path) -> str:
    """Write a file of four bars of melody and broken chords, without a key signature."""
    melody = [(0, 2, 71), (2, 2, 76), (4, 1, 75), (5, 1, 76), (6, 1, 78), (7, 1, 71), (8, 2, 80), (10, 1, 78)]
    melody += [(11, 1, 76), (12, 2, 75), (14, 2, 71), (16, 2, 73), (18, 1, 76), (19, 1, 73), (20, 2, 71), (22, 2, 68)]
    melody += [(24, 1, 69), (25, 1, 71), (26, 1, 69), (27, 1, 66), (28, 2, 68), (30, 2, 64)]
    right = [Note(at * 240, eighths * 240, pitch, 88) for at, eighths, pitch in melody]
    chords = [(52, 59, 56, 59)] * 2 + [(54, 59, 57, 59)] * 2 + [(49, 56, 52, 56)] * 2
    chords += [(47, 54, 57, 51), (40, 52, 56, 59)]
    left = [Note(i * 240, 240, chords[i // 4][i % 4], 72) for i in range(32)]
    return str(write_midi(folder / "e.mid", [right, left], tempos=[(0, 96.0)]))


@pytest.mark.parametrize("preset", ["sonatina", "stream"])
def test_takes_of_shipped_models_stay_in_the_key_of_a_file(preset: str, tmp_path: Path) -> None:
    settings = for_file(load_preset(preset).settings, in_e_major(tmp_path))
    assert (settings.near_key, settings.tempo) == ("E major", 96.0)
    settings = settings.changed({"steps": 60} if preset == "stream" else {"bars": 5})
    bundle = Bundle.load(model_path(settings.model))
    shares: dict[float, list[float]] = {}
    for strength in (0.0, settings.key_strength):
        for seed in range(6):
            performance = Performance.of(replace(settings, key_strength=strength), bundle, seed)
            notes = [note for step in Composer(performance).steps() for note in step.notes]
            in_scale = [note for note in notes if note.pitch % 12 in {4, 6, 8, 9, 11, 1, 3}]
            shares.setdefault(strength, []).append(len(in_scale) / len(notes))
    # Accidentals may remain, as in all music, but not more than the network would write.
    assert mean(shares[0.5]) > 0.88
    assert min(shares[0.5]) > 0.7
    assert mean(shares[0.5]) >= mean(shares[0.0])


def test_a_take_stays_near_its_key_when_other_settings_change(tmp_path: Path) -> None:
    settings = for_file(FREE, in_e_major(tmp_path))
    composer = Composer(Performance.of(settings, BARS, 1))
    composer.compose()
    composer.change(settings.changed({"temperature": 2.0}))
    assert composer.settings.effective_near_key == Key(4, "major")
    bar = composer.compose()
    composer = Composer(Performance.of(settings, BARS, 1))
    composer.compose()
    composer.change(settings.changed({"temperature": 2.0, "key_strength": 0.0}))
    free = composer.compose()
    assert bar is not None
    assert free is not None
    assert bar.notes != free.notes
