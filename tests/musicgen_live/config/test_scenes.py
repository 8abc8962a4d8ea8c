"""Scenes in files: all values of a moment, under a number or a name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from musicgen_live.config.changes import parse_change, stepped
from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.presets import load_preset, save_preset
from musicgen_live.config.scenes import MOST_SCENES, Scenes, format_scenes, load_user_scenes, parse_scenes, scene_of
from musicgen_live.config.settings import Settings
from musicgen_live.config.user_folder import VARIABLE, scenes_path
from musicgen_live.errors import SettingsError

QUIET: dict[str, Value] = {"tempo": 72.0, "key": "D dorian", "polyphony": None, "transpose": -12, "mute": False}


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))


def test_a_scene_is_read_as_it_was_written() -> None:
    text = format_scenes({"1": QUIET, 'the "end"': {"tempo": 60.0}})
    expected = """[scenes."1"]
tempo = 72.0
key = "D dorian"
polyphony = "off"
transpose = -12
mute = false

[scenes."the \\"end\\""]
tempo = 60.0
"""
    assert text == expected
    assert parse_scenes(tomllib.loads(text)["scenes"], "a file") == {"1": QUIET, 'the "end"': {"tempo": 60.0}}


def test_a_scene_leaves_out_what_is_not_a_sound() -> None:
    values = {
        **QUIET,
        "freeze": 4,
        "preset": "waltz",
        "channel": 3,
        "pause": True,
        "quantise": "beat",
        "respond": "answer",
    }
    assert scene_of(values) == {**QUIET, "respond": "answer"}


def test_stored_scenes_are_found_again_by_others() -> None:
    Scenes({}).store("1", QUIET)
    Scenes({}).store("solo", {"tempo": 140.0})
    assert load_user_scenes() == {"1": QUIET, "solo": {"tempo": 140.0}}
    assert Scenes({})["solo"] == {"tempo": 140.0}
    # A button steps through the names of the file.
    assert stepped("scene", "1", 1) == Change("scene", "solo")


def test_the_scenes_of_a_preset_precede_those_of_the_file() -> None:
    Scenes({}).store("1", QUIET)
    scenes = Scenes({"1": {"tempo": 90.0}})
    assert scenes["1"] == {"tempo": 90.0}
    assert Scenes({"2": {"tempo": 90.0}, "1": {"tempo": 90.0}}).names() == ["1", "2"]
    scenes.store("1", {"tempo": 91.0})
    assert scenes["1"] == {"tempo": 91.0} == load_user_scenes()["1"]


def test_a_preset_carries_scenes(tmp_path: Path) -> None:
    path = save_preset(str(tmp_path / "evening.toml"), Settings(), scenes={"1": QUIET})
    assert load_preset(str(path)).scenes == {"1": QUIET}
    assert load_preset("sonatina").scenes == {}


def test_a_number_or_a_name_is_a_scene() -> None:
    assert parse_change("scene", 2) == Change("scene", "2")
    assert parse_change("scene", 2.0) == Change("scene", "2")
    assert parse_change("store", "the end") == Change("store", "the end")
    for value in (None, "", True, "x" * 41, "a\nb"):
        with pytest.raises(SettingsError, match="name"):
            parse_change("store", value)


def test_a_scene_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match="there is no scene '3'; none is stored yet; store one first"):
        Scenes({})["3"]
    Scenes({}).store("1", QUIET)
    with pytest.raises(SettingsError, match="there is no scene '3'; stored so far: 1"):
        Scenes({})["3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenes = 3", "write \\[scenes.1\\]"),
        ("scenes.1 = 3", "write \\[scenes.1\\]"),
        ("[scenes.1]\nvolume = 3", "scene 1, has 'volume', which is no value of a scene"),
        ("[scenes.1]\nreroll = 1", "'reroll', which is no value"),
        ("[scenes.1]\ntempo = 5000", "scene 1: tempo is 5000; it can be a number from 10 to 1000"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(text: str, message: str) -> None:
    scenes_path().parent.mkdir(parents=True, exist_ok=True)
    scenes_path().write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        Scenes({})["1"]
    assert "solo" in Scenes({"solo": {"tempo": 90.0}}).names()


def test_there_is_an_end_to_scenes() -> None:
    for number in range(MOST_SCENES):
        Scenes({}).store(f"{number}", {"tempo": 60.0})
    with pytest.raises(SettingsError, match="128 scenes already"):
        Scenes({}).store("one more", {"tempo": 60.0})
    Scenes({}).store("7", {"tempo": 61.0})
