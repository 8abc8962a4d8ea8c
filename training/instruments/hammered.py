"""Renders notes of strings that a hammer strikes, over a soundboard: pianos, by their figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .curve import Curve
from .modes import SAMPLE_RATE_HZ, Floats, Modes, convolved, pulse
from .note import Note
from .soundboard import BoardFigures, impulse_response, mobility
from .strings import StringFigures, partials_hz, string_modes

LOWEST_DB = -70.0
"""Modes that begin this far below the loudest are left out."""


@dataclass(frozen=True)
class HammerFigures:
    """The figures of a hammer; curves are over MIDI pitches."""

    place: Curve
    """The point of the string that it strikes, as a share of its length (Conklin 1996: 1/8, in the treble 1/15)."""
    soft_partials: Curve
    """The frequency from which the force of a blow of velocity 64 falls by 12 dB an octave, in multiples of the first
    partial: the longer the hammer stays on the string, the lower (Askenfelt and Jansson 1991)."""
    hard_share: Curve
    """The force of the short push with which felt begins to press, beside that of the whole blow."""
    hard_hz: Curve
    """The frequency from which this push falls by 18 dB an octave, at velocity 64."""
    soft_exponent: float
    """The power of velocity that `soft_partials` grows with (Hall and Askenfelt 1988: felt hit harder is harder)."""
    hard_exponent: float
    """The power of velocity that `hard_hz` and `hard_share` grow with."""
    knock_level: Curve
    """The level of the hammer's and the key's noise beside that of the strings at velocity 64, as a factor."""
    knock_exponent: float
    """The power of velocity that this factor grows with."""
    knock_corner_hz: float
    """The noise falls above this frequency."""
    knock_s: float
    """The time in which the noise falls to 1/e."""

    def blow(self, pitch: int, velocity: int, first_hz: float) -> Floats:
        """Return the force on the string over time: a smooth rise and a slower fall, with a short push at first."""
        hardness = velocity / 64
        soft = pulse(self.soft_partials.at(pitch) * first_hz * hardness**self.soft_exponent, 2)
        hard = pulse(self.hard_hz.at(pitch) * hardness**self.hard_exponent, 3)
        force = np.zeros(max(len(soft), len(hard)))
        force[: len(soft)] += soft
        force[: len(hard)] += self.hard_share.at(pitch) * hardness**self.hard_exponent * hard
        return force


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

    def note(self, pitch: int, velocity: int) -> Note:
        """Return a note while its key is held."""
        frames = round(self.length_s.at(pitch) * SAMPLE_RATE_HZ)
        # Strings are the same for every velocity.
        random = np.random.default_rng([self.seed, pitch])
        hz = partials_hz(self.strings, pitch)
        nodes = np.sin(np.pi * np.arange(1, len(hz) + 1) * self.hammer.place.at(pitch))
        # A hammer is wide and a string is stiff: partials with a node under the hammer are weak, but not silent.
        excitation = np.where(nodes < 0, -1.0, 1.0) * np.sqrt(nodes**2 + 0.01)
        bridge = string_modes(self.strings, pitch, excitation, mobility(self.board, hz), random)
        blow = self.hammer.blow(pitch, velocity, hz[0])
        sound = convolved(_audible(bridge, blow).sound(frames), blow)
        sound += self._knock(pitch, velocity, sound, random)
        board = impulse_response(self.board)
        return Note(self._panned(pitch, np.stack([convolved(sound, each) for each in board])))

    def _knock(self, pitch: int, velocity: int, sound: Floats, random: np.random.Generator) -> Floats:
        """Return the noise of the action, beside the sound of the strings."""
        seconds = np.arange(len(sound)) / SAMPLE_RATE_HZ
        noise = np.zeros(len(sound))
        heard = round(12 * self.hammer.knock_s * SAMPLE_RATE_HZ)
        noise[:heard] = random.normal(0, 1, heard) * np.exp(-seconds[:heard] / self.hammer.knock_s)
        noise = convolved(noise, pulse(self.hammer.knock_corner_hz, 2))
        beginning = sound[: SAMPLE_RATE_HZ // 10]
        loudness = np.sqrt(np.mean(beginning**2) / np.mean(noise[: len(beginning)] ** 2))
        level = self.hammer.knock_level.at(pitch) * (velocity / 64) ** self.hammer.knock_exponent
        knock: Floats = level * loudness * noise
        return knock

    def _panned(self, pitch: int, sound: Floats) -> Floats:
        left_db = self.pan_db / 2 * np.clip((64.5 - pitch) / 44, -1, 1)
        return sound * 10 ** (np.array([[left_db], [-left_db]]) / 20)


def _audible(bridge: Modes, blow: Floats) -> Modes:
    """Return the modes without those that the blow leaves silent, which cost time alone."""
    spectrum = np.abs(np.fft.rfft(blow, 1 << 14))
    hz = np.abs(bridge.rates.imag) / (2 * np.pi)
    heard = np.interp(hz, np.fft.rfftfreq(1 << 14, 1 / SAMPLE_RATE_HZ), spectrum) * np.abs(bridge.amplitudes)
    kept = heard > heard.max() * 10 ** (LOWEST_DB / 20)
    return Modes(bridge.amplitudes[kept], bridge.rates[kept])
