from __future__ import annotations

import pytest

from tests.support.passages import passage
from training.evaluation.passages import Passage
from training.evaluation.theory.form import bars_of, form_features, likeness, rhythms_of


def period() -> Passage:
    """Return eight bars of 4/4 of two notes: bars 5 and 6 repeat bars 1 and 2, bar 8 is longer and fuller."""
    firsts = [60, 64, 67, 69, 60, 64, 65, 72]
    notes = [(4.0 * bar, 1.0, pitch) for bar, pitch in enumerate(firsts)]
    notes += [(4.0 * bar + 2, 1.0, 50 + bar % 4) for bar in range(8)]
    return passage(*notes, (28, 3.0, 48), (31, 0.5, 48), bars=8)


def test_a_bar_is_its_notes_by_place_and_pitch() -> None:
    assert bars_of(period())[0] == {(0, 60), (48, 50)}
    assert rhythms_of(bars_of(period()))[7] == {0, 48, 72}


def test_bars_are_alike_by_the_notes_that_both_have() -> None:
    # Four bars apart: all, all, one of three distinct notes, and one of five.
    assert likeness(bars_of(period()), 4) == pytest.approx((1 + 1 + 1 / 3 + 1 / 5) / 4)
    assert likeness(rhythms_of(bars_of(period())), 4) == pytest.approx((1 + 1 + 1 + 2 / 3) / 4)


def test_empty_bars_are_alike_and_no_pair_is_not() -> None:
    assert likeness(bars_of(passage(bars=3)), 1) == 1
    assert likeness(bars_of(passage(bars=3)), 3) == 0


def test_features_of_a_period() -> None:
    features = form_features(period())
    assert features["bars heard before"] == 2 / 8
    assert features["bars like the one before"] == 0
    assert features["phrase of 4 bars: notes"] == pytest.approx((1 + 1 + 1 / 3 + 1 / 5) / 4)
    # Bars 4 and 8 have 2 and 4 notes, the others 2; the mean is 18 / 8.
    assert features["phrase ends are fuller"] == pytest.approx((3 - 2) / (18 / 8))
    # Their longest notes last 1 and 3 quarters, those of the others 1.
    assert features["phrase ends are longer"] == pytest.approx(2 - 1)
    assert features["density rises"] == pytest.approx((3 - 2) / (18 / 8))
