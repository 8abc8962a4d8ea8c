"""A toy instrument of sines, and what can be measured in sound: pitch, onsets, steps."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicgen_live.sound.instrument import Instrument, Sample
from musicgen_live.sound.sample_tables import SampleTables
from musicgen_live.sound.sampler import Sampler
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ, Frames, Synthesizer, render_events

PITCHES = (48, 60, 72)
SOFT, LOUD = 40, 110
SAMPLE_S = 3.0
RELEASE_S = 0.2
UNDAMPED_FROM = 84


def hertz(pitch: float) -> float:
    """The frequency of a MIDI pitch, A4 at 440 Hz."""
    return float(440 * 2 ** ((pitch - 69) / 12))


def tone(pitch: int, *, bright: bool, decays: bool) -> NDArray[np.int16]:
    """A sine, with a third partial if it is bright; it begins and, if it decays, ends at silence."""
    time_s = np.arange(round(SAMPLE_S * RATE_HZ)) / RATE_HZ
    sound = np.sin(2 * np.pi * hertz(pitch) * time_s)
    if bright:
        sound = 0.95 * sound + 0.3 * np.sin(2 * np.pi * 3 * hertz(pitch) * time_s)
    sound *= 1 - np.exp(-time_s / 0.002)
    if decays:
        sound *= np.exp(-1.5 * time_s) * np.minimum(1, (SAMPLE_S - time_s) / 0.2)
    return np.repeat(np.round(30_000 * sound).astype(np.int16)[:, None], CHANNELS, axis=1)


def toy_instrument(*, loops: bool = False) -> tuple[Instrument, SampleTables]:
    """An instrument with two velocities at three pitches; its samples decay, or loop over the last second."""
    sounds, samples, start = [], [], 0
    for pitch in PITCHES:
        for velocity in (SOFT, LOUD):
            sound = tone(pitch, bright=velocity == LOUD, decays=not loops)
            if loops:
                # A loop of whole periods, so that it has no seam of its own.
                period = RATE_HZ / hertz(pitch)
                length = round(round(RATE_HZ / period) * period)
                sound = sound[: len(sound) // 2]
            loop = start + len(sound) - length if loops else None
            gain = 0.9 if velocity == LOUD else 0.2
            samples.append(Sample(pitch, velocity, start, len(sound), loop, gain))
            sounds.append(sound)
            start += len(sound)
    instrument = Instrument(
        "toy", RATE_HZ, "computed", tuple(samples), ((0, RELEASE_S),), UNDAMPED_FROM, Path("toy.ogg")
    )
    return instrument, SampleTables(instrument, np.concatenate(sounds))


def toy_sampler(*, loops: bool = False) -> Sampler:
    """A sampler that plays the toy instrument."""
    return Sampler(*toy_instrument(loops=loops))


def sound_of(synthesizer: Synthesizer, seconds: float, events: Sequence[tuple[float, bytes]]) -> Frames:
    """The sound of messages at seconds."""
    out = np.zeros((round(seconds * RATE_HZ), CHANNELS), np.float32)
    render_events(synthesizer, out, [(round(at_s * RATE_HZ), message) for at_s, message in events])
    return out


def pitch_of(sound: Frames) -> float:
    """The MIDI pitch of the strongest partial, from the spectrum, with a parabola through its peak."""
    mono = sound.mean(axis=1)
    spectrum = np.log(np.abs(np.fft.rfft(mono * np.hanning(len(mono)), 4 * len(mono))) + 1e-12)
    peak = int(spectrum.argmax())
    left, middle, right = spectrum[peak - 1 : peak + 2]
    shift = (left - right) / (left - 2 * middle + right) / 2
    return float(69 + 12 * np.log2((peak + shift) * RATE_HZ / (4 * len(mono)) / 440))


def centroid_hz(sound: Frames) -> float:
    """The centre of the spectrum."""
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=1) * np.hanning(len(sound))))
    return float((spectrum * np.fft.rfftfreq(len(sound), 1 / RATE_HZ)).sum() / spectrum.sum())


def level(sound: Frames) -> float:
    """The root of the mean square."""
    return float(np.sqrt((sound.astype(np.float64) ** 2).mean()))


def largest_step(sound: Frames) -> float:
    """The largest difference of two frames that follow each other: a click has a large one."""
    return float(np.abs(np.diff(sound, axis=0)).max(initial=0.0))


def first_frame(sound: Frames, threshold: float = 1e-6) -> int:
    """The first frame that is not silent."""
    return int(np.argmax(np.abs(sound).max(axis=1) > threshold))


def read_wav(path: Path) -> Frames:
    """The sound of a .wav file of ours."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, CHANNELS, 2)
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return np.asarray(data.reshape(-1, CHANNELS) / 32_768, np.float32)
