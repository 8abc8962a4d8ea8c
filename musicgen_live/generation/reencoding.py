"""Tells music that is there already in the ids of an encoding: to a network that did not make it, or has to read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from musicgen_live.encodings import bar_tokens, bars, chords
from musicgen_live.encodings.bar_tokens import DEFAULT_VELOCITY, POSITIONS, UNIT_TICKS, VOCABULARY
from musicgen_live.generation.prompts import Ids, latest_fitting
from musicgen_live.music.notes import Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

_BAR = bar_tokens.ids_of("bar")
_MIDDLE_C = 60


def last_bars(ids: Sequence[int], bars_back: int) -> list[int]:
    """The ids of the last bars of some ids, from a bar's token on; all bars where there are no more."""
    for at in range(len(ids) - 1, -1, -1):
        if ids[at] in _BAR:
            bars_back -= 1
            if bars_back == 0:
                return list(ids[at:])
    first = next((at for at, token_id in enumerate(ids) if token_id in _BAR), len(ids))
    return list(ids[first:]) if bars_back else []


def fitting_bars(ids: Sequence[int]) -> Ids:
    """The last whole bars that fit into what a network is given to read; the last one in any case."""
    starts = [at for at, token_id in enumerate(ids) if token_id in _BAR]
    return latest_fitting(ids, starts) if starts else ()


def decode_bars(ids: Sequence[int], first_tick: int) -> list[Note]:
    """The notes of bars, the first of which begins at `first_tick`, as loud as they are written."""
    decoder = bars.BarsDecoder(velocity=DEFAULT_VELOCITY)
    notes = [note for token in VOCABULARY.decode(ids) for note in decoder.decode(token)]
    return [replace(note, start_tick=note.start_tick + first_tick) for note in notes]


def decode_steps(tokens: Sequence[str], step_ticks: int, end_tick: int) -> list[Note]:
    """The notes of tokens of the `chords` encoding, the last of which ends at `end_tick`; none begins before 0."""
    decoder = chords.ChordsDecoder(step_ticks, DEFAULT_VELOCITY)
    first_tick = end_tick - len(tokens) * step_ticks
    notes = [note for token in tokens for note in decoder.decode(token)]
    notes = [replace(note, start_tick=note.start_tick + first_tick) for note in notes]
    return [note for note in notes if note.start_tick >= 0]


def moved_to_its_bar(note: Note, bar_ticks: int) -> Note:
    """A note that comes so little before a bar line that the bar has no place for it: on the bar line."""
    in_bar = note.start_tick % bar_ticks
    if bars.nearest(POSITIONS, in_bar / UNIT_TICKS) * UNIT_TICKS < bar_ticks:
        return note
    return replace(note, start_tick=note.start_tick - in_bar + bar_ticks)


def with_default_velocity(notes: Iterable[Note], velocity: int) -> list[Note]:
    """Return notes that were played by a setting of `velocity` as loud as by the default one."""
    louder = DEFAULT_VELOCITY - velocity
    return [replace(note, velocity=min(max(note.velocity + louder, 1), 127)) for note in notes]


def encode_bars(
    notes: Iterable[Note], first_tick: int, end_tick: int, time_signature: TimeSignature, *, hands: bool
) -> list[list[int]]:
    """Bar by bar the ids of notes from a bar line on, at least as many bars as it takes to reach `end_tick`.

    With `hands`, the right one has what lies from middle C on.
    """
    moved = sorted(replace(note, start_tick=note.start_tick - first_tick) for note in notes)
    parts = [moved]
    if hands:
        parts = [[n for n in moved if n.pitch >= _MIDDLE_C], [n for n in moved if n.pitch < _MIDDLE_C]]
    score = Score(tuple(map(tuple, parts)), (TimeSignatureChange(0, time_signature),), end_tick - first_tick)
    told: list[list[int]] = []
    for token_id in VOCABULARY.encode(bars.encode(score, hands=hands)[:-1]):
        if token_id in _BAR:
            told.append([])
        told[-1].append(token_id)
    return told
