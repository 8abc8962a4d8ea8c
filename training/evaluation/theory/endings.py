"""Measures whether music closes at its end."""

from __future__ import annotations

import numpy as np

from musicgen_live.encodings.bar_tokens import UNITS

from ..passages import Passage
from .keys import key_of

_FOUR_QUARTERS = 4 * UNITS


def ending_features(passage: Passage) -> dict[str, float]:
    """Return features of the last onset by name; all 0 without notes."""
    names = (
        "ends on the first beat", "ends in the last half bar", "ends on a long note", "ends on the tonic in the bass",
        "ends on the tonic on top", "ends on the tonic chord alone", "closes",
    )  # fmt: skip
    if not len(passage.onsets):
        return dict.fromkeys(names, 0.0)
    last = int(passage.onsets.max())
    start, length = _bar_of(passage, last)
    key = key_of(passage.pitches, passage.durations)
    sounding = np.flatnonzero(passage.roll[last])
    found = (
        last == start, passage.end - last <= length / 2, _is_long(passage, last), sounding[0] % 12 == key.tonic,
        sounding[-1] % 12 == key.tonic, {int(pitch) % 12 for pitch in sounding} <= key.triad, closes(passage),
    )  # fmt: skip
    return dict(zip(names, map(float, found), strict=True))


def closes(passage: Passage) -> bool:
    """Return True if a passage closes: its last onset is on a strong beat, and long, with the tonic below.

    Strong is the first beat of a bar, and the third of a bar of four quarters; long is half a bar.
    """
    if not len(passage.onsets):
        return False
    last = int(passage.onsets.max())
    start, length = _bar_of(passage, last)
    is_strong = last == start or (length == _FOUR_QUARTERS and last - start == length // 2)
    tonic = key_of(passage.pitches, passage.durations).tonic
    lowest = int(np.flatnonzero(passage.roll[last])[0])
    return is_strong and _is_long(passage, last) and lowest % 12 == tonic


def _bar_of(passage: Passage, time: int) -> tuple[int, int]:
    number = int(passage.bar_of(np.array([time]))[0])
    return int(passage.bar_starts[number]), int(passage.bar_lengths[number])


def _is_long(passage: Passage, last: int) -> bool:
    return bool(passage.durations[passage.onsets == last].max() >= _bar_of(passage, last)[1] / 2)
