"""Settings: checked values, and lengths as fractions."""

from __future__ import annotations

from typing import Any

import pytest

from musicgen_live.config.settings import Settings, setting_types, ticks_of
from musicgen_live.errors import SettingsError
from musicgen_live.music.scales import Key


@pytest.mark.parametrize(
    ("step", "ticks"), [("1/8", 240), ("1/16", 120), ("1/12", 160), ("3/16", 360), ("1/1", 1920), ("4/1", 7680)]
)
def test_a_step_is_a_fraction_of_a_whole_note(step: str, ticks: int) -> None:
    assert ticks_of(step) == ticks


@pytest.mark.parametrize("step", ["", "8", "1/0", "0/8", "-1/8", "1/7", "a/b", "1/8 ", "1/²", "65/1"])
def test_a_wrong_step_is_refused_with_its_text(step: str) -> None:
    with pytest.raises(SettingsError, match="step is"):
        ticks_of(step)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tempo": 0.0}, "tempo is 0; it can be from 10 to 1000"),
        ({"tempo": float("nan")}, "tempo is nan; it can be from 10 to 1000"),
        ({"steps": 0}, "steps is 0; it can be from 1 to 10000000"),
        ({"channel": 17}, "channel is 17; it can be from 1 to 16"),
        ({"program": 0}, "program is 0; it can be from 1 to 128"),
        ({"velocity": 128}, "velocity is 128; it can be from 1 to 127"),
        ({"temperature": 0.0}, "temperature is 0; it can be from 0.01 to 100"),
        ({"top_p": 1.1}, "top-p is 1.1; it can be from 0.001 to 1"),
        ({"top_k": 0}, "top-k is 0; it can be from 1 to"),
        ({"prompt": -1}, "prompt is -1; it can be from 0 to"),
        ({"bars": 0}, "bars is 0; it can be from 1 to"),
        ({"style": "rags"}, "style is 'rags'; it can be any, baroque, classical, "),
        ({"mode": "dorian"}, "mode is 'dorian'; it can be major, minor"),
        ({"density": "low"}, "density is 'low'; it can be sparse, medium, dense"),
        ({"texture": "thick"}, "texture is 'thick'; it can be thin, medium, full"),
        ({"remind": -1}, "remind is -1; it can be from 0 to"),
        ({"form": "A A* B"}, "form is 'A A* B'; write up to 64 letters, such as \"A A' B A\": a prime varies"),
        ({"phrase": 0}, "phrase is 0; it can be from 1 to 16"),
        ({"theme": 1.1}, "theme is 1.1; it can be from 0 to 1"),
        ({"key": "D dorain"}, "key is 'D dorain'; write a note and a scale"),
        ({"near_key": "H minor"}, "near-key is 'H minor'; write a note and a scale"),
        ({"key_strength": 101.0}, "key-strength is 101; it can be from 0 to 100"),
        ({"low": "X"}, "low is 'X'; write a note"),
        ({"low": "C5", "high": "C4"}, "low is 'C5', which is above high, 'C4'"),
        ({"low": "G9", "high": "120"}, "low is 'G9', which is above high, '120'"),
        ({"key": "C major", "low": "C#4", "high": "C#4"}, "no note of the key 'C major' lies from C#4 to C#4; make"),
        ({"prompt": 2, "prompt_midi": "a.mid"}, "prompt is 2 and prompt-midi is 'a.mid'; give one of them"),
        ({"chords": "Dm7 H7"}, "chords has 'H7', which is no chord known here; write a root from A to G"),
        ({"chords": "C | | G"}, "chords is 'C | | G', where bar 2 is empty; write N.C."),
        ({"chords": "C F#", "key": "C major"}, "chords has 'F#', of which the key 'C major' has no note; change one"),
        (
            {"chords": "C", "low": "C#4", "high": "D4"},
            "chords has 'C', of which the range from C#4 to D4 has no note; change one",
        ),
        ({"chord_strength": -1.0}, "chord-strength is -1; it can be from 0 to 100"),
        ({"polyphony": 0}, "polyphony is 0; it can be from 1 to 64"),
        ({"max_onsets": 0.0}, "max-onsets is 0; it can be from 0.05 to 16"),
        ({"shortest": "1/7"}, "shortest is '1/7'; write 1/8, 1/12 for triplets"),
        ({"shortest": "1/64"}, "shortest is '1/64'; it can be up to 1/1, in whole ninety-sixths, such as 1/8"),
        ({"shortest": "2/1"}, "shortest is '2/1'; it can be up to 1/1"),
        ({"swing": 0.8}, "swing is 0.8; it can be from 0.5 to 0.75"),
        ({"swing_of": "1/4"}, "swing-of is '1/4'; it can be 1/8, 1/16"),
        ({"humanize": -1.0}, "humanize is -1; it can be from 0 to 100"),
        ({"humanize_velocity": 65}, "humanize-velocity is 65; it can be from 0 to 64"),
        ({"decode": "best"}, "decode is 'best'; it can be argmax, pure-argmax, sample"),
        ({"max_note": 0.0}, "max-note is 0; it can be from 0.01 to 10000"),
        ({"meter": "waltz"}, "meter is 'waltz'; write it as a time signature"),
        ({"meter": "4/5"}, "meter is '4/5'"),
        ({"meter": "0/4"}, "meter is '0/4'"),
        ({"step": "fast"}, "step is 'fast'; write it as a fraction"),
    ],
)
def test_a_wrong_value_is_named_with_the_allowed_ones(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings(**wrong)
    assert message in str(error.value)


def test_given_values_replace_the_old_ones() -> None:
    settings = Settings(tempo=90.0, channel=3).changed({"tempo": 100.0, "channel": None})
    assert (settings.tempo, settings.channel) == (100.0, 3)


def test_key_and_range_give_the_allowed_pitches() -> None:
    assert Settings().pitches == tuple(range(128))
    assert Settings(key="C major", low="B3", high="F4").pitches == (59, 60, 62, 64, 65)
    assert Settings(high="C-1").pitches == (0,)


def test_a_bar_is_as_long_as_its_time_signature() -> None:
    assert (Settings().time_signature, Settings().bar_ticks) == ((4, 4), 1920)
    assert (Settings(meter="6/8").time_signature, Settings(meter="6/8").bar_ticks) == ((6, 8), 1440)


def test_chords_are_a_progression() -> None:
    assert Settings().progression is None
    progression = Settings(chords="Dm7 G7 | N.C. | Cmaj7", key="C major").progression
    assert progression is not None
    assert [len(bar) for bar in progression.bars] == [2, 1, 1]


def test_every_setting_has_one_type() -> None:
    types = setting_types()
    assert types["tempo"] is float
    assert types["top_k"] is int
    assert types["loop"] is bool
    assert set(types.values()) == {str, int, float, bool}


@pytest.mark.parametrize(
    ("beside", "draws"),
    [
        ({}, True),
        ({"mode": "minor"}, True),
        ({"mode": "major"}, False),
        ({"key": "C major"}, False),
        ({"chords": "C | G"}, False),
        ({"key_strength": 0.0}, False),
    ],
)
def test_a_near_key_is_in_effect_unless_something_is_stronger(beside: dict[str, Any], draws: bool) -> None:
    settings = Settings(near_key="Gm", **beside)
    assert settings.effective_near_key == (Key(7, "minor") if draws else None)
