"""Decodes sound files with miniaudio, which is imported when the first one is read."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicgen_live.errors import SoundError
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ

HOW_TO_INSTALL = (
    "the library miniaudio is not installed, which makes sound; in a clone of the repository type: "
    "pip install '.[listen]', with uv: uv sync --extra listen"
)


def miniaudio() -> Any:  # noqa: ANN401 (a module without types)
    """Import miniaudio; SoundError with the command that installs it."""
    try:
        return importlib.import_module("miniaudio")
    except ImportError as exc:
        raise SoundError(f"{HOW_TO_INSTALL} ({exc})") from exc


def decoded(data: bytes, name: str, rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    """Return the frames of a sound file, left and right, at a rate; SoundError, with its name, if it is none."""
    library = miniaudio()
    try:
        sound = library.decode(data, library.SampleFormat.SIGNED16, CHANNELS, rate_hz)
    except library.MiniaudioError as exc:
        raise SoundError(f"{name} is no sound file that can be read ({exc}); install the program again") from exc
    return np.frombuffer(sound.samples, np.int16).reshape(-1, CHANNELS)
