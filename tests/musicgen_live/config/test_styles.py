"""A style that is asked for brings its own tempo, metre and limits."""

from __future__ import annotations

from musicgen_live.config.settings import Settings
from musicgen_live.config.styles import for_style


def test_a_style_brings_its_own_values() -> None:
    assert for_style(Settings(), "ragtime") == Settings(
        style="ragtime", tempo=76.0, meter="2/4", shortest="1/16", polyphony=8, density="dense"
    )
    assert for_style(Settings(), "jazz") == Settings(style="jazz", tempo=120.0, meter="4/4", polyphony=6)


def test_values_of_another_style_go_and_the_others_stay() -> None:
    preset = Settings(style="classical", mode="major", texture="thin", low="C3", tempo=140.0, velocity=70)
    assert for_style(preset, "folk") == Settings(style="folk", tempo=100.0, polyphony=4, shortest="1/16", velocity=70)


def test_the_style_of_a_preset_leaves_the_preset_as_it_is() -> None:
    preset = Settings(style="ragtime", tempo=140.0, polyphony=2)
    assert for_style(preset, "ragtime") is preset


def test_a_style_without_values_of_its_own_has_the_usual_ones() -> None:
    assert for_style(Settings(style="ragtime", tempo=140.0), "own") == Settings(style="own")
