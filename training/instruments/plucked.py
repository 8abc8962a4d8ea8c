"""A string that a finger plucks before a magnetic pickup; and the figures of an electric bass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .curve import Curve, curve
from .modes import SAMPLE_RATE_HZ, convolved, pulse
from .note import Note
from .soundboard import BoardFigures, impulse_response
from .strings import StringFigures, partials_hz, string_modes


@dataclass(frozen=True)
class Plucked:
    """An instrument with a string a key, a finger, a pickup and a loudspeaker."""

    strings: StringFigures
    pluck_place: float
    """The place of the finger on the open string, as a share of its length from the bridge."""
    pickup_place: float
    open_pitches: tuple[int, ...]
    """The pitches of the open strings: fingers and pickups keep their places when a string is stopped."""
    finger_hz: float
    """The frequency from which the finger's softness weakens partials, at velocity 64."""
    finger_exponent: float
    """The power of velocity that it grows with."""
    speaker: BoardFigures
    length_s: Curve
    seed: int

    def note(self, pitch: int, velocity: int) -> Note:
        """Return a note while its key is held."""
        frames = round(self.length_s.at(pitch) * SAMPLE_RATE_HZ)
        random = np.random.default_rng([self.seed, pitch])
        hz = partials_hz(self.strings, pitch)
        order = np.arange(1, len(hz) + 1)
        # A stopped string is shorter, so the places are a larger share of it.
        open_pitch = max((each for each in self.open_pitches if each <= pitch), default=self.open_pitches[0])
        longer = min(2 ** ((pitch - open_pitch) / 12), 0.45 / self.pluck_place)
        plucked = np.sin(np.pi * order * self.pluck_place * longer)
        felt = np.sin(np.pi * order * self.pickup_place * longer)
        # A plucked string's partials fall by 12 dB an octave; a pickup senses speed, which gives 6 dB back.
        strings = string_modes(self.strings, pitch, plucked * felt / order, np.ones(len(hz)), random)
        sound = strings.sound(frames)
        sound = convolved(sound, pulse(self.finger_hz * (velocity / 64) ** self.finger_exponent, 2))
        return Note(np.stack([convolved(sound, each) for each in impulse_response(self.speaker)]))


BASS = Plucked(
    strings=StringFigures(
        # Strings of an electric bass are less stiff than those of a piano: B of 3e-5 to 2e-4.
        inharmonicity=((0.02, -10.8), (0.08, -13.5)),
        two_strings_from=128,
        three_strings_from=128,
        detuning_cents=curve((28, 0.1)),
        unevenness=0.0,
        air_rate=curve((28, 0.25), (60, 0.5)),
        friction_rate=curve((28, 2.0), (60, 2.0)),
        bridge_rate=curve((28, 0.25), (60, 0.6)),
        sideways_amplitude=0.5,
        sideways_coupling=0.3,
    ),
    pluck_place=0.16,
    pickup_place=0.14,
    open_pitches=(23, 28, 33, 38, 43),
    finger_hz=900,
    finger_exponent=0.8,
    speaker=BoardFigures(
        colour_db=((10, -80), (30, -6), (50, 0), (300, 0), (800, -2), (2500, 0), (4000, -8), (10000, -40)),
        modes_a_khz=50,
        loss_factor=0.03,
        direct_level=4.0,
        spread_s=0.003,
        width=0.3,
        seed=3,
    ),
    length_s=curve((24, 5), (48, 3.5), (67, 2)),
    seed=3,
)
