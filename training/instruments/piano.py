"""The figures of the piano and of its softer relative, with felt between hammers and strings."""

from __future__ import annotations

from dataclasses import replace

from .curve import curve
from .hammered import HammerFigures, Piano
from .soundboard import BoardFigures
from .strings import StringFigures

GRAND = Piano(
    strings=StringFigures(
        inharmonicity=((-0.0847, -5.82), (0.0926, -13.64)),
        two_strings_from=31,
        three_strings_from=47,
        detuning_cents=curve((21, 0.5), (60, 0.4), (84, 0.7), (96, 1.2), (108, 2.0)),
        unevenness=0.2,
        air_rate=curve((21, 0.15), (45, 0.2), (60, 0.3), (72, 0.3), (84, 0.6), (96, 1.2), (108, 4.0)),
        friction_rate=curve((21, 0.05), (60, 0.07), (72, 0.1), (84, 0.15), (108, 0.15)),
        bridge_rate=curve((21, 0.35), (36, 0.9), (48, 1.0), (60, 1.1), (72, 3.5), (84, 4.5), (96, 8.5), (108, 16.0)),
        sideways_amplitude=0.7,
        sideways_coupling=0.06,
    ),
    hammer=HammerFigures(
        place=curve((21, 0.122), (60, 0.12), (84, 0.09), (108, 0.065)),
        soft_partials=curve((21, 1.4), (36, 1.2), (60, 1.0), (72, 1.0), (84, 0.5), (108, 0.5)),
        hard_share=curve((21, 0.07), (48, 0.09), (60, 0.10), (72, 0.12), (84, 0.02), (108, 0.01)),
        hard_hz=curve((21, 2500), (60, 3500), (72, 4500), (108, 5000)),
        soft_exponent=0.6,
        hard_exponent=1.0,
        knock_level=curve((21, 0.1), (48, 0.08), (72, 0.07), (84, 0.05), (96, 0.04), (108, 0.03)),
        knock_exponent=0.4,
        knock_corner_hz=500,
        knock_s=0.004,
    ),
    board=BoardFigures(
        colour_db=(
            (10, -80),
            (30, -24),
            (45, -8),
            (65, 0),
            (200, 0),
            (800, -6),
            (3000, -5),
            (8000, -6),
            (16000, -28),
        ),
        modes_a_khz=50,
        loss_factor=0.02,
        direct_level=0.12,
        spread_s=0.003,
        width=0.6,
        seed=1,
    ),
    pan_db=6,
    length_s=curve((21, 6.5), (48, 5.5), (60, 4.7), (72, 3.8), (84, 2.8), (96, 1.7), (108, 1.0)),
    seed=1,
)

# An upright whose middle pedal is down: a strip of felt lengthens every blow, and the action is heard from nearby.
FELT = replace(
    GRAND,
    strings=replace(
        GRAND.strings,
        detuning_cents=curve((21, 0.7), (60, 0.7), (84, 1.2), (108, 2.5)),
        bridge_rate=curve((21, 0.8), (48, 1.8), (60, 2.2), (72, 4.5), (84, 7.0), (96, 10.0), (108, 16.0)),
    ),
    hammer=replace(
        GRAND.hammer,
        soft_partials=curve((21, 1.4), (36, 1.0), (60, 0.7), (84, 0.4), (108, 0.4)),
        hard_share=curve((21, 0.02), (60, 0.02), (84, 0.01), (108, 0.005)),
        hard_hz=curve((21, 1200), (60, 1500), (108, 2500)),
        knock_level=curve((21, 0.12), (60, 0.16), (84, 0.12), (108, 0.06)),
        knock_corner_hz=350,
    ),
    board=replace(
        GRAND.board,
        colour_db=((10, -80), (30, -20), (45, -6), (65, 0), (300, 0), (800, -5), (3000, -9), (8000, -16), (16000, -40)),
        width=0.4,
        seed=5,
    ),
    length_s=curve((21, 4.5), (48, 4), (60, 3.5), (84, 2), (96, 1.4), (108, 0.9)),
    seed=5,
)
