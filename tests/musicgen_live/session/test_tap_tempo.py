"""The tempo of taps."""

from __future__ import annotations

import pytest

from musicgen_live.session.tap_tempo import TapTempo


@pytest.mark.parametrize(
    ("taps_s", "tempos"),
    [
        ((1.0, 1.5, 2.0, 2.5), [None, None, 120.0, 120.0]),
        # The mean of the latest four beats.
        ((0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0), [None, None, 60.0, 72.0, 80.0, 96.0, 120.0]),
        # After a long gap, and at the same moment, it begins anew.
        ((0.0, 1.0, 2.0, 4.1, 5.1, 6.1), [None, None, 60.0, None, None, 60.0]),
        ((0.0, 1.0, 1.0, 2.0, 3.0), [None, None, None, None, 60.0]),
    ],
)
def test_three_taps_say_the_tempo(taps_s: tuple[float, ...], tempos: list[float | None]) -> None:
    taps = TapTempo()
    assert [tempo and round(tempo, 6) for tempo in map(taps.tap, taps_s)] == tempos
