"""Figures over the keyboard."""

from __future__ import annotations

import pytest

from training.instruments.curve import curve


@pytest.mark.parametrize(("pitch", "value"), [(0, 1), (20, 1), (30, 2), (40, 4), (50, 2), (60, 1), (99, 1)])
def test_a_curve_goes_through_its_points_geometrically(pitch: int, value: int) -> None:
    assert curve((20, 1), (40, 4), (60, 1)).at(pitch) == pytest.approx(value)
