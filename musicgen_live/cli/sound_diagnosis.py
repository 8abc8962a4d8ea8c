"""The checks of `doctor` for our own sound: the devices, and FluidSynth for SoundFonts."""

from __future__ import annotations

from collections.abc import Sequence

from musicgen_live.cli.finding import Finding
from musicgen_live.errors import SoundError
from musicgen_live.midi.c_output import captured_c_output

_FLUIDSYNTH = {
    "linux": "sudo apt install libfluidsynth3",
    "darwin": "brew install fluid-synth",
    "win32": "choco install fluidsynth",
}


def try_sound() -> tuple[list[str], str | None]:
    """Return the names of the sound devices, and the reason if the one that the system chooses cannot be opened."""
    from musicgen_live.sound.device import Buffering, device_names, open_device

    try:
        with captured_c_output():
            names = device_names()
            open_device(None, Buffering.of(0.05)).close()
    except SoundError as error:
        return [], str(error)
    return names, None


def try_fluidsynth() -> str | None:
    """Return the reason why FluidSynth cannot be used, None if it can."""
    from musicgen_live.sound.soundfont import fluidsynth

    try:
        with captured_c_output():
            fluidsynth()
    except SoundError as error:
        return str(error)
    return None


def judge_sound(names: Sequence[str], refusal: str | None) -> Finding:
    """Judge if notes can sound on this machine, by its devices and what the system's own choice said."""
    if refusal is None:
        return Finding("Sound", True, f"can be heard here: musicgen-live play --listen; devices: {', '.join(names)}")
    return Finding("Sound", False, f"cannot be heard here: {refusal}", "notes still go to ports, if there are any")


def judge_soundfonts(refusal: str | None, platform: str) -> Finding:
    """Judge the library FluidSynth, which only `--soundfont` needs."""
    if refusal is None:
        return Finding("SoundFonts", True, "FluidSynth is installed: musicgen-live play --listen --soundfont FILE.sf2")
    install = _FLUIDSYNTH.get(platform)
    found = f"types: {install}" if install else "installs the library FluidSynth"
    return Finding("SoundFonts", True, f"FluidSynth is not installed; who wants --soundfont {found}")
