"""Renders notes of strings that a hammer strikes, over a soundboard: pianos, by their figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.instruments.curve import Curve
from training.instruments.modes import SAMPLE_RATE_HZ, Floats, convolved
from training.instruments.soundboard import BoardFigures, impulse_response, mobility
from training.instruments.strings import StringFigures, partials_hz, string_modes

LOWEST_DB = -70.0
"""Modes that begin this far below the loudest are left out."""


@dataclass(frozen=True)
class HammerFigures:
    """The figures of a hammer; curves are over MIDI pitches."""

    place: Curve
    """The point of the string that it strikes, as a share of its length (Conklin 1996: 1/8, in the treble 1/15)."""
    corner_hz: Curve
    """The frequency at which the force of a blow of velocity 64 begins to fall: its contact lasts about 0.6 / this."""
    corner_exponent: float
    """The corner grows with this power of velocity: felt that is hit harder is harder (Hall and Askenfelt 1988)."""
    order: int
    """The force falls by 6 dB an octave times this number."""
    knock_db: Curve
    """The level of the hammer's and the key's noise beside that of the strings, as a factor."""
    knock_corner_hz: float
    """The noise falls above this frequency."""
    knock_s: float
    """The time in which the noise falls to 1/e."""


@dataclass(frozen=True)
class Piano:
    """An instrument with hammers, strings and a soundboard."""

    strings: StringFigures
    hammer: HammerFigures
    board: BoardFigures
    pan_db: float
    """The difference between the channels at the ends of the keyboard: low keys are louder on the left."""
    length_s: Curve
    """The longest time that a sample lasts."""
    seed: int

    def note(self, pitch: int, velocity: int) -> Floats:
        """Return the sound of a note as long as its key is held, shape (2, frames), at any level."""
        frames = round(self.length_s.at(pitch) * SAMPLE_RATE_HZ)
        # Strings are the same for every velocity.
        random = np.random.default_rng([self.seed, pitch])
        hz = partials_hz(self.strings, pitch)
        corner_hz = self.hammer.corner_hz.at(pitch) * (velocity / 64) ** self.hammer.corner_exponent
        order = np.arange(1, len(hz) + 1)
        nodes = np.sin(np.pi * order * self.hammer.place.at(pitch))
        # A hammer is wide and a string is stiff: partials with a node under the hammer are weak, but not silent.
        excitation = np.where(nodes < 0, -1.0, 1.0) * np.sqrt(nodes**2 + 0.01)
        bridge = string_modes(self.strings, pitch, excitation, mobility(self.board, hz), random)
        # Modes that the hammer leaves silent cost time alone.
        force = (1 + (hz / corner_hz) ** 2) ** (-self.hammer.order / 2)
        heard = np.repeat(force, len(bridge.rates) // len(hz)) * np.abs(bridge.amplitudes)
        kept = heard > heard.max() * 10 ** (LOWEST_DB / 20)
        sound = type(bridge)(bridge.amplitudes[kept], bridge.rates[kept]).sound(frames)
        sound = convolved(sound, _blow(corner_hz, self.hammer.order))
        sound += self._knock(pitch, sound, random)
        return self._panned(pitch, np.stack([convolved(sound, each) for each in impulse_response(self.board)]))

    def _knock(self, pitch: int, sound: Floats, random: np.random.Generator) -> Floats:
        """Return the noise of the action, beside the sound of the strings."""
        seconds = np.arange(len(sound)) / SAMPLE_RATE_HZ
        noise = np.zeros(len(sound))
        heard = round(12 * self.hammer.knock_s * SAMPLE_RATE_HZ)
        noise[:heard] = random.normal(0, 1, heard) * np.exp(-seconds[:heard] / self.hammer.knock_s)
        noise = convolved(noise, _blow(self.hammer.knock_corner_hz, 2))
        beginning = sound[: SAMPLE_RATE_HZ // 10]
        loudness = np.sqrt(np.mean(beginning**2) / np.mean(noise[: len(beginning)] ** 2))
        knock: Floats = self.hammer.knock_db.at(pitch) * loudness * noise
        return knock

    def _panned(self, pitch: int, sound: Floats) -> Floats:
        left_db = self.pan_db / 2 * np.clip((64.5 - pitch) / 44, -1, 1)
        return sound * 10 ** (np.array([[left_db], [-left_db]]) / 20)


def _blow(corner_hz: float, order: int) -> Floats:
    """Return a pulse of force whose spectrum falls from a corner on: a smooth rise, a slower fall."""
    width_s = 1 / (2 * np.pi * corner_hz)
    seconds = np.arange(round((order + 12) * width_s * SAMPLE_RATE_HZ) + 2) / SAMPLE_RATE_HZ
    pulse = seconds ** (order - 1) * np.exp(-seconds / width_s)
    blow: Floats = pulse / pulse.sum()
    return blow
