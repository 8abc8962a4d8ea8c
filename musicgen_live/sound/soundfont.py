"""Plays an SF2 or SF3 file through FluidSynth, with all programs of General MIDI and its drums."""

from __future__ import annotations

import contextlib
import importlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from musicgen_live.errors import SoundError
from musicgen_live.midi.messages import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CHANNEL_PRESSURE,
    CONTROL_CHANGE,
    NOTE_OFF,
    NOTE_ON,
    PITCH_BEND,
    PROGRAM_CHANGE,
)
from musicgen_live.sound.soundfont_file import check_soundfont
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ, Frames

GAIN = 0.2
"""FluidSynth's own gain. It cuts off what is above full scale, so its sound is made louder behind it."""
MAKE_UP_GAIN = 2.5
POLYPHONY = 128
_BEND_CENTRE = 8192
_SILENT = 1.5 * MAKE_UP_GAIN / 32_768

HOW_TO_INSTALL = (
    "--soundfont needs FluidSynth; on Debian and Ubuntu: sudo apt install libfluidsynth3, on macOS: brew install "
    "fluid-synth, on Windows: choco install fluidsynth"
)


def fluidsynth() -> Any:  # noqa: ANN401 (a module without types)
    """Import pyfluidsynth, which loads the library; SoundError with the command that installs it."""
    try:
        # In CI it prints where it looks.
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module("fluidsynth")
    except (ImportError, OSError, AttributeError) as exc:
        raise SoundError(f"{HOW_TO_INSTALL} ({exc})") from exc


class SoundFont:
    """A `Synthesizer` that plays a SoundFont. Messages act at blocks of 64 frames, 1.5 ms."""

    def __init__(self, path: Path) -> None:
        """Load a file; SoundError if it is none, or if FluidSynth is missing."""
        check_soundfont(path)
        library = fluidsynth()
        settings = {"synth.polyphony": POLYPHONY, "synth.cpu-cores": 1}
        self._synth = library.Synth(gain=GAIN, samplerate=float(RATE_HZ), channels=16, **settings)
        font = self._synth.sfload(str(path))
        if font < 0:
            raise SoundError(f"--soundfont is {str(path)!r}, which FluidSynth cannot read; try another file")
        self._synth.program_reset()
        self._was_silent = True

    @property
    def is_silent(self) -> bool:
        """True if no voice sounds, and the reverberation has faded."""
        return self._synth.get_active_voice_count() == 0 and self._was_silent

    def send(self, message: bytes) -> None:
        """Take one message, which acts from the next block of 64 frames on."""
        kind, channel, synth = message[0] & 0xF0, message[0] & 0x0F, self._synth
        if kind == NOTE_ON and message[2]:
            synth.noteon(channel, message[1], message[2])
        elif kind in (NOTE_ON, NOTE_OFF):
            synth.noteoff(channel, message[1])
        elif kind == CONTROL_CHANGE and message[1] == ALL_SOUND_OFF:
            synth.all_sounds_off(channel)
        elif kind == CONTROL_CHANGE and message[1] >= ALL_NOTES_OFF:
            synth.all_notes_off(channel)
        elif kind == CONTROL_CHANGE:
            synth.cc(channel, message[1], message[2])
        elif kind == PROGRAM_CHANGE:
            synth.program_change(channel, message[1])
        elif kind == CHANNEL_PRESSURE:
            # pyfluidsynth has no function for it.
            return
        elif kind == PITCH_BEND:
            synth.pitch_bend(channel, (message[2] << 7 | message[1]) - _BEND_CENTRE)

    def render(self, out: Frames) -> None:
        """Fill `out` with the next frames."""
        samples = np.asarray(self._synth.get_samples(len(out)), np.int16)
        np.multiply(samples.reshape(-1, CHANNELS), np.float32(MAKE_UP_GAIN / 32_768), out=out)
        self._was_silent = float(np.abs(out).max(initial=0.0)) <= _SILENT
