"""A take turned into sound by fluidsynth: what a listener would hear of it is not silence."""

from __future__ import annotations

import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from musicgen_live.config.settings import Settings
from musicgen_live.session.play import render
from tests.support.jack import JackServer
from tests.support.models import toy_model
from tests.support.playing import playing
from tests.support.strangers import listening

SOUND_FONTS = (Path("/usr/share/sounds/sf2/TimGM6mb.sf2"), Path("/usr/share/sounds/sf2/default-GM.sf2"))
RATE_HZ = 44_100

AUDIBLE = 0.003
"""Root of the mean square of half a second; the takes here have 0.0055 to 0.0086."""

SOUND_FONT = next((path for path in SOUND_FONTS if path.is_file()), None)

pytestmark = pytest.mark.skipif(
    not shutil.which("fluidsynth") or SOUND_FONT is None,
    reason="no fluidsynth or no sound font here (Debian, Ubuntu: sudo apt install fluidsynth timgm6mb-soundfont)",
)


# Neither reverb nor chorus, so that what sounds is the notes alone.
SYNTHESIZER = ["fluidsynth", "-q", "-R", "0", "-C", "0", "-r", str(RATE_HZ)]


def heard(take: Path) -> NDArray[np.float64]:
    """The sound of a MIDI file, (samples, 2 channels), -1 to 1."""
    sound = take.with_suffix(".wav")
    command = [*SYNTHESIZER, "-n", "-i", "-T", "wav", "-O", "s16", "-F", str(sound), str(SOUND_FONT), str(take)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    with wave.open(str(sound), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 2, 2)
        return levels(np.frombuffer(file.readframes(file.getnframes()), "<i2"))


def levels(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """Samples of 16 bits, left and right in turn, as (samples, 2 channels), -1 to 1."""
    return samples[: len(samples) // 2 * 2].reshape(-1, 2) / 32768


def loudness(sound: NDArray[np.float64]) -> float:
    """The root of the mean square, 0 to 1."""
    return float(np.sqrt(np.mean(sound**2)))


def test_a_take_sounds_from_its_first_beat_to_its_last(tmp_path: Path) -> None:
    settings = Settings(model=str(toy_model(tmp_path)), steps=16, tempo=120)
    render(settings, 5, tmp_path / "take.mid", print)
    sound = heard(tmp_path / "take.mid")
    # 16 eighths at 120 are four seconds, of eight beats.
    beats = [loudness(sound[int(at_s * RATE_HZ) :][: RATE_HZ // 2]) for at_s in np.arange(0, 4, 0.5)]
    assert min(beats) > AUDIBLE, beats
    # The ruler itself: when the last note has died away there is silence.
    assert len(sound) > 5 * RATE_HZ
    assert loudness(sound[5 * RATE_HZ :]) < AUDIBLE / 10


@pytest.mark.midi
def test_a_take_sounds_while_it_is_played(jack: JackServer, tmp_path: Path) -> None:
    # Bare samples: fluidsynth that is ended by a signal does not finish a .wav file.
    live = ["-m", "jack", "-o", "midi.jack.id=synthesizer", "-a", "file"]
    live += ["-T", "raw", "-O", "s16", "-E", "little", "-o", f"audio.file.name={tmp_path / 'live.raw'}"]
    flags = ("--port", "synthesizer", "--seed", "5", "--steps", "8", "--tempo", "300", "--no-record")
    with listening(jack, "synthesizer:midi_00", tmp_path / "said.txt", *SYNTHESIZER, *live, str(SOUND_FONT)):
        with playing(jack, tmp_path, *flags) as process:
            _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    sound = levels(np.fromfile(tmp_path / "live.raw", "<i2"))
    parts = [loudness(sound[at:][: RATE_HZ // 10]) for at in range(0, len(sound), RATE_HZ // 10)]
    # Eight eighths at 300 last 0.8 s; before them the synthesizer wrote silence.
    assert sum(part > AUDIBLE for part in parts) >= 8, parts
    assert parts[0] == 0, parts


def test_another_program_of_general_midi_sounds_different(tmp_path: Path) -> None:
    sounds = []
    for program in (1, 17):
        settings = Settings(model=str(toy_model(tmp_path)), steps=8, program=program)
        render(settings, 5, tmp_path / f"{program}.mid", print)
        sounds.append(heard(tmp_path / f"{program}.mid")[: 2 * RATE_HZ])
    piano, organ = sounds
    assert loudness(piano - organ) > 0.5 * min(loudness(piano), loudness(organ))
