"""Makes notes of the key events of a MIDI file's tracks: which note-on ends where."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import repeat
from typing import cast

from musicgen_live.midi.channel_keys import ChannelKeys
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from musicgen_live.music.notes import Note

_RELEASE, _CONTROL, _STRIKE = range(3)
"""The order of events of different tracks at one tick."""
_MOST_TICKS = 1 << 40
_DURATIONS = tuple(range(10_000))
"""Numbers that notes share: a number of its own takes as much memory as half a note."""

_Key = tuple[int, int]
"""The number of a track, and a pitch: tracks of a channel share its pedal, but not their keys."""


class KeyEvents:
    """The strikes, releases, pedals and All Notes Offs of a track, in 8 bytes each."""

    def __init__(self) -> None:
        self.packed = array("Q")
        self.end_tick = 0
        """The tick of the latest event of any kind, in ticks of the file."""
        self.channels: set[int] = set()
        """The channels with notes, from 0."""

    def add(self, tick: int, message: bytes) -> None:
        """Add a note-on, a note-off or a control change; ValueError for a tick that no music reaches."""
        if tick >= _MOST_TICKS:
            raise ValueError("it lasts for years")
        status, data1, data2 = message
        kind = status & 0xF0
        if kind == NOTE_ON and data2:
            rank = _STRIKE
            self.channels.add(status & 0x0F)
        elif kind in (NOTE_ON, NOTE_OFF):
            rank = _RELEASE
        elif ChannelKeys.is_heard(data1):
            rank = _CONTROL
        else:
            return
        self.packed.append(tick << 24 | rank << 20 | (status & 0x0F) << 16 | data1 << 8 | data2)


def notes_of(
    tracks: Sequence[KeyEvents], scaled: Callable[[int], int], *, has_pedal: bool = True
) -> dict[tuple[int, int], list[Note]]:
    """Return the notes in the order of their strikes, by the index of their track and their channel, from 0.

    `ChannelKeys` has the rules for what ends a note; a note that nothing ends lasts until the end of its track. A note
    without length gets the shortest one. `scaled` turns ticks of the file into those of the notes. The events of the
    tracks are used up.
    """
    notes = _Notes(scaled, has_pedal=has_pedal)
    for event, track in merge(*(zip(keys.packed, repeat(number)) for number, keys in enumerate(tracks))):
        notes.take(event, track)
    for keys in tracks:
        keys.packed = array("Q")
    notes.finish([keys.end_tick for keys in tracks])
    return {part: cast("list[Note]", notes.of_part[part]) for part in sorted(notes.of_part)}


@dataclass(slots=True)
class _Open:
    """A note that sounds: its index in its part, the tick of its strike in the file, its velocity."""

    index: int
    tick: int
    velocity: int
    is_release_due: bool
    """True if the strike ended a note of a key that was down, whose own release is still to come."""


class _Notes:
    def __init__(self, scaled: Callable[[int], int], *, has_pedal: bool) -> None:
        self.of_part: defaultdict[tuple[int, int], list[Note | None]] = defaultdict(list)
        """By index of the track and channel: notes, and None for one that has not ended."""
        self._scaled = scaled
        self._channels = [ChannelKeys[_Key](has_pedal=has_pedal) for _ in range(16)]
        self._open: list[dict[_Key, _Open]] = [{} for _ in range(16)]
        """The notes that sound, by channel and key."""
        self._unneeded: dict[tuple[int, _Key], int] = {}
        """By channel and key: the tick of the latest release that found the key up."""

    def take(self, event: int, track: int) -> None:
        """Take an event of `KeyEvents`."""
        tick, rank, channel = event >> 24, event >> 20 & 0xF, event >> 16 & 0xF
        data1, data2 = event >> 8 & 0xFF, event & 0xFF
        if rank == _STRIKE:
            self._strike(tick, channel, (track, data1), data2)
        elif rank == _RELEASE:
            self._release(tick, channel, (track, data1))
        else:
            for key in self._channels[channel].control(data1, data2):
                self._end(tick, channel, key)

    def finish(self, end_ticks: Sequence[int]) -> None:
        """End what still sounds with its track."""
        for channel, keys in enumerate(self._open):
            for key in list(keys):
                self._end_without_release(end_ticks[key[0]], channel, key)

    def _strike(self, tick: int, channel: int, key: _Key, velocity: int) -> None:
        keys, open_notes = self._channels[channel], self._open[channel]
        was_down = keys.is_down(key)
        if was_down and open_notes[key].tick == tick:
            # Two voices in unison are one note.
            open_notes[key].velocity = max(velocity, open_notes[key].velocity)
            return
        for ended in keys.strike(key):
            self._end_without_release(tick, channel, ended)
        part = self.of_part[key[0], channel]
        open_notes[key] = _Open(len(part), tick, velocity, was_down)
        part.append(None)

    def _release(self, tick: int, channel: int, key: _Key) -> None:
        keys, open_notes = self._channels[channel], self._open[channel]
        if not keys.is_down(key):
            self._unneeded[channel, key] = tick
            return
        note = open_notes[key]
        if note.is_release_due and note.tick == tick:
            # Some programs write the strike of a repeated note before the release of the note before it.
            note.is_release_due = False
            return
        for ended in keys.release(key):
            self._end(tick, channel, ended)

    def _end_without_release(self, tick: int, channel: int, key: _Key) -> None:
        start = self._open[channel][key].tick
        # Some programs write the release of a note without length before its strike.
        self._end(start if self._unneeded.get((channel, key)) == start else tick, channel, key)

    def _end(self, tick: int, channel: int, key: _Key) -> None:
        note = self._open[channel].pop(key)
        start_tick = self._scaled(note.tick)
        duration_ticks = max(1, self._scaled(tick) - start_tick)
        if duration_ticks < len(_DURATIONS):
            duration_ticks = _DURATIONS[duration_ticks]
        self.of_part[key[0], channel][note.index] = Note(start_tick, duration_ticks, key[1], note.velocity)
