"""Decodes and encodes existing music, for a network that must read what it did not write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from musicgen_live.encodings import bar_tokens, bars, chords
from musicgen_live.encodings.bar_tokens import DEFAULT_VELOCITY, POSITIONS, UNIT_TICKS, VOCABULARY
from musicgen_live.generation.prompts import Ids, latest_fitting
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

_BAR = bar_tokens.ids_of("bar")
_MIDDLE_C = 60


def last_bars(ids: Sequence[int], bars_back: int) -> list[int]:
    """Return the ids of the last bars, from a bar token on; of all bars if there are no more."""
    for at in range(len(ids) - 1, -1, -1):
        if ids[at] in _BAR:
            bars_back -= 1
            if bars_back == 0:
                return list(ids[at:])
    first = next((at for at, token_id in enumerate(ids) if token_id in _BAR), len(ids))
    return list(ids[first:]) if bars_back else []


def fitting_bars(ids: Sequence[int]) -> Ids:
    """Return the last whole bars that fit into a prompt, at least one."""
    starts = [at for at, token_id in enumerate(ids) if token_id in _BAR]
    return latest_fitting(ids, starts) if starts else ()


def decode_bars(ids: Sequence[int], first_tick: int) -> list[Note]:
    """Return the notes of bars, the first of which begins at `first_tick`, as loud as written."""
    decoder = bars.BarsDecoder(velocity=DEFAULT_VELOCITY)
    notes = [note for token in VOCABULARY.decode(ids) for note in decoder.decode(token)]
    return [replace(note, start_tick=note.start_tick + first_tick) for note in notes]


def decode_steps(tokens: Sequence[str], step_ticks: int, end_tick: int) -> list[Note]:
    """Return the notes of tokens of the `chords` encoding, the last of which ends at `end_tick`; none before tick 0."""
    decoder = chords.ChordsDecoder(step_ticks, DEFAULT_VELOCITY)
    first_tick = end_tick - len(tokens) * step_ticks
    notes = [note for token in tokens for note in decoder.decode(token)]
    notes = [replace(note, start_tick=note.start_tick + first_tick) for note in notes]
    return [note for note in notes if note.start_tick >= 0]


def moved_to_its_bar(note: Note, bar_ticks: int) -> Note:
    """Return a note so close before a bar line that the nearest position is that line, moved to it; others as is."""
    in_bar = note.start_tick % bar_ticks
    # Positions are alike in every quarter; those of the encoding end with its longest bar.
    in_quarter = in_bar % PPQ
    if in_bar - in_quarter + bars.nearest(POSITIONS, in_quarter / UNIT_TICKS) * UNIT_TICKS < bar_ticks:
        return note
    return replace(note, start_tick=note.start_tick - in_bar + bar_ticks)


def with_default_velocity(notes: Iterable[Note], velocity: int) -> list[Note]:
    """Return notes that were played by a setting of `velocity` as loud as by the default one."""
    louder = DEFAULT_VELOCITY - velocity
    return [replace(note, velocity=min(max(note.velocity + louder, 1), 127)) for note in notes]


def encode_bars(
    notes: Iterable[Note], first_tick: int, end_tick: int, time_signature: TimeSignature, *, hands: bool
) -> list[list[int]]:
    """Return the ids of notes from a bar line on, bar by bar, at least up to `end_tick`.

    With `hands`, the right hand has the notes from middle C on.
    """
    moved = sorted(replace(note, start_tick=note.start_tick - first_tick) for note in notes)
    parts = [moved]
    if hands:
        parts = [[n for n in moved if n.pitch >= _MIDDLE_C], [n for n in moved if n.pitch < _MIDDLE_C]]
    score = Score(tuple(map(tuple, parts)), (TimeSignatureChange(0, time_signature),), end_tick - first_tick)
    pieces, piece = len(bars.pieces_of(time_signature)), 0
    encoded: list[list[int]] = []
    for token_id in VOCABULARY.encode(bars.encode(score, hands=hands)[:-1]):
        if token_id in _BAR:
            if piece % pieces == 0:
                encoded.append([])
            piece += 1
        encoded[-1].append(token_id)
    return encoded
