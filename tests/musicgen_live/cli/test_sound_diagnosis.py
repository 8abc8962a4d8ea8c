"""The findings of `doctor` on our own sound, from plain values; and that asking for them raises nothing."""

from __future__ import annotations

import pytest

from musicgen_live.cli.finding import Finding
from musicgen_live.cli.sound_diagnosis import judge_sound, judge_soundfonts, try_fluidsynth, try_sound
from tests.support.soundfonts import needs_soundfont


def test_with_a_device_it_says_what_to_type_and_what_there_is() -> None:
    assert judge_sound(["Built-in Output", "USB Audio"], None) == Finding(
        "Sound", True, "can be heard here: musicgen-live play --listen; devices: Built-in Output, USB Audio"
    )


def test_without_one_it_says_why() -> None:
    finding = judge_sound([], "there is no sound device on this machine")
    assert not finding.is_well
    assert finding.found == "cannot be heard here: there is no sound device on this machine"


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("linux", "sudo apt install libfluidsynth3"),
        ("darwin", "brew install fluid-synth"),
        ("win32", "choco install fluidsynth"),
    ],
)
def test_fluidsynth_is_not_needed_but_can_be_installed(platform: str, command: str) -> None:
    assert judge_soundfonts(None, platform).is_well
    assert judge_soundfonts("not found", platform) == Finding(
        "SoundFonts", True, f"FluidSynth is not installed; who wants --soundfont types: {command}"
    )


def test_asking_this_machine_gives_devices_or_a_reason() -> None:
    names, refusal = try_sound()
    assert names or refusal


@needs_soundfont
def test_fluidsynth_is_found_where_it_is() -> None:
    assert try_fluidsynth() is None
