"""The latest bars of a take, cut out and written as a file of their own while the take goes on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.notes import Note
from musicgen_live.outputs.base import NOTE_OFF, NOTE_ON
from musicgen_live.outputs.smf import Track, meter_event, midi_file, tempo_event, track_name_event
from musicgen_live.outputs.takes import write_whole


def keep(
    path: Path,
    messages: Sequence[tuple[int, bytes]],
    from_tick: int,
    until_tick: int,
    *,
    tempo: float,
    meter: tuple[int, int],
) -> int:
    """Write what begins from one tick to before another, with the first of them as tick 0; return how many notes.

    `messages` are those of the take in their order, as (tick, message). A note that began before is left out; one that
    still sounds at the end is ended there. TakeError if the file cannot be written.
    """
    track, tempo_track = Track(), Track()
    for event in (track_name_event("musicgen-live"), meter_event(*meter), tempo_event(tempo)):
        tempo_track.add(0, event)
    track.add(0, track_name_event(path.stem))
    count = 0
    held: set[tuple[int, int]] = set()
    first = bisect_left(messages, from_tick, key=lambda message: message[0])
    for tick, message in messages[first:]:
        kind, note = message[0] & 0xF0, (message[0] & 0x0F, message[1])
        if tick >= until_tick and not (tick == until_tick and kind == NOTE_OFF):
            break
        if kind == NOTE_ON:
            held.add(note)
            count += 1
        elif kind == NOTE_OFF and note in held:
            held.discard(note)
        else:
            continue
        track.add(tick - from_tick, message)
    end_tick = until_tick - from_tick
    try:
        write_whole(path, midi_file([tempo_track.chunk(end_tick), track.chunk(end_tick)]), durable=False)
    except OSError as error:
        raise TakeError(f'The bars cannot be kept as "{path}": {error.strerror or error}.') from error
    return count


def notes_between(notes: Sequence[Note], from_tick: int, until_tick: int) -> tuple[Note, ...]:
    """Those that begin from one tick to before another."""
    return tuple(note for note in notes if from_tick <= note.start_tick < until_tick)
