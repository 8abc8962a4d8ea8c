"""Reads the notes of bars that were kept from the messages of a take, to play them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from musicgen_live.midi.messages import is_note, is_note_on
from musicgen_live.midi.take_tracks import NamedTrack
from musicgen_live.music.notes import Note
from musicgen_live.music.parts import PARTS
from musicgen_live.session.loop import Loop


def loop_of(
    messages: Sequence[tuple[int, bytes]], from_tick: int, until_tick: int, tracks: Sequence[NamedTrack]
) -> Loop:
    """Return a loop, from tick 0 on, of the notes that begin in a range of ticks of the take; each ends with the range.

    A note belongs to the part of its track. Those of a musician belong to none, and sound where the melody does.
    """
    parts = {track.channel: track.name for track in tracks if track.name in PARTS}
    notes: list[Note] = []
    held: dict[tuple[int, int], Note] = {}
    for tick, message in messages:
        if not from_tick <= tick <= until_tick or not is_note(message):
            continue
        key = message[0] & 0x0F, message[1]
        if (note := held.pop(key, None)) is not None:
            notes.append(_ended(note, tick - from_tick))
        if is_note_on(message) and tick < until_tick:
            held[key] = Note(tick - from_tick, 0, message[1], message[2], parts.get(key[0], ""))
    length_ticks = until_tick - from_tick
    return Loop(tuple(sorted([*notes, *(_ended(note, length_ticks) for note in held.values())])), 0, length_ticks)


def _ended(note: Note, tick: int) -> Note:
    return replace(note, duration_ticks=max(1, tick - note.start_tick))
