"""Where in a bar notes belong that a person played: softly onto the grid that music in bars is written on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from musicgen_live.encodings.bar_tokens import POSITIONS, UNIT_TICKS, UNITS
from musicgen_live.music.notes import Note

THIRTY_SECOND_TICKS = 60
"""Notes of a chord come within this time, as fingers do not land together."""

_STRONG = frozenset({0, 6, 8, 12, 16, 18})
"""Units of a quarter at which sixteenths and triplets of eighths lie, which most music keeps to."""
_WEAK_TICKS = 15
"""How much nearer another place has to be: a note 27 ticks (28 ms at 120 BPM) off a sixteenth still belongs to it.

Less than the 20 ticks between places, so that a note which lies on any place stays there.
"""
_MOST_BIAS_TICKS = 40
"""Nobody is more than 40 ms early or late all the time at 120 BPM; what seems to be is another rhythm."""
_FEWEST_FOR_BIAS = 3
_PLACES = frozenset(POSITIONS)


def position_of(tick: int, bar_ticks: int) -> int:
    """The tick of the place that a strike belongs to, the earlier one on a tie; ticks below 0 belong to tick 0."""
    return _nearest(tick, bar_ticks)[1]


def bias_ticks(ticks: Sequence[int], bar_ticks: int) -> int:
    """By how much these strikes come late (early below 0) as a rule: the median distance from the strong places.

    0 for fewer than three, for strikes that all lie on the grid, as a sequencer's do, and where they do not agree on
    it: half of them are more than 20 ticks off that median, it is more than 40 ticks, or they fit the grid no better
    without it.
    """
    if len(ticks) < _FEWEST_FOR_BIAS or all(_is_place(tick, bar_ticks) for tick in ticks):
        return 0
    distances = [_off_strong(tick, bar_ticks) for tick in ticks]
    bias = round(median(distances))
    if abs(bias) > _MOST_BIAS_TICKS or median(abs(distance - bias) for distance in distances) > UNIT_TICKS:
        return 0
    cost, cost_without = (sum(_nearest(tick - off, bar_ticks)[0] for tick in ticks) for off in (0, bias))
    return bias if cost_without < cost else 0


def _nearest(tick: int, bar_ticks: int) -> tuple[int, int]:
    """How far off a tick is, with what a weak place costs besides, and the place that it belongs to."""
    bar_start = max(tick, 0) // bar_ticks * bar_ticks
    at = max(tick, 0) - bar_start
    near = range(max(0, at // UNIT_TICKS - 3), at // UNIT_TICKS + 5)
    costs = [
        (abs(unit * UNIT_TICKS - at) + (0 if unit % UNITS in _STRONG else _WEAK_TICKS), bar_start + unit * UNIT_TICKS)
        for unit in near
        if unit in _PLACES and unit * UNIT_TICKS < bar_ticks
    ]
    return min([*costs, (bar_ticks - at, bar_start + bar_ticks)])


def _is_place(tick: int, bar_ticks: int) -> bool:
    unit, off = divmod(tick % bar_ticks, UNIT_TICKS)
    return off == 0 and unit in _PLACES


def _off_strong(tick: int, bar_ticks: int) -> int:
    """The distance from the nearest strong place: below 0 before it."""
    at = tick % bar_ticks
    quarter = at // (UNITS * UNIT_TICKS) * UNITS
    strong = [(quarter + unit) * UNIT_TICKS for unit in (*_STRONG, UNITS)]
    return min((at - place for place in (*(place for place in strong if place < bar_ticks), bar_ticks)), key=abs)


def merged(*parts: Iterable[Note]) -> tuple[Note, ...]:
    """The notes of several players as one part, sorted, in which no pitch sounds twice at once.

    Of two notes of a pitch that begin together the longer length and the higher velocity stay; one that is still
    sounding when the next begins ends there.
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
