"""Quantizes played notes softly to the positions of music in bars. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from musicgen_live.encodings.bar_tokens import POSITIONS, UNIT_TICKS, UNITS
from musicgen_live.music.notes import Note

THIRTY_SECOND_TICKS = 60
"""The notes of a chord come within this time, as fingers do not land together."""

_STRONG = frozenset({0, 6, 8, 12, 16, 18})
"""The units of a quarter with sixteenths and triplets of eighths, which most music uses."""
_WEAK_TICKS = 15
"""A weak position must be this much nearer: a note 27 ticks (28 ms at 120 BPM) off a sixteenth still belongs to it.

Less than the 20 ticks between positions, so that a note exactly on any position stays there.
"""
_MOST_BIAS_TICKS = 40
"""Nobody is more than 40 ms early or late all the time at 120 BPM; a greater bias is another rhythm."""
_FEWEST_FOR_BIAS = 3
_POSITIONS = frozenset(position % UNITS for position in POSITIONS)
"""The positions of a quarter, in units; those of the encoding end with its longest bar."""


def position_of(tick: int, bar_ticks: int) -> int:
    """Return the tick of the position nearest to a note on, the earlier one on a tie; 0 for ticks below 0."""
    return _nearest(tick, bar_ticks)[1]


def bias_ticks(ticks: Sequence[int], bar_ticks: int) -> int:
    """Return the usual lateness of note ons, negative if early: their median distance from the strong positions.

    0 for fewer than three, for note ons that all lie on positions, as a sequencer's do, and if they do not agree on a
    bias: half of them are more than 20 ticks off the median, the median is more than 40 ticks, or they fit the
    positions no better without it.
    """
    if len(ticks) < _FEWEST_FOR_BIAS or all(_is_position(tick, bar_ticks) for tick in ticks):
        return 0
    distances = [_off_strong(tick, bar_ticks) for tick in ticks]
    bias = round(median(distances))
    if abs(bias) > _MOST_BIAS_TICKS or median(abs(distance - bias) for distance in distances) > UNIT_TICKS:
        return 0
    cost, cost_without = (sum(_nearest(tick - off, bar_ticks)[0] for tick in ticks) for off in (0, bias))
    return bias if cost_without < cost else 0


def _nearest(tick: int, bar_ticks: int) -> tuple[int, int]:
    """Return the distance to the nearest position, with the penalty of a weak one, and the tick of that position."""
    bar_start = max(tick, 0) // bar_ticks * bar_ticks
    at = max(tick, 0) - bar_start
    near = range(max(0, at // UNIT_TICKS - 3), at // UNIT_TICKS + 5)
    costs = [
        (abs(unit * UNIT_TICKS - at) + (0 if unit % UNITS in _STRONG else _WEAK_TICKS), bar_start + unit * UNIT_TICKS)
        for unit in near
        if unit % UNITS in _POSITIONS and unit * UNIT_TICKS < bar_ticks
    ]
    return min([*costs, (bar_ticks - at, bar_start + bar_ticks)])


def _is_position(tick: int, bar_ticks: int) -> bool:
    unit, off = divmod(tick % bar_ticks, UNIT_TICKS)
    return off == 0 and unit % UNITS in _POSITIONS


def _off_strong(tick: int, bar_ticks: int) -> int:
    """Return the distance from the nearest strong position, negative before it."""
    at = tick % bar_ticks
    quarter = at // (UNITS * UNIT_TICKS) * UNITS
    strong = [(quarter + unit) * UNIT_TICKS for unit in (*_STRONG, UNITS)]
    within_bar = [position for position in strong if position < bar_ticks]
    return min((at - position for position in (*within_bar, bar_ticks)), key=abs)


def merged(*parts: Iterable[Note]) -> tuple[Note, ...]:
    """Return the notes of several players as one part, sorted, in which no pitch sounds twice at once.

    If two notes of a pitch begin together, one remains, with the longer length and the higher velocity. A note that
    still sounds when the next one of its pitch begins ends there.
    """
    result: list[Note] = []
    latest: dict[int, int] = {}
    for note in sorted(note for part in parts for note in part):
        index = latest.get(note.pitch)
        before = result[index] if index is not None else None
        if index is not None and before is not None and before.start_tick == note.start_tick:
            longest = max(before.duration_ticks, note.duration_ticks)
            result[index] = replace(before, duration_ticks=longest, velocity=max(before.velocity, note.velocity))
            continue
        if index is not None and before is not None and before.end_tick > note.start_tick:
            result[index] = replace(before, duration_ticks=note.start_tick - before.start_tick)
        latest[note.pitch] = len(result)
        result.append(note)
    return tuple(sorted(result))
