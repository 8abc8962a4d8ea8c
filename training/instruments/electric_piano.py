"""An electric piano: a hammer strikes a tine, which moves before a magnetic pickup; and its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .curve import Curve, curve
from .modes import SAMPLE_RATE_HZ, Floats, Modes, convolved, pulse
from .note import Note
from .soundboard import BoardFigures, impulse_response

CANTILEVER_RATIOS = (6.267, 17.548)
"""The second and third modes of a bar that is clamped at one end, beside the first (Fletcher and Rossing 1998)."""


@dataclass(frozen=True)
class ElectricPiano:
    """Tines, tone bars, pickups and a loudspeaker; curves are over MIDI pitches."""

    tine_rate: Curve
    """The decay rate of the tine's first mode, nepers a second."""
    tone_bar_level: float
    """The amplitude of the tone bar, which is tuned to the tine within a few cents and beats with it."""
    tone_bar_cents: float
    bell_levels: tuple[float, ...]
    """The amplitudes of the tine's higher modes at velocity 64, which ring like a bell at first."""
    bell_rates: tuple[float, ...]
    """Their decay rates, nepers a second."""
    hammer_hz: Curve
    """The frequency from which the force of the hammer falls, at velocity 64."""
    swing: Curve
    """The tine's motion at velocity 127, in distances between tine and pole: the more, the more overtones."""
    swing_exponent: float
    """The power of velocity that the motion grows with."""
    offset: float
    """The tine's place beside the pole's axis, in the same distances; on the axis it sounds an octave higher."""
    speaker: BoardFigures
    length_s: Curve

    def note(self, pitch: int, velocity: int) -> Note:
        """Return a note while its key is held."""
        frames = round(self.length_s.at(pitch) * SAMPLE_RATE_HZ)
        hz = 440 * 2 ** ((pitch - 69) / 12)
        hardness = velocity / 64
        tine = self._modes(pitch, hz, hardness).sound(frames)
        tine = convolved(tine, pulse(self.hammer_hz.at(pitch) * hardness**0.5, 2))
        swing = self.swing.at(pitch) * (velocity / 127) ** self.swing_exponent
        current = _pickup(tine * (swing / np.abs(tine).max()), self.offset)
        return Note(np.stack([convolved(current, each) for each in impulse_response(self.speaker)]))

    def _modes(self, pitch: int, hz: float, hardness: float) -> Modes:
        rate = self.tine_rate.at(pitch)
        frequencies = [hz, hz * 2 ** (self.tone_bar_cents / 1200)]
        levels = [1.0, self.tone_bar_level]
        rates = [rate, 0.6 * rate]
        for ratio, level, bell_rate in zip(CANTILEVER_RATIOS, self.bell_levels, self.bell_rates, strict=True):
            if hz * ratio < 12_000:
                frequencies.append(hz * ratio)
                levels.append(level * hardness**0.5)
                rates.append(bell_rate + rate)
        return Modes(
            np.array(levels, dtype=np.complex128), -np.array(rates) + 2j * np.pi * np.array(frequencies, dtype=float)
        )


def _pickup(motion: Floats, offset: float) -> Floats:
    """Return the voltage that a tine's motion induces: the change of a flux that falls with distance from the pole.

    The flux of a pole at distance 1 is taken as 1 / (1 + y**2), which is that of a line of charge (Pfeifle and Muenster
    2017, "Tone production of the Wurlitzer and Rhodes e-pianos", solve the real field).
    """
    flux = 1 / (1 + (motion - offset) ** 2)
    voltage: Floats = np.gradient(flux)
    return voltage


SUITCASE = ElectricPiano(
    tine_rate=curve((28, 0.2), (60, 0.7), (84, 1.8), (100, 4.0)),
    tone_bar_level=0.25,
    tone_bar_cents=1.5,
    bell_levels=(0.04, 0.01),
    bell_rates=(9.0, 25.0),
    hammer_hz=curve((28, 400), (60, 900), (84, 2000), (100, 3500)),
    swing=curve((28, 1.5), (60, 0.8), (84, 0.4), (100, 0.25)),
    swing_exponent=1.2,
    offset=0.35,
    speaker=BoardFigures(
        colour_db=((10, -80), (40, -12), (90, 0), (400, 0), (1200, 1), (3500, 0), (5000, -6), (10000, -30)),
        modes_a_khz=50,
        loss_factor=0.03,
        direct_level=2.0,
        spread_s=0.003,
        width=0.5,
        seed=2,
    ),
    length_s=curve((28, 5.5), (60, 4.5), (84, 2.5), (100, 1.4)),
)
