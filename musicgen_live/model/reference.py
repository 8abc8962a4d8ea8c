"""Shows a network the token that stood at the same place of an earlier bar: an input for bars that answer another.

A place is (position, pitch, part of the note). So a bar may leave notes out, add some or be transposed, and is still
shown what comes next. The idea is that of an aligned pointer; unlike recall it does not need equal contexts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from musicgen_live.encodings import bar_tokens
from musicgen_live.model.architecture import RELATIONS

_BAR, _POSITION, _PITCH = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position"), bar_tokens.ids_of("pitch")
_VELOCITY, _DURATION = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("duration")

BAR_PLACES, ONSET_PLACES, NOTE_PLACES = 1 << 20, 1 << 10, 4
"""The number of places in a bar, at an onset and of a note: its velocity, its pitch, its duration, and behind it."""
LOWEST_PITCH = -64
"""Transposition may lead below 0."""
PITCH_PART, DURATION_PART, BEHIND = 1, 2, 3


def onset_place(position: int) -> int:
    """Return the place of the token of a position, in units from the bar line."""
    return (position + 1) * ONSET_PLACES


def note_place(pitch: int) -> int:
    """Return the first place of a MIDI pitch, counted from that of its onset, which is not 0."""
    return (pitch - LOWEST_PITCH + 1) * NOTE_PLACES


class _Places:
    """Follows the ids of a bar and returns the place of each."""

    def __init__(self) -> None:
        self.onset = self.note = 0

    def of(self, token_id: int, semitones: int = 0) -> int:
        """Return the place of an id read; a velocity comes behind the note before it, because its pitch is unknown."""
        if token_id in _POSITION:
            self.onset, self.note = onset_place(bar_tokens.POSITIONS[token_id - _POSITION.start]), 0
            return self.onset
        if token_id in _PITCH:
            self.note = note_place(token_id - _PITCH.start - semitones)
            return self.onset + self.note + PITCH_PART
        if token_id in _DURATION:
            return self.onset + self.note + DURATION_PART
        return self.onset + self.note + BEHIND


class Reference:
    """An earlier bar that the next bar is to answer, read along with it.

    `relation` is one of `RELATIONS`: `new` needs no earlier bar.
    """

    def __init__(self, relation: str, bar: Sequence[int] = (), next_bar: int | None = None, semitones: int = 0) -> None:
        """Refer to the ids of a bar behind its bar token, the bar token after it, and how far it is transposed."""
        self.relation = RELATIONS.index(relation)
        self._semitones = semitones
        shown = bar_tokens.transposed_ids(semitones) if semitones else None
        self._ids = [*(bar if shown is None else (shown[i] for i in bar)), *([] if next_bar is None else [next_bar])]
        self._places = [*_places_of(bar), *([] if next_bar is None else [BAR_PLACES])]
        self.reset()

    def reset(self) -> None:
        """Begin before the bar."""
        self._read = _Places()

    def read(self, token_id: int, nothing: int) -> tuple[int, int]:
        """Read an id of the answering bar, its bar token first; return the id shown, or `nothing`, and the relation."""
        place = 0 if token_id in _BAR else self._read.of(token_id, self._semitones)
        at = bisect_right(self._places, place)
        if token_id in _VELOCITY and at < len(self._ids) and self._ids[at] in _VELOCITY:
            at += 1
        return (self._ids[at] if at < len(self._ids) else nothing), self.relation

    def snapshot(self) -> tuple[int, int]:
        """Return the state."""
        return self._read.onset, self._read.note

    def restore(self, state: tuple[int, int]) -> None:
        """Return to a state."""
        self._read.onset, self._read.note = state


def _places_of(ids: Iterable[int]) -> list[int]:
    """Return the place of each id of a whole bar, rising; a velocity stands before its pitch."""
    ids = list(ids)
    follow, places = _Places(), []
    for i, token_id in enumerate(ids):
        if token_id in _VELOCITY and i + 1 < len(ids):
            places.append(follow.onset + note_place(ids[i + 1] - _PITCH.start))
        else:
            places.append(follow.of(token_id))
    return places
