"""The library: what `from musicgen_live import ...` offers, and that its examples are true."""

from __future__ import annotations

import doctest
import importlib
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import musicgen_live
from musicgen_live import Bar, MusicgenError, Note, Take, load
from musicgen_live.cli.main import app
from musicgen_live.midi.file_reader import read_midi

DOCUMENTED = (
    *("musicgen_live", "musicgen_live.session.api", "musicgen_live.errors", "musicgen_live.config.library"),
    *("musicgen_live.generation.composer", "musicgen_live.music.notes"),
)


@pytest.fixture(scope="module")
def take() -> Take:
    return load("two-voice", seed=1, bars=2)


def test_the_public_names() -> None:
    assert musicgen_live.__all__ == [
        *("PPQ", "RATE_HZ", "Bar", "Bars", "MusicgenError", "Note", "Take", "load", "model_names", "preset_names")
    ]
    assert [name for name in musicgen_live.__all__ if not hasattr(musicgen_live, name)] == []
    assert set(musicgen_live.__all__) <= set(dir(musicgen_live))


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(AttributeError, match="module 'musicgen_live' has no attribute 'lood'"):
        _ = musicgen_live.lood


@pytest.mark.parametrize("module", DOCUMENTED)
def test_the_examples_are_true(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


def test_every_public_function_and_class_has_an_example() -> None:
    without = [
        name
        for name in musicgen_live.__all__
        if callable(item := getattr(musicgen_live, name)) and ">>> " not in (item.__doc__ or "")
    ]
    assert without == []


def test_the_file_is_that_of_the_command(take: Take, tmp_path: Path) -> None:
    take.render_midi(tmp_path / "library.mid")
    command = ["render", "--preset", "two-voice", "--seed", "1", "--bars", "2", "--out"]
    CliRunner().invoke(app, [*command, str(tmp_path / "command.mid")], catch_exceptions=False)
    assert (tmp_path / "library.mid").read_bytes() == (tmp_path / "command.mid").read_bytes()


def test_the_notes_are_those_of_the_file(take: Take, tmp_path: Path) -> None:
    take.render_midi(tmp_path / "take.mid")
    parts = read_midi(tmp_path / "take.mid").parts_without_drums
    assert take.render_notes() == sorted(note for part in parts for note in part)


def test_a_long_note_ends_as_when_it_is_played(take: Take) -> None:
    short = load("two-voice", seed=1, bars=2, max_note=0.25)
    assert max(note.duration_ticks for note in take.render_notes()) > 120
    assert max(note.duration_ticks for note in short.render_notes()) == 120


def test_the_samples_sound_from_the_first_note_on(take: Take) -> None:
    samples = take.render_samples("felt")
    assert samples.shape[1] == 2
    assert np.abs(samples).max() == pytest.approx(10 ** (-1 / 20))
    assert np.abs(samples[:4410]).max() > 0.01


def test_bars_are_the_notes_of_the_take(take: Take) -> None:
    bars = list(take.bars())
    assert [(bar.start_tick, bar.end_tick, bar.is_last) for bar in bars] == [(0, 1920, False), (1920, 3840, True)]
    assert sorted(note for bar in bars for note in bar.notes) == take.render_notes()
    assert list(take.bars()) == bars


def pitches(bar: Bar) -> list[int]:
    return [note.pitch for note in bar.notes]


def test_steering_acts_on_the_next_bar_and_not_on_the_take(take: Take) -> None:
    plain, steered = take.bars(), take.bars()
    assert pitches(next(steered)) == pitches(next(plain))
    steered.steer("transpose", "+12")
    assert pitches(next(steered)) == [pitch + 12 for pitch in pitches(next(plain))]
    assert steered.values["transpose"] == 12
    assert take.bars().values["transpose"] == 0


def test_a_key_a_model_and_actions_are_steered() -> None:
    bars = load("two-voice", seed=1, bars=64).bars()
    next(bars)
    bars.steer("key", "C pentatonic")
    assert {pitch % 12 for bar in islice(bars, 4) for pitch in pitches(bar)} <= {0, 2, 4, 7, 9}
    bars.steer("reroll")
    bars.steer("model", "classic")
    assert next(bars).notes
    bars.steer("end")
    assert 1 <= len(list(bars)) <= 8


def test_a_wrong_value_changes_nothing() -> None:
    bars = load("two-voice", seed=1).bars()
    for name, value in (("temperature", 0), ("key", "H dur"), ("model", "nobody"), ("loudness", 3)):
        with pytest.raises(MusicgenError, match=f"{name}|nobody|loudness"):
            bars.steer(name, value)
    assert bars.values == load("two-voice", seed=1).bars().values


def test_what_needs_sound_is_no_steering_of_bars() -> None:
    with pytest.raises(MusicgenError, match="tempo acts on a take that sounds; bars can be given temperature, "):
        load(seed=1).bars().steer("tempo", 90)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tempoo": 90}, "load.. has an unknown key 'tempoo'; known are model, "),
        ({"tempo": "fast"}, "load.. has tempo = 'fast'; a number is needed"),
        ({"tempo": 1}, "tempo is 1; it can be from 10 to 1000"),
        ({"model": "nobody"}, "there is no model 'nobody'; there are classic"),
        ({"seed": -1}, "seed is -1; it can be any whole number from 0"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(MusicgenError, match=message):
        load(**settings)  # type: ignore[arg-type]


def test_a_file_of_ones_own_is_continued(take: Take, tmp_path: Path) -> None:
    take.render_midi(tmp_path / "mine.mid")
    assert load("sonatina", seed=1, bars=1, prompt_midi=tmp_path / "mine.mid").settings.tempo == take.settings.tempo


def test_without_a_seed_one_is_drawn_and_told() -> None:
    take = load("two-voice", bars=1)
    assert load("two-voice", bars=1, seed=take.seed).render_notes() == take.render_notes()


def test_a_take_of_a_model_without_bars() -> None:
    take = load("classic", seed=1, steps=8)
    assert len({note.start_tick for note in take.render_notes()}) == 8
    assert isinstance(take.render_notes()[0], Note)
