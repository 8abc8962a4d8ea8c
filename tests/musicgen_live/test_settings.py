"""Settings: checked values, and lengths as fractions."""

from __future__ import annotations

from typing import Any

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.settings import Settings, setting_types, ticks_of


@pytest.mark.parametrize(
    ("step", "ticks"), [("1/8", 240), ("1/16", 120), ("1/12", 160), ("3/16", 360), ("1/1", 1920), ("4/1", 7680)]
)
def test_a_step_is_a_fraction_of_a_whole_note(step: str, ticks: int) -> None:
    assert ticks_of(step) == ticks


@pytest.mark.parametrize("step", ["", "8", "1/0", "0/8", "-1/8", "1/7", "a/b", "1/8 ", "1/²", "65/1"])
def test_a_step_that_is_none_is_refused_by_its_value(step: str) -> None:
    with pytest.raises(SettingsError, match="step is"):
        ticks_of(step)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tempo": 0.0}, "tempo is 0; it can be from 10 to 1000"),
        ({"tempo": float("nan")}, "tempo is nan; it can be from 10 to 1000"),
        ({"steps": 0}, "steps is 0; it can be from 1 to 1e"),
        ({"channel": 17}, "channel is 17; it can be from 1 to 16"),
        ({"program": 0}, "program is 0; it can be from 1 to 128"),
        ({"velocity": 128}, "velocity is 128; it can be from 1 to 127"),
        ({"temperature": 0.0}, "temperature is 0; it can be from 0.01 to 100"),
        ({"top_p": 1.1}, "top-p is 1.1; it can be from 0.001 to 1"),
        ({"top_k": 0}, "top-k is 0; it can be from 1 to"),
        ({"prompt": 0}, "prompt is 0; it can be from 1 to"),
        ({"decode": "best"}, "decode is 'best'; it can be argmax, pure-argmax, sample"),
        ({"max_note": 0.0}, "max-note is 0; it can be from 0.01 to 10000"),
        ({"meter": "waltz"}, "meter is 'waltz'; write it as a time signature"),
        ({"meter": "4/5"}, "meter is '4/5'"),
        ({"meter": "0/4"}, "meter is '0/4'"),
        ({"step": "fast"}, "step is 'fast'; write it as a fraction"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_what_can(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings(**wrong)
    assert message in str(error.value)


def test_what_is_given_takes_the_place_of_what_was() -> None:
    settings = Settings(tempo=90.0, channel=3).changed({"tempo": 100.0, "channel": None})
    assert (settings.tempo, settings.channel) == (100.0, 3)


def test_every_setting_has_one_type() -> None:
    types = setting_types()
    assert types["tempo"] is float
    assert types["top_k"] is int
    assert set(types.values()) == {str, int, float}
