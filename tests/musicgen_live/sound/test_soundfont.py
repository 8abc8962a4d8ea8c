"""SoundFonts through FluidSynth: pitch, programs, drums, and what is told of files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicgen_live.errors import SoundError
from musicgen_live.sound.soundfont import SoundFont, fluidsynth
from tests.support.sound import level, pitch_of, sound_of
from tests.support.soundfonts import needs_soundfont, soundfont


@needs_soundfont
@pytest.mark.parametrize("pitch", [48, 60, 72])
def test_keys_have_their_pitch(pitch: int) -> None:
    # Program 74, a flute.
    sound = sound_of(SoundFont(soundfont()), 1.0, [(0, bytes((0xC0, 73))), (0, bytes((0x90, pitch, 90)))])
    partials = pitch_of(sound[22_050:]) - 12 * np.log2(np.arange(1, 5)) - pitch
    # Samples of this font are up to 8 cents off by themselves.
    assert np.abs(partials).min() < 0.1


@needs_soundfont
def test_notes_end_and_then_it_is_silent() -> None:
    synthesizer = SoundFont(soundfont())
    assert synthesizer.is_silent
    events = [(0.0, bytes((0x90, 60, 90))), (0.5, bytes((0x80, 60, 0)))]
    sound = sound_of(synthesizer, 0.5, events[:1])
    assert level(sound) > 0.01
    assert not synthesizer.is_silent
    sound_of(synthesizer, 6.0, [(0, events[1][1])])
    assert synthesizer.is_silent


@needs_soundfont
def test_programs_and_drums_sound_different() -> None:
    note = (0.0, bytes((0x90, 60, 90)))
    piano = sound_of(SoundFont(soundfont()), 0.5, [note])
    flute = sound_of(SoundFont(soundfont()), 0.5, [(0, bytes((0xC0, 73))), note])
    snare = sound_of(SoundFont(soundfont()), 0.5, [(0.0, bytes((0x99, 38, 100)))])
    assert level(piano - flute) > 0.01
    assert level(snare) > 0.01


@needs_soundfont
@pytest.mark.parametrize("mode", [120, 123])
def test_everything_ends_by_one_message(mode: int) -> None:
    synthesizer = SoundFont(soundfont())
    sound_of(synthesizer, 0.3, [(0, bytes((0x90, pitch, 90))) for pitch in (48, 60, 72)])
    sound_of(synthesizer, 6.0, [(0, bytes((0xB0, mode, 0)))])
    assert synthesizer.is_silent


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, r"--soundfont is '.*x\.sf2', which cannot be read \(No such file or directory\)"),
        (b"MThd\0\0\0\6", r"--soundfont is '.*x\.sf2', which is no SoundFont; give an \.sf2 or \.sf3 file"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "x.sf2"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SoundError, match=reason):
        SoundFont(path)


@needs_soundfont
def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.sf2"
    path.write_bytes(b"RIFF\x10\0\0\0sfbkLIST\0\0\0\0")
    with pytest.raises(SoundError, match="which FluidSynth cannot read"):
        SoundFont(path)


@needs_soundfont
def test_the_library_is_loaded_once() -> None:
    assert fluidsynth() is fluidsynth()
