"""Writes the latest bars of a take to a file of their own while the take continues."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from musicgen_live.config.files import reason_of
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_writer import (
    Track,
    midi_file,
    tempo_event,
    text_event,
    time_signature_event,
    track_name_event,
)
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON, in_force, is_channel_mode
from musicgen_live.midi.take_files import write_whole
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.takes.label import TakeLabel


def capture(
    path: Path,
    messages: Sequence[tuple[int, bytes]],
    from_tick: int,
    until_tick: int,
    *,
    tempos: Sequence[tuple[int, float]],
    time_signature: TimeSignature,
    label: TakeLabel,
) -> int:
    """Write the messages from one tick to before another, moved to begin at tick 0; return the number of notes.

    `messages` and `tempos` are those of the take in order, as (tick, message) and (tick, quarter notes per minute).
    A note that began before is left out; one that still sounds at the end ends there. The file begins with the
    program, controllers and pitch bends in force. TakeError if the file cannot be written.
    """
    track, tempo_track = Track(), Track()
    texts = map(text_event, label.texts())
    for event in (track_name_event("musicgen-live"), time_signature_event(time_signature), *texts):
        tempo_track.add(0, event)
    earlier = [tempo for tick, tempo in tempos if tick <= from_tick] or [tempos[0][1]]
    for tick, tempo in [(from_tick, earlier[-1]), *(change for change in tempos if from_tick < change[0] < until_tick)]:
        tempo_track.add(tick - from_tick, tempo_event(tempo))
    track.add(0, track_name_event(label.title))
    first = bisect_left(messages, from_tick, key=lambda message: message[0])
    for _, message in in_force(messages[:first]):
        track.add(0, message)
    count = 0
    held: set[tuple[int, int]] = set()
    for tick, message in messages[first:]:
        kind, note = message[0] & 0xF0, (message[0] & 0x0F, message[1])
        if tick >= until_tick and not (tick == until_tick and kind == NOTE_OFF):
            break
        if kind == NOTE_ON:
            held.add(note)
            count += 1
        elif kind == NOTE_OFF:
            if note not in held:
                continue
            held.discard(note)
        elif is_channel_mode(message):
            continue
        track.add(tick - from_tick, message)
    end_tick = until_tick - from_tick
    try:
        write_whole(path, [midi_file([tempo_track.chunk(end_tick), track.chunk(end_tick)])], durable=False)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise TakeError(f'The bars cannot be kept as "{path}": {reason_of(error)}.') from error
    return count
