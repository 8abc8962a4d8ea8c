"""The values of all parameters, and the effect of changes on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.music.notes import Note
from musicgen_live.session.output_transform import OutputTransform
from musicgen_live.session.state import LiveState
from tests.support.midi_writing import write_midi
from tests.support.musician import SONATINA

STATE = LiveState(SONATINA, preset="sonatina")


def test_a_setting_changes_the_settings_alone() -> None:
    changed = STATE.changed(Change("velocity", 33))
    assert changed == LiveState(SONATINA.changed({"velocity": 33}), preset="sonatina")


def test_transpose_and_octave_change_the_output_alone() -> None:
    changed = STATE.changed(Change("transpose", 5)).changed(Change("octave", -1))
    assert changed == LiveState(SONATINA, OutputTransform(transpose=5, octave=-1), preset="sonatina")


def test_mute_and_pause_change_neither_settings_nor_output() -> None:
    changed = STATE.changed(Change("mute", True)).changed(Change("mute-at", "bar")).changed(Change("pause", True))
    assert changed == LiveState(SONATINA, preset="sonatina", mute=True, mute_at="bar", pause=True)


def test_a_preset_keeps_the_settings_of_the_take() -> None:
    state = LiveState(SONATINA.changed({"channel": 7, "max_note": 4.0}))
    settings = state.changed(Change("preset", "waltz")).settings
    assert (settings.style, settings.tempo) == ("chopin", 138.0)
    assert (settings.meter, settings.bars, settings.channel, settings.max_note) == ("4/4", 1000, 7, 4.0)


def test_a_model_drops_the_values_that_it_does_not_use() -> None:
    settings = STATE.changed(Change("model", "stream")).settings
    assert (settings.model, settings.style, settings.density) == ("stream", None, None)
    assert (settings.tempo, settings.bars) == (120.0, 1000)


def test_a_restart_ends_a_freeze() -> None:
    frozen = STATE.changed(Change("freeze", 2))
    assert frozen.freeze_bars == 2
    assert frozen.changed(Change("restart")) == STATE


def test_a_restart_from_a_file_takes_its_key_and_tempo(tmp_path: Path) -> None:
    scale = [Note(480 * number, 480, pitch, 80) for number, pitch in enumerate((62, 64, 66, 67, 69, 71, 73, 74) * 2)]
    path = str(write_midi(tmp_path / "song.mid", [scale], tempos=[(0, 90.0)], time_signatures=[(0, 3, 4)]))
    settings = STATE.changed(Change("restart", path)).settings
    assert (settings.prompt_midi, settings.tempo, settings.near_key) == (path, 90.0, "D major")
    assert settings.meter == SONATINA.meter


def test_values_have_the_order_of_the_parameters() -> None:
    values = STATE.changed(Change("freeze", 2)).changed(Change("octave", 1)).values
    assert (values["preset"], values["freeze"], values["octave"], values["tempo"]) == ("sonatina", 2, 1, 120.0)
    assert list(values) == [name for name in PARAMETERS if name in values]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (Change("transpose", 1000), SettingsError),
        (Change("velocity", 1000), SettingsError),
        (Change("preset", "nobody"), SettingsError),
        (Change("model", "nobody"), ModelError),
        (Change("freeze", "many"), SettingsError),
    ],
)
def test_an_impossible_change_is_an_error(change: Change, error: type[Exception]) -> None:
    with pytest.raises(error):
        STATE.changed(change)
