"""A pad of many voices that never decays: bands of noise around harmonics, as a loop; and its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicgen_live.sound.instrument import LOOP_BLEND_FRAMES

from .curve import Curve, curve
from .modes import SAMPLE_RATE_HZ, Floats
from .note import Note


@dataclass(frozen=True)
class Pad:
    """A choir of voices around each harmonic (N. O. Paul, "PADsynth algorithm", 2005)."""

    width_cents: float
    """The standard deviation of the voices' tuning around a harmonic, which grows in Hz with the harmonic."""
    slope_db: float
    """The fall of the harmonics, an octave."""
    odd_db: float
    """The level of even harmonics beside odd ones."""
    corner_hz: Curve
    """The frequency above which harmonics fall by 18 dB an octave more."""
    loop_s: float
    rise_s: float
    """The time in which a note rises."""
    seed: int

    def note(self, pitch: int, velocity: int) -> Note:
        """Return a note that rises and then repeats its loop; it is the same for every velocity."""
        del velocity
        first_hz = 440 * 2 ** ((pitch - 69) / 12)
        # A whole number of periods, so that the first partial is one of the loop's frequencies.
        frames = round(round(self.loop_s * first_hz) / first_hz * SAMPLE_RATE_HZ)
        loop = np.stack([self._loop(pitch, frames, channel) for channel in range(2)])
        rise_frames = round(self.rise_s * SAMPLE_RATE_HZ)
        # The loop is its own continuation, so the rise comes from its end, and what follows on it is its beginning.
        sound = np.concatenate(
            [loop[:, -rise_frames - LOOP_BLEND_FRAMES :], loop, loop[:, : 2 * LOOP_BLEND_FRAMES]], axis=1
        )
        sound[:, :rise_frames] *= np.sin(np.linspace(0, np.pi / 2, rise_frames)) ** 2
        sound[:, -LOOP_BLEND_FRAMES:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, LOOP_BLEND_FRAMES))
        return Note(sound, rise_frames + LOOP_BLEND_FRAMES, rise_frames + LOOP_BLEND_FRAMES + frames)

    def _loop(self, pitch: int, frames: int, channel: int) -> Floats:
        """Return a sound that repeats after `frames`: each of its frequencies is a multiple of its own."""
        first_hz = 440 * 2 ** ((pitch - 69) / 12)
        hz = np.arange(frames // 2 + 1) * SAMPLE_RATE_HZ / frames
        power = np.zeros(len(hz))
        for order in range(1, int(min(64, 12_000 / first_hz)) + 1):
            centre_hz = first_hz * order
            level_db = self.slope_db * np.log2(order) + (self.odd_db if order % 2 == 0 else 0)
            level_db -= 9 * np.log2(1 + (centre_hz / self.corner_hz.at(pitch)) ** 2)
            # A band is at least as wide as two frequencies of the loop, so that no harmonic falls between them.
            width_hz = max(centre_hz * (2 ** (self.width_cents / 1200) - 1), 1.0 / self.loop_s)
            band = np.exp(-0.5 * ((hz - centre_hz) / width_hz) ** 2)
            power += 10 ** (level_db / 10) * band / band.sum()
        # Phases that differ by 1.2 radians make a correlation of a half, so that mono keeps the sound.
        phases = np.random.default_rng([self.seed, pitch]).uniform(0, 2 * np.pi, len(hz))
        phases += np.random.default_rng([self.seed, pitch, channel]).normal(0, 0.85, len(hz))
        loop: Floats = np.fft.irfft(np.sqrt(power) * np.exp(1j * phases), frames)
        return loop


WARM = Pad(
    width_cents=9,
    slope_db=-8,
    odd_db=-2,
    corner_hz=curve((24, 1200), (60, 2200), (96, 4000)),
    loop_s=2.3,
    rise_s=0.35,
    seed=4,
)
