"""Finds the earlier bar that each bar of a piece answers, and the token of it that every token is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens
from musicgen_live.model.architecture import RELATIONS
from musicgen_live.model.reference import (
    BAR_PLACES,
    BEHIND,
    DURATION_PART,
    LOWEST_PITCH,
    NOTE_PLACES,
    ONSET_PLACES,
    PITCH_PART,
)

from .dataset import Ids
from .token_kinds import is_kind

DISTANCES_BARS = (*range(1, 17), 18, 20, 22, 24, 28, 32, 36, 40, 48, 56, 64)
"""The distances back at which `references_of` seeks the reference of a bar."""
SAME_FROM, ANSWERS_FROM = 0.9, 0.35
"""Likeness of notes, 0 to 1, from which a bar is the `same` as its reference, and from which it answers it at all."""
FARTHEST_SEMITONES = 12


@dataclass(frozen=True)
class References:
    """The reference of every bar of a piece."""

    distances: NDArray[np.int16]
    """Bars back to the reference; 0 for none."""
    semitones: NDArray[np.int8]
    """Semitones from the reference up to the bar."""
    relations: NDArray[np.int8]
    """Index of `RELATIONS`; `new` for a bar without reference."""


def references_of(piece: Ids) -> References:
    """Return for every bar the earlier bar that is most like it, transposed if need be; the nearer one on a tie.

    Likeness is the share of the notes, by position and pitch, that both bars have (Jaccard). Two bars need the same
    length. An empty bar has no reference.
    """
    bars = np.flatnonzero(is_kind(piece, "bar"))
    count = len(bars)
    lengths = np.array(bar_tokens.BAR_UNITS)[piece[bars].astype(np.int64) - bar_tokens.ids_of("bar").start]
    bar_of, positions, pitches = notes_of(piece)
    notes = np.bincount(bar_of, minlength=count)
    best = np.zeros(count)
    distances, semitones = np.zeros(count, np.int16), np.zeros(count, np.int8)
    onsets = bar_of * 1024 + positions
    for distance in DISTANCES_BARS:
        if distance >= count:
            break
        shared, higher = _shared(bar_of, onsets, pitches, distance, count)
        before = np.concatenate([np.zeros(distance, np.int64), notes[:-distance]])
        alike = np.zeros(count, np.bool_)
        alike[distance:] = lengths[distance:] == lengths[:-distance]
        likeness = np.where(alike & (shared > 0), shared / np.maximum(notes + before - shared, 1), 0.0)
        # Literal repetition is preferred to a slightly better transposition, and a nearer bar to a farther one.
        likeness -= 0.05 * (higher != 0)
        better = likeness > best + 1e-9
        best[better], distances[better], semitones[better] = likeness[better], distance, higher[better]
    distances[best < ANSWERS_FROM] = 0
    semitones[distances == 0] = 0
    relations = np.full(count, RELATIONS.index("varied"), np.int8)
    relations[(best >= SAME_FROM) & (semitones == 0)] = RELATIONS.index("same")
    relations[semitones != 0] = RELATIONS.index("transposed")
    relations[distances == 0] = RELATIONS.index("new")
    return References(distances, semitones, relations)


def notes_of(piece: Ids) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return bar number, position in units and pitch of every note."""
    bar_numbers = np.cumsum(is_kind(piece, "bar")) - 1
    pitched = np.flatnonzero(is_kind(piece, "pitch"))
    return bar_numbers[pitched], _positions(piece)[pitched], piece[pitched].astype(np.int64) - _PITCH.start


_PITCH, _POSITION, _BAR = bar_tokens.ids_of("pitch"), bar_tokens.ids_of("position"), bar_tokens.ids_of("bar")
_POSITION_UNITS = np.array(bar_tokens.POSITIONS)


def _positions(piece: Ids) -> NDArray[np.int64]:
    """Return for every token the position in units of the latest position token, -1 behind a bar token."""
    values = np.full(len(piece), -1, np.int64)
    is_position = is_kind(piece, "position")
    values[is_position] = _POSITION_UNITS[piece[is_position].astype(np.int64) - _POSITION.start]
    return _carried_forward(values, is_position | is_kind(piece, "bar"))


def _carried_forward(values: NDArray[np.int64], is_set: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for every index the value at the latest index at which it is set; that at index 0 before the first."""
    latest = np.maximum.accumulate(np.where(is_set, np.arange(len(values)), 0))
    return values[latest]


def _shared(
    bar_of: NDArray[np.int64], onsets: NDArray[np.int64], pitches: NDArray[np.int64], distance: int, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each bar the most notes that it shares with the bar `distance` before, and by how many semitones.

    Onsets are bar * 1024 + position, ascending.
    """
    earlier = onsets - distance * 1024
    first, last = np.searchsorted(onsets, earlier, "left"), np.searchsorted(onsets, earlier, "right")
    sizes = last - first
    later = np.repeat(np.arange(len(onsets)), sizes)
    offsets = np.arange(len(later)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    higher = pitches[later] - pitches[first[later] + offsets]
    near = np.abs(higher) <= FARTHEST_SEMITONES
    width = 2 * FARTHEST_SEMITONES + 1
    keys = bar_of[later][near] * width + higher[near] + FARTHEST_SEMITONES
    table = np.bincount(keys, minlength=count * width).reshape(count, width)
    # At a tie the least transposition wins: each count gets a bonus below 1 that falls with the distance from 0.
    bonus = 0.5 - np.abs(np.arange(width) - FARTHEST_SEMITONES) / (4 * width)
    best = (table + bonus).argmax(axis=1)
    return table[np.arange(count), best], best - FARTHEST_SEMITONES


def shown_ids(piece: Ids, references: References, classes: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for every token of a piece the id shown after it, or `classes`, and the index of the relation.

    The result is that of `Reference.read` for every bar; tokens before the first bar are shown nothing.
    """
    is_bar = is_kind(piece, "bar")
    number = np.cumsum(is_bar) - 1
    places, read_places = _places(piece, number)
    bars = np.maximum(number, 0)
    distance = references.distances[bars].astype(np.int64)
    semitones = references.semitones[bars].astype(np.int64)
    moved = read_places - distance * BAR_PLACES
    moved -= (
        np.where(is_kind(piece, "pitch") | is_kind(piece, "duration") | _behind_note(piece), semitones, 0) * NOTE_PLACES
    )
    at = np.minimum(np.searchsorted(places, moved, "right"), len(piece) - 1)
    velocity = is_kind(piece, "velocity")
    at = np.where(velocity & velocity[at], np.minimum(at + 1, len(piece) - 1), at)
    found = piece[at].astype(np.int32)
    is_pitch = (found >= _PITCH.start) & (found < _PITCH.stop)
    found = np.where(is_pitch, np.clip(found + semitones, _PITCH.start, _PITCH.stop - 1), found)
    shown = np.where((number >= 0) & (distance > 0), found, classes)
    relations = np.where(number >= 0, references.relations[bars], 0)
    return shown.astype(np.int32), relations.astype(np.int32)


def _behind_note(piece: Ids) -> NDArray[np.bool_]:
    """Return a mask of the velocity tokens that follow a note of their onset, not a position."""
    behind = is_kind(piece, "velocity")
    behind[1:] &= is_kind(piece, "duration")[:-1]
    return behind


def _places(piece: Ids, number: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of every token in the piece, rising, and the place that reading it reaches."""
    positions = _positions(piece)
    onset = number * BAR_PLACES + (positions + 1) * ONSET_PLACES
    pitched, velocity, lasting = is_kind(piece, "pitch"), is_kind(piece, "velocity"), is_kind(piece, "duration")
    note = np.zeros(len(piece), np.int64)
    note[pitched] = (piece[pitched].astype(np.int64) - _PITCH.start - LOWEST_PITCH + 1) * NOTE_PLACES
    is_head = is_kind(piece, "position") | is_kind(piece, "bar")
    reached = _carried_forward(note, pitched | is_head)
    places = onset + reached + np.where(pitched, PITCH_PART, 0) + np.where(lasting, DURATION_PART, 0)
    read = places + np.where(velocity, BEHIND, 0)
    # A velocity stands before the pitch that follows it.
    ahead = np.flatnonzero(velocity[:-1])
    places[ahead] = onset[ahead] + note[ahead + 1]
    places[number < 0] = -1
    return places, read
