"""The tempo, metre and limits that a style has by itself, for a style that is asked for without a preset of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from musicgen_live.config.settings import Settings

OWN: Mapping[str, Mapping[str, Any]] = {
    "baroque": {"tempo": 92.0, "polyphony": 5},
    "classical": {"tempo": 112.0, "polyphony": 6},
    "romantic": {"tempo": 96.0, "polyphony": 8},
    "impressionist": {"tempo": 76.0, "polyphony": 8},
    "modern": {"tempo": 100.0, "polyphony": 8},
    "ragtime": {"tempo": 76.0, "meter": "2/4", "shortest": "1/16", "polyphony": 8, "density": "dense"},
    "jazz": {"tempo": 120.0, "meter": "4/4", "polyphony": 6},
    "folk": {"tempo": 100.0, "polyphony": 4, "shortest": "1/16"},
    "popular": {"tempo": 100.0, "polyphony": 6, "shortest": "1/16"},
    "chopin": {"tempo": 88.0, "polyphony": 8},
    "lied": {"tempo": 84.0, "polyphony": 8},
    "chorale": {"tempo": 66.0, "meter": "4/4", "polyphony": 4, "shortest": "1/16", "texture": "full"},
    "quartet": {"tempo": 104.0, "polyphony": 6},
}
"""Tempos are those usual for the style. The time signature is given where most pieces share it; else the opening
decides. The shortest note is given where at most one note in a hundred lies off its grid, so that triplets stay where
composers write them. The polyphony holds at 95 of 100 onsets of the training pieces, but for romantic music, Chopin and
Lieder, where a pedal holds more notes than hands could."""

_OF_A_STYLE = (
    "mode", "density", "texture", "prompt", "low", "high", "polyphony", "max_onsets", "shortest", "tempo", "meter",
    "swing", "swing_of",
)  # fmt: skip
"""The settings of a preset that belong to its style."""


def for_style(settings: Settings, style: str) -> Settings:
    """Return settings, such as a preset's, with a style and the values of its own in place of those of another one."""
    if style == settings.style:
        return settings
    defaults = {field.name: field.default for field in fields(Settings) if field.name in _OF_A_STYLE}
    return replace(settings, **{**defaults, **OWN.get(style, {}), "style": style})
