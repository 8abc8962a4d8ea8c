"""Encodes and decodes `bars`: a time signature per bar, a position per onset, a pitch and a duration per note.

    style any | bar 3/4 | position 0 | pitch 48 | duration 24 | pitch 64 | duration 12 | position 12 | ... | bar 3/4 ...

A quarter has 24 units; onsets lie on the 16 of them that sixteenths, triplets of sixteenths and thirty-seconds need.
`docs/encodings.md` has the rules, and the measurements behind the choices.
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
    MARKS,
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

_Onsets = dict[int, dict[tuple[int, int], tuple[int, int]]]
"""The notes of a bar: position to (index of `HANDS`, pitch) to (duration, velocity); times in units."""

NAME = "bars"
NAME_WITH_HANDS = "bars-hands"
"""The variant that names the hand of every note."""


def nearest(classes: Sequence[int], value: float) -> int:
    """Return the nearest of some rising numbers to a value; the higher one on a tie."""
    i = bisect_left(classes, value)
    if i == 0:
        return classes[0]
    if i == len(classes) or value - classes[i - 1] < classes[i] - value:
        return classes[i - 1]
    return classes[i]


@dataclass(frozen=True)
class _EncodedBar:
    """A bar that a bar token stands for: its start in the score, its time signature, its length in units."""

    start_tick: int
    time_signature: TimeSignature
    units: int


def pieces_of(time_signature: TimeSignature) -> tuple[TimeSignature, ...]:
    """Return the bars that the encoding writes for a bar of a time signature: one, or the halves of a bar too long.

    Their lengths differ from that of the bar if it is not a whole number of thirty-seconds.
    """
    return tuple(piece.time_signature for piece in _split_bar(Bar(0, time_signature.bar_ticks, time_signature)))


def _split_bar(bar: Bar) -> list[_EncodedBar]:
    """Return the bar, or several in its place if it has no token; its length is rounded to thirty-seconds.

    A time signature without a token becomes the first one of equal length. If there is none (7/4, 4/2, a bar cut
    short to 7/32), the bar is halved, the longer half first, until every piece has a token.
    """
    thirty_seconds = max(1, round((bar.end_tick - bar.start_tick) / (3 * UNIT_TICKS)))
    encoded: list[_EncodedBar] = []
    start_tick = bar.start_tick

    def split(beats: int, unit: int) -> None:
        nonlocal start_tick
        whole = TimeSignature(beats, unit)
        units = units_of(whole)
        known = whole if whole in TIME_SIGNATURES else TIME_SIGNATURES_BY_UNITS.get(units)
        if known is not None:
            encoded.append(_EncodedBar(start_tick, known, units))
            start_tick += units * UNIT_TICKS
        else:
            split(beats - beats // 2, unit)
            split(beats // 2, unit)

    beats, unit = bar.time_signature
    if unit <= 32 and beats * 32 // unit == thirty_seconds:
        split(beats, unit)
    else:
        split(thirty_seconds, 32)
    return encoded


def _encoded_bars(score: Score) -> tuple[list[_EncodedBar], int]:
    """Return the bars of a score plus one, because an onset may be rounded into it, and their count without that."""
    last_tick = max([0, score.end_tick - 1, *(part[-1].start_tick for part in score.parts if part)])
    encoded: list[_EncodedBar] = []
    count = 0
    for bar in score.bars():
        encoded += _split_bar(bar)
        if bar.start_tick > last_tick:
            break
        count = len(encoded)
    return encoded, count


def hands_of(tracks: Sequence[Sequence[Note]], from_tick: int = 0) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Return right and left hand: tracks above and below the middle of all tracks; a single track is the right hand.

    Each track needs at least one note. If all notes have the same velocity, as in a score without dynamics, it becomes
    `DEFAULT_VELOCITY`. Notes before `from_tick` count, but are left out.
    """
    mean_pitches = [sum(note.pitch for note in track) / len(track) for track in tracks]
    middle = (min(mean_pitches) + max(mean_pitches)) / 2
    has_dynamics = len({note.velocity for track in tracks for note in track}) > 1
    hands: tuple[list[Note], list[Note]] = ([], [])
    for track, mean in zip(tracks, mean_pitches, strict=True):
        notes = (note for note in track if note.start_tick >= from_tick)
        hands[mean < middle].extend(
            notes if has_dynamics else (replace(note, velocity=DEFAULT_VELOCITY) for note in notes)
        )
    right, left = (tuple(sorted(hand)) for hand in hands)
    return right, left


def encode(score: Score, *, hands: bool = False) -> list[str]:
    """Return the tokens of a score without `header`, from its first bar (there is always one) to `end`.

    With `hands`, the first part of the score is the right hand and the others are the left.
    Onsets are rounded to the nearest position of their bar, durations and velocities to the nearest class. Notes of one
    hand that then share onset and pitch become one, with the longest duration and the highest velocity.
    """
    bars, count = _encoded_bars(score)
    starts = [bar.start_tick for bar in bars]
    onsets_of_bars: list[_Onsets] = [{} for _ in bars]
    for number, part in enumerate(score.parts):
        hand = HANDS.index("right") if hands and number == 0 else 0
        for note in part:
            bar = bisect_right(starts, note.start_tick) - 1
            position = nearest(POSITIONS, (note.start_tick - starts[bar]) / UNIT_TICKS)
            if position >= bars[bar].units:
                bar, position = bar + 1, 0
            duration = nearest(DURATIONS, note.duration_ticks / UNIT_TICKS)
            velocity = nearest(VELOCITIES, note.velocity)
            onset = onsets_of_bars[bar].setdefault(position, {})
            before = onset.get((hand, note.pitch), (0, 0))
            onset[hand, note.pitch] = (max(before[0], duration), max(before[1], velocity))
    count = max([count, *(i + 1 for i, onsets in enumerate(onsets_of_bars) if onsets)])
    tokens: list[str] = []
    for encoded_bar, onsets in zip(bars[:count], onsets_of_bars, strict=False):
        tokens += _bar_tokens(encoded_bar, onsets, hands)
    return [*tokens, END]


def _bar_tokens(bar: _EncodedBar, onsets: _Onsets, hands: bool) -> Iterable[str]:
    """Yield the tokens of one bar."""
    yield f"bar {bar.time_signature}"
    velocities = [DEFAULT_VELOCITY] * len(HANDS)
    for position, onset in sorted(onsets.items()):
        yield f"position {position}"
        current_hand = None
        for (hand, pitch), (duration, velocity) in sorted(onset.items()):
            if hands and hand != current_hand:
                yield f"hand {HANDS[hand]}"
                current_hand = hand
            if velocity != velocities[hand]:
                yield f"velocity {velocity}"
                velocities[hand] = velocity
            yield f"pitch {pitch}"
            yield f"duration {duration}"


_State = tuple[int, int, int, int | None, int | None, str | None, dict[str | None, int]]
"""The state of a `BarsDecoder`: times in ticks, the pitch that waits for its duration, the hand, its velocities."""


class BarsDecoder:
    """Turns tokens of either variant into notes, bar by bar, sorted by onset; control tokens yield nothing.

    A duration token completes a note. A position or bar token moves `until_tick`, because nothing earlier can follow.
    """

    def __init__(self, velocity: int = DEFAULT_VELOCITY) -> None:
        """Make a decoder in which `DEFAULT_VELOCITY` becomes `velocity` (1 to 127), and others move by as much."""
        self.until_tick = 0
        self.hand: str | None = None
        """The hand of the latest note; None if the tokens do not name hands."""
        self._velocity_offset = velocity - DEFAULT_VELOCITY
        self._bar_start = self._bar_end = 0
        self._position: int | None = None
        self._pitch: int | None = None
        self._velocities: dict[str | None, int] = {}

    def decode(self, token: str) -> list[Note]:
        """Return the note that the next token completes, if any; ValueError on an unknown or misplaced token."""
        kind = KINDS.get(token)
        if kind == "duration" and self._position is not None and self._pitch is not None:
            velocity = self._velocities.get(self.hand, DEFAULT_VELOCITY) + self._velocity_offset
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
        elif kind not in CONTROL_TOKENS and kind not in MARKS:
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
    """Return the score of tokens: two parts if they name hands, else one; it ends with its last bar.

    If the tokens follow the grammar to their `end`, `encode` returns them again, without the header.
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
    hands = ("right", "left") if with_hands else (None,)
    return Score(tuple(tuple(sorted(parts[hand])) for hand in hands), tuple(changes), decoder.until_tick)
