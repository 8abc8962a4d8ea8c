from __future__ import annotations

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.music.time_signature import TimeSignature, parse_time_signature

LENGTHS = {
    "4/4": (1920, 480, 480),
    "3/4": (1440, 480, 480),
    "2/2": (1920, 960, 960),
    "3/8": (720, 240, 240),
    "6/8": (1440, 240, 720),
    "7/8": (1680, 240, 240),
    "9/8": (2160, 240, 720),
    "12/8": (2880, 240, 720),
    "5/16": (600, 120, 120),
}
"""The ticks of a bar, of its written unit, and of a beat as it is counted."""


@pytest.mark.parametrize("text", LENGTHS)
def test_lengths(text: str) -> None:
    time_signature = parse_time_signature(text)
    assert (time_signature.bar_ticks, time_signature.beat_ticks, time_signature.counted_beat_ticks) == LENGTHS[text]
    assert str(time_signature) == text


@pytest.mark.parametrize("text", ["", "4", "4/", "/4", "0/4", "33/4", "4/3", "4/64", "-3/4", "3.0/4", "4/4/4"])
def test_a_text_that_is_no_time_signature_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="write it as a time signature"):
        parse_time_signature(text)


def test_positions_count_bars_and_beats_from_one() -> None:
    waltz = TimeSignature(3, 4)
    assert [waltz.bar_and_beat(tick) for tick in (0, 479, 480, 1439, 1440)] == [(1, 1), (1, 1), (1, 2), (1, 3), (2, 1)]
    assert [waltz.format_position(tick) for tick in (-5, 0, 960, 1440)] == ["bar 1", "bar 1", "bar 1, beat 3", "bar 2"]
