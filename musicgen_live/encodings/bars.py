"""The `bars` encoding: a time signature a bar, a position an onset, a pitch and a duration a note.

    style any | bar 3/4 | position 0 | pitch 48 | duration 24 | pitch 64 | duration 12 | position 12 | ... | bar 3/4 ...

A quarter has 24 units; onsets lie on the 16 of them that sixteenths, triplets of sixteenths and thirty-seconds need.
`docs/encodings.md` tells the rules and has the measurements behind the choices.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from musicgen_live.encodings.bar_tokens import (
    CONTROL_TOKENS,
    DEFAULT_VELOCITY,
    DURATIONS,
    END,
    HANDS,
    KINDS,
    POSITIONS,
    TIME_SIGNATURES,
    TIME_SIGNATURES_BY_UNITS,
    UNIT_TICKS,
    VELOCITIES,
    bar_units,
    time_signature_of,
    units_of,
)
from musicgen_live.music.notes import Note
from musicgen_live.music.score import Bar, Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

NAME = "bars"
NAME_WITH_HANDS = "bars-hands"
"""The variant in which every onset says which hand plays."""


def nearest(classes: Sequence[int], value: float) -> int:
    """The one of some rising numbers that is nearest to a value; the higher one on a tie."""
    at = bisect_left(classes, value)
    if at == 0:
        return classes[0]
    if at == len(classes) or value - classes[at - 1] < classes[at] - value:
        return classes[at - 1]
    return classes[at]


@dataclass(frozen=True)
class _Cell:
    """A bar as it is written: its start in the score, its time signature, its length in units."""

    start_tick: int
    time_signature: TimeSignature
    units: int


def _cells(bar: Bar) -> list[_Cell]:
    """A bar as one that has a token, or several in a row; its length to the nearest thirty-second.

    A bar of a known time signature is itself, any other the known one of its length. What is left (7/4, 4/2, a bar
    cut short to 7/32) is halved, the longer half first, until every piece is known.
    """
    thirty_seconds = max(1, round((bar.end_tick - bar.start_tick) / (3 * UNIT_TICKS)))
    cells: list[_Cell] = []
    at_tick = bar.start_tick

    def write(beats: int, unit: int) -> None:
        nonlocal at_tick
        whole = TimeSignature(beats, unit)
        units = units_of(whole)
        known = whole if whole in TIME_SIGNATURES else TIME_SIGNATURES_BY_UNITS.get(units)
        if known is not None:
            cells.append(_Cell(at_tick, known, units))
            at_tick += units * UNIT_TICKS
        else:
            write(beats - beats // 2, unit)
            write(beats // 2, unit)

    beats, unit = bar.time_signature
    if unit <= 32 and beats * 32 // unit == thirty_seconds:
        write(beats, unit)
    else:
        write(thirty_seconds, 32)
    return cells


def _written_cells(score: Score) -> tuple[list[_Cell], int]:
    """The cells of a score and of one bar more, as an onset may move to it; and how many are needed without it."""
    last_tick = max([0, score.end_tick - 1, *(part[-1].start_tick for part in score.parts if part)])
    cells: list[_Cell] = []
    needed = 0
    for bar in score.bars():
        cells += _cells(bar)
        if bar.start_tick > last_tick:
            break
        needed = len(cells)
    return cells, needed


def hands_of(tracks: Sequence[Sequence[Note]]) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Right and left hand: the tracks that lie above and below the middle of all tracks; one track alone is right.

    Each of the tracks has a note. Where all notes have the same velocity, which a score without dynamics has, it
    becomes `DEFAULT_VELOCITY`.
    """
    heights = [sum(note.pitch for note in track) / len(track) for track in tracks]
    middle = (min(heights) + max(heights)) / 2
    right = [note for track, height in zip(tracks, heights, strict=True) if height >= middle for note in track]
    left = [note for track, height in zip(tracks, heights, strict=True) if height < middle for note in track]
    if len({note.velocity for note in right + left}) == 1:
        right, left = ([replace(note, velocity=DEFAULT_VELOCITY) for note in hand] for hand in (right, left))
    return tuple(sorted(right)), tuple(sorted(left))


def encode(score: Score, *, hands: bool = False) -> list[str]:
    """The tokens of a score, from its first bar (there is always one) to `end`: what stands behind a `header`.

    With `hands`, the first part of the score is the right hand and the others are the left.
    Onsets move to the nearest place of their bar, durations and velocities to the nearest class. Of the notes of one
    hand that then share onset and pitch, the longest duration and the highest velocity are written.
    """
    cells, needed = _written_cells(score)
    starts = [cell.start_tick for cell in cells]
    placed: list[dict[int, dict[tuple[int, int], tuple[int, int]]]] = [{} for _ in cells]
    for number, part in enumerate(score.parts):
        hand = HANDS.index("right") if hands and number == 0 else 0
        for note in part:
            at = bisect_right(starts, note.start_tick) - 1
            place = nearest(POSITIONS, (note.start_tick - starts[at]) / UNIT_TICKS)
            if place >= cells[at].units:
                at, place = at + 1, 0
            duration = nearest(DURATIONS, note.duration_ticks / UNIT_TICKS)
            velocity = nearest(VELOCITIES, note.velocity)
            onset = placed[at].setdefault(place, {})
            before = onset.get((hand, note.pitch), (0, 0))
            onset[hand, note.pitch] = (max(before[0], duration), max(before[1], velocity))
    needed = max([needed, *(at + 1 for at, onsets in enumerate(placed) if onsets)])
    tokens: list[str] = []
    for cell, onsets in zip(cells[:needed], placed, strict=False):
        tokens += _cell_tokens(cell, onsets, hands)
    return [*tokens, END]


def _cell_tokens(cell: _Cell, onsets: dict[int, dict[tuple[int, int], tuple[int, int]]], hands: bool) -> Iterable[str]:
    """One bar's tokens; `onsets` are (hand, pitch) to (duration, velocity) by place."""
    yield f"bar {cell.time_signature}"
    heard = [DEFAULT_VELOCITY] * len(HANDS)
    for place, onset in sorted(onsets.items()):
        yield f"position {place}"
        written_hand = None
        for (hand, pitch), (duration, velocity) in sorted(onset.items()):
            if hands and hand != written_hand:
                yield f"hand {HANDS[hand]}"
                written_hand = hand
            if velocity != heard[hand]:
                yield f"velocity {velocity}"
                heard[hand] = velocity
            yield f"pitch {pitch}"
            yield f"duration {duration}"


_State = tuple[int, int, int, int | None, int | None, str | None, dict[str | None, int]]
"""The state of a `BarsDecoder`: times in ticks, the pitch that waits for its duration, the hand, its velocities."""


class BarsDecoder:
    """Turns tokens of either variant into notes, one bar after another, sorted by onset; control tokens pass.

    A note comes with its duration token. A position or bar token moves `until_tick`, as nothing earlier can follow.
    """

    def __init__(self, step_ticks: int = UNIT_TICKS, velocity: int = DEFAULT_VELOCITY) -> None:
        """Notes that say nothing of it get `velocity`, 1 to 127; louder and softer ones are moved by as much.

        `step_ticks` says nothing here, as notes have lengths of their own.
        """
        del step_ticks
        self.until_tick = 0
        self.hand: str | None = None
        """The hand that the latest note belongs to, where the tokens say so."""
        self._louder = velocity - DEFAULT_VELOCITY
        self._bar_start = self._bar_end = 0
        self._position: int | None = None
        self._pitch: int | None = None
        self._velocities: dict[str | None, int] = {}

    def decode(self, token: str) -> list[Note]:
        """The note that the next token completes; ValueError on a token that is unknown or cannot stand here."""
        kind = KINDS.get(token)
        if kind == "duration" and self._position is not None and self._pitch is not None:
            velocity = self._velocities.get(self.hand, DEFAULT_VELOCITY) + self._louder
            duration = _number(token) * UNIT_TICKS
            note = Note(self._position, duration, self._pitch, min(max(velocity, 1), 127))
            self._pitch = None
            return [note]
        if self._pitch is not None:
            raise ValueError(f"{token!r} follows a pitch, which needs a duration")
        if kind == "bar":
            self.until_tick = self._bar_start = self._bar_end
            self._bar_end += bar_units(token) * UNIT_TICKS
            self._position, self.hand, self._velocities = None, None, {}
        elif kind == "position" and self.until_tick <= self._bar_start + _number(token) * UNIT_TICKS < self._bar_end:
            self.until_tick = self._position = self._bar_start + _number(token) * UNIT_TICKS
            self.hand = None
        elif kind == "hand" and self._position is not None:
            self.hand = token.removeprefix("hand ")
        elif kind == "velocity" and self._position is not None:
            self._velocities[self.hand] = _number(token)
        elif kind == "pitch" and self._position is not None:
            self._pitch = _number(token)
        elif kind == END:
            self.until_tick = self._bar_start = self._bar_end
            self._position = None
        elif kind not in CONTROL_TOKENS:
            raise ValueError(f"{token!r} is unknown, or cannot stand where it does")
        return []

    def snapshot(self) -> _State:
        """Return the state."""
        return (
            self.until_tick,
            self._bar_start,
            self._bar_end,
            self._position,
            self._pitch,
            self.hand,
            self._velocities.copy(),
        )

    def restore(self, state: _State) -> None:
        """Return to a state."""
        self.until_tick, self._bar_start, self._bar_end, self._position, self._pitch, self.hand, velocities = state
        self._velocities = velocities.copy()


def _number(token: str) -> int:
    return int(token.rpartition(" ")[2])


def decode(tokens: Iterable[str]) -> Score:
    """The score that tokens write: two parts where they name hands, else one; it ends with its last bar.

    `encode` gives the same tokens for it, without the header, if they follow the grammar to their `end`.
    ValueError as from `BarsDecoder`.
    """
    decoder = BarsDecoder()
    parts: dict[str | None, list[Note]] = {None: [], "right": [], "left": []}
    changes: list[TimeSignatureChange] = []
    with_hands = False
    for token in tokens:
        for note in decoder.decode(token):
            parts[decoder.hand].append(note)
        kind = KINDS[token]
        with_hands = with_hands or kind == "hand"
        if kind == "bar" and (not changes or time_signature_of(token) != changes[-1].time_signature):
            changes.append(TimeSignatureChange(decoder.until_tick, time_signature_of(token)))
    decoder.decode(END)
    chosen = ("right", "left") if with_hands else (None,)
    return Score(tuple(tuple(sorted(parts[hand])) for hand in chosen), tuple(changes), decoder.until_tick)
