"""Presets and controller maps from anywhere: a sentence for the user, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.presets import load_preset
from musicgen_live.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tempo = " + "1" + "0" * 400, "a number is too large"),
        ("tempo = " + "1" * 5000, "a number has too many digits"),
        ("tempo = inf", "a number is too large"),
        ('prompt-midi = "\\u0000"', "has a null character in prompt-midi"),
        ("tempo = " + "[" * 3000 + "]" * 3000, "it is nested too deeply"),
        ('step = "' + "1" * 5000 + '/8"', "write it as a fraction of a whole note"),
        ('meter = "' + "9" * 5000 + '/4"', "write it as a time signature"),
        ('[controls]\n"cc 1" = { value = "tempo", to = 1979-05-27 }', "to is '1979-05-27'"),
        ("x" * 2_000_000, "it has more than 1,000,000 characters"),
    ],
)
def test_the_reason_is_said(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "absurd.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=reason):
        load_preset(str(path))
