"""A user's own presets: saved, found by name, with controller bindings."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from musicgen_live.config.changes import settings_with
from musicgen_live.config.controller_map import NO_BINDINGS, Binding, Controller, ControllerMap
from musicgen_live.config.library import own_preset_names, preset_names, preset_path, shipped_preset_names
from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.presets import Preset, load_preset, preset_text, save_preset
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.scaling import change_at_position

CONTROLS = ControllerMap(
    ((Controller("cc", 1), Binding("tempo", 80, 160)), (Controller("note", 36), Binding("reroll", to=Change("reroll"))))
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_preset_is_saved_and_found_by_its_name(home: Path) -> None:
    settings = Settings(model="stream", key="D dorian", top_p=0.9, tempo=96)
    path = save_preset("my groove", settings, CONTROLS, 'Calm, "slow" and\nwide.')
    assert path == home / "presets" / "my groove.toml" == preset_path("my groove")
    assert load_preset("my groove") == Preset("my groove", 'Calm, "slow" and\nwide.', settings, CONTROLS)
    assert own_preset_names() == ["my groove"]
    assert set(preset_names()) == {"my groove", *shipped_preset_names()}


def test_a_saved_preset_always_names_model_and_decoding(home: Path) -> None:
    saved = tomllib.loads(save_preset("mine", Settings()).read_text(encoding="utf-8"))
    assert (saved["model"], saved["decode"]) == ("classic", "argmax")
    assert load_preset("mine").settings == Settings()
    assert home.is_dir()


def test_an_impossible_file_name_is_refused(home: Path, tmp_path: Path) -> None:
    for name in ("s" * 300, str(tmp_path / ("s" * 300 + ".toml")), str(tmp_path / "a\0b.toml")):
        with pytest.raises(SettingsError, match="cannot be written"):
            save_preset(name, Settings())
    assert not list(tmp_path.rglob("*.toml"))
    assert not own_preset_names(), home


def test_an_own_preset_precedes_a_shipped_one(home: Path) -> None:
    assert preset_path("sonatina").parent.name == "presets"
    assert load_preset("sonatina").settings.tempo == 116
    save_preset("sonatina", Settings(tempo=60))
    assert load_preset("sonatina").settings.tempo == 60
    assert preset_names().count("sonatina") == 1
    assert preset_path("sonatina").is_relative_to(home)


def test_an_existing_preset_stays_unless_replace_is_given(home: Path) -> None:
    save_preset("mine", Settings(tempo=60))
    with pytest.raises(SettingsError, match=r"mine.toml already; choose another name$"):
        save_preset("mine", Settings(tempo=90))
    assert load_preset("mine").settings.tempo == 60
    save_preset("mine", Settings(tempo=90), replace=True)
    assert load_preset("mine").settings.tempo == 90
    assert list((home / "presets").iterdir()) == [home / "presets" / "mine.toml"]


def test_a_path_is_a_path(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "there" / "mine.toml"
    assert save_preset(str(path), Settings()) == path
    assert load_preset(str(path)).settings == Settings()
    assert not home.exists()


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a:b", "a*", "a ", "a.", "_", "con\n", "-a"])
@pytest.mark.usefixtures("home")
def test_a_name_unfit_for_a_file_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="the preset's name is"):
        save_preset(name, Settings())


@pytest.mark.usefixtures("home")
def test_a_preset_file_must_end_in_toml(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"it has to end in \.toml"):
        save_preset(str(tmp_path / "mine"), Settings())


@pytest.mark.usefixtures("home")
def test_a_preset_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be written"):
        save_preset(str(tmp_path / "file" / "mine.toml"), Settings())
    with pytest.raises(SettingsError, match="cannot be written"):
        save_preset("mine", Settings(), description="\udcff")


@pytest.mark.usefixtures("home")
def test_files_that_a_preset_names_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_preset("mine", Settings(model="./my.safetensors", prompt_midi="song.mid"))
    settings = load_preset("mine").settings
    assert settings.model == str(tmp_path / "my.safetensors")
    assert settings.prompt_midi == str(tmp_path / "song.mid")


changes = st.lists(
    st.tuples(st.sampled_from([k for k in PARAMETERS if PARAMETERS[k].setting and k != "chords"]), st.floats(0, 1))
)
others = st.fixed_dictionaries(
    {},
    optional={
        "chords": st.sampled_from(["Dm7 G7 | Cmaj7", "N.C. | C/E"]),
        "decode": st.sampled_from(["argmax", "sample"]),
        "prompt": st.integers(0, 99),
        "bars": st.integers(1, 99),
        "meter": st.sampled_from(["3/4", "7/8"]),
        "shortest": st.just("1/16"),
        "program": st.integers(1, 128),
        "max_note": st.floats(0.01, 100),
    },
)


@given(changes, others, st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from([NO_BINDINGS, CONTROLS]))
def test_a_saved_preset_loads_unchanged(
    tmp_path_factory: pytest.TempPathFactory,
    shares: list[tuple[str, float]],
    other: dict[str, Any],
    description: str,
    controls: ControllerMap,
) -> None:
    try:
        settings = Settings(**other)
        for name, share in shares:
            settings = settings_with(settings, change_at_position(name, share))
    except SettingsError:
        assume(False)
    path = tmp_path_factory.getbasetemp() / "saved.toml"
    path.write_text(preset_text(settings, controls, description), encoding="utf-8", newline="")
    assert load_preset(str(path)) == Preset("saved", description, settings, controls)


def test_controls_in_a_preset_are_checked_with_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('tempo = 90\n[controls]\n"cc 1" = "loudness"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r'mine\.toml has "cc 1" = "loudness" in \[controls\]: there is no value'):
        load_preset(str(path))
