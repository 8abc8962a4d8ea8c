"""Writes the latest bars of a take to a file of their own while the take continues."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from musicgen_live.config.files import reason_of
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_writer import midi_file
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON, in_force
from musicgen_live.midi.take_files import write_whole
from musicgen_live.midi.take_tracks import NamedTrack, TakeTracks
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.meter_map import MeterMap


def capture(
    path: Path,
    messages: Sequence[tuple[int, bytes]],
    from_tick: int,
    until_tick: int,
    *,
    tempos: Sequence[tuple[int, float]],
    meters: MeterMap,
    label: TakeLabel,
    tracks: Sequence[NamedTrack] = (),
) -> int:
    """Write the messages from one tick to before another, moved to begin at tick 0; return the number of notes.

    `messages` and `tempos` are those of the take in order, as (tick, message) and (tick, quarter notes per minute), and
    `meters` its time signatures.
    A note that began before is left out; one that still sounds at the end ends there. The file begins with the
    program, controllers and pitch bends in force. It has `tracks` if they are more than one, or else one with the title
    of the label. TakeError if the file cannot be written.
    """
    kept = TakeTracks(tracks if tracks[1:] else (NamedTrack(label.title),))
    kept.begin(meters.at(from_tick).time_signature, None, label.texts())
    for meter in meters.meters:
        if from_tick < meter.tick < until_tick:
            kept.set_meter(meter.tick - from_tick, meter.time_signature)
    earlier = [tempo for tick, tempo in tempos if tick <= from_tick] or [tempos[0][1]]
    for tick, tempo in [(from_tick, earlier[-1]), *(change for change in tempos if from_tick < change[0] < until_tick)]:
        kept.set_tempo(tick - from_tick, tempo)
    first = bisect_left(messages, from_tick, key=lambda message: message[0])
    for _, message in in_force(messages[:first]):
        kept.send(0, message)
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
        kept.send(tick - from_tick, message)
    # Tempos may end earlier, but a loop has its length in every track.
    chunks = [track.chunk(until_tick - from_tick) for track, _ in kept.to_write(until_tick - from_tick)]
    try:
        write_whole(path, [midi_file(chunks)], durable=False)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise TakeError(f'The bars cannot be kept as "{path}": {reason_of(error)}.') from error
    return count
