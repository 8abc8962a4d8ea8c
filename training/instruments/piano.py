"""The figures of the piano and of its softer relative, with felt between hammers and strings."""

from __future__ import annotations

from training.instruments.curve import curve
from training.instruments.hammered import HammerFigures, Piano
from training.instruments.soundboard import BoardFigures
from training.instruments.strings import StringFigures

GRAND = Piano(
    strings=StringFigures(
        inharmonicity=((-0.0847, -5.82), (0.0926, -13.64)),
        two_strings_from=31,
        three_strings_from=47,
        detuning_cents=0.35,
        unevenness=0.12,
        air_rate=curve((21, 0.25), (45, 0.35), (60, 0.5), (72, 0.8), (84, 1.6), (96, 4.0), (108, 9.0)),
        friction_rate=curve((21, 0.25), (60, 0.25), (84, 0.3), (108, 0.3)),
        bridge_rate=curve((21, 0.5), (45, 1.0), (60, 2.0), (72, 3.5), (84, 7.0), (96, 14.0), (108, 25.0)),
        sideways_amplitude=0.25,
        sideways_coupling=0.15,
    ),
    hammer=HammerFigures(
        place=curve((21, 0.122), (60, 0.12), (84, 0.09), (108, 0.065)),
        corner_hz=curve((21, 500), (45, 700), (60, 1000), (72, 1400), (84, 2000), (108, 3500)),
        corner_exponent=0.6,
        order=3,
        knock_db=curve((21, 0.05), (60, 0.08), (84, 0.2), (108, 0.5)),
        knock_corner_hz=1200,
        knock_s=0.004,
    ),
    board=BoardFigures(
        radiates_from_hz=95,
        dull_from_hz=6000,
        modes_a_khz=50,
        loss_factor=0.02,
        modal_level=0.6,
        width=0.5,
        seed=1,
    ),
    pan_db=6,
    length_s=curve((21, 10), (48, 8), (60, 6.5), (84, 3.5), (96, 2.2), (108, 1.2)),
    seed=1,
)
