"""Presets and models that ship, and the user's own presets."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from musicgen_live.config.library import model_names, model_path, preset_names, preset_path, shipped_preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import DEFAULT_PRESET, Settings
from musicgen_live.encodings import BAR_ENCODINGS, ENCODINGS
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import styles_of
from musicgen_live.model.bundle import Bundle
from tests.support.cycles import most_rounds


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_that_ships_is_described_and_plays(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name
    assert preset.description.endswith(".")
    performance = Performance.load(preset.settings, seed=1)
    steps = list(islice(Composer(performance).steps(), 20))
    assert len(steps) == 20
    assert sum(len(step.notes) for step in steps) >= 1


@pytest.mark.parametrize("name", model_names())
def test_every_shipped_model_plays_and_has_a_card(name: str) -> None:
    bundle = Bundle.load(model_path(name))
    assert bundle.encoding in ENCODINGS
    assert len(bundle.prompts) >= 8
    if bundle.encoding in BAR_ENCODINGS:
        assert min(styles_of(bundle.prompts).values()) >= 8
        assert all(50 <= len(prompt) <= 245 for prompt in bundle.prompts)
    else:
        assert all(len(prompt) == 100 for prompt in bundle.prompts)
    assert bundle.card.licence
    assert bundle.card.corpus


@pytest.mark.parametrize("name", model_names())
def test_greedy_with_loop_guard_never_repeats_a_fourth_time(name: str) -> None:
    bundle = Bundle.load(model_path(name))
    # Eight of them: `piano` has 792, which took three minutes.
    for prompt in range(1, len(bundle.prompts) + 1, -(-len(bundle.prompts) // 8)):
        performance = Performance.of(Settings(model=name, decode="argmax", prompt=prompt), bundle, seed=0)
        if performance.settings.bars:
            performance = Performance.of(
                Settings(model=name, decode="argmax", prompt=prompt, bars=1000), bundle, seed=0
            )
        ids = [step.token_id for step in islice(Composer(performance).steps(), 200)]
        assert len(ids) == 200
        assert most_rounds(ids) <= 3, f"{name}, prompt {prompt}"


def test_the_default_preset_ships_and_so_do_both_recipes() -> None:
    assert DEFAULT_PRESET in preset_names()
    assert {"classic", "stream", "piano"} <= set(model_names())
    assert {"baroque", "classical", "romantic", "ragtime", "chopin"} <= set(
        styles_of(Bundle.load(model_path("piano")).prompts)
    )


@pytest.mark.parametrize("name", [name for name in preset_names() if load_preset(name).settings.model == "piano"])
def test_a_preset_in_bars_starts_on_one_and_ends_on_a_bar(name: str) -> None:
    performance = Performance.load(load_preset(name).settings, seed=2)
    settings = performance.settings
    assert settings.bars is not None
    steps = list(Composer(performance).steps())
    notes = [note for step in steps for note in step.notes]
    end_tick = settings.bars * settings.bar_ticks
    assert steps[-1].until_tick == end_tick
    assert min(note.start_tick for note in notes) < settings.bar_ticks
    assert max(note.start_tick + note.duration_ticks for note in notes) <= end_tick
    assert len(notes) >= 2 * settings.bars


def test_a_preset_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('description = "Mine."\nmodel = "stream"\ntop-p = 0.9\ntempo = 90\n', encoding="utf-8")
    preset = load_preset(str(path))
    assert (preset.name, preset.description) == ("mine", "Mine.")
    assert (preset.settings.model, preset.settings.top_p, preset.settings.tempo) == ("stream", 0.9, 90)


def test_a_preset_without_a_model_changes_the_default_preset(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('description = "Fast."\ntempo = 150\nstyle = "ragtime"\n', encoding="utf-8")
    default = load_preset(DEFAULT_PRESET).settings
    assert (default.model, default.decode) == ("piano", "sample")
    assert load_preset(str(path)).settings == replace(default, tempo=150, style="ragtime")
    path.write_text("", encoding="utf-8")
    assert load_preset(str(path)).settings == default


def test_a_preset_with_a_model_has_nothing_of_the_default_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "classic"\n', encoding="utf-8")
    assert load_preset(str(path)).settings == Settings(model="classic", decode="argmax")


def test_the_preset_of_the_recipe_is_the_recipe() -> None:
    assert load_preset("classic").settings == Settings(
        model="classic", decode="argmax", step="1/8", tempo=120, velocity=80
    )


@pytest.mark.parametrize("name", shipped_preset_names())
def test_every_shipped_preset_names_model_and_decoding(name: str) -> None:
    assert {"model", "decode"} <= set(tomllib.loads(preset_path(name).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tmpo = 90", "unknown key 'tmpo'; known are description, model, decode"),
        ('tempo = "fast"', "tempo = 'fast'; a number is needed"),
        ("steps = 1.5", "steps = 1.5; a whole number is needed"),
        ("steps = true", "steps = True; a whole number is needed"),
        ("model = 3", "model = 3; text in quotes is needed"),
        ("tempo = 5000", "cannot be played: tempo is 5000; it can be from 10 to 1000"),
        ("tempo = ", "cannot be read"),
    ],
)
def test_a_wrong_preset_is_refused_with_key_and_value(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load_preset(str(path))
    assert message in str(error.value)
    assert "wrong.toml" in str(error.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_preset(str(path))


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no preset 'jazz'; there are .*classic"):
        preset_path("jazz")
    with pytest.raises(ModelError, match=r"no model 'jazz'; there are classic, piano, stream"):
        model_path("jazz")
    with pytest.raises(ModelError, match=r"no model '\./mine\.safetensors'"):
        model_path("./mine.safetensors")
