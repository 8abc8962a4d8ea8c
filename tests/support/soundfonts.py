"""The SoundFont that Debian has, and the mark of tests that need it and FluidSynth."""

from __future__ import annotations

from ctypes.util import find_library
from pathlib import Path

import pytest

SOUNDFONTS = (Path("/usr/share/sounds/sf2/TimGM6mb.sf2"), Path("/usr/share/sounds/sf2/default-GM.sf2"))

_found = next((path for path in SOUNDFONTS if path.is_file()), None)

needs_soundfont = pytest.mark.skipif(
    _found is None or find_library("fluidsynth") is None,
    reason="no FluidSynth or no SoundFont here (Debian, Ubuntu: sudo apt install fluidsynth timgm6mb-soundfont)",
)


def soundfont() -> Path:
    """The path of a SoundFont; AssertionError if there is none."""
    assert _found is not None
    return _found
