"""A MIDI file that grows in place and is complete at every moment.

Each track has room behind its events, filled by one unread event, and the end of the track stays where it is. A write
puts the new events there, then the ending: the note-offs of the notes that sound, and the beginning of another unread
event. The ending lies within a page of the file, and what crosses a page is written from behind: all behind the first
page is unread until that page is written. So whoever reads, and whenever the process is killed, finds a whole file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from itertools import chain
from pathlib import Path

from musicgen_live.midi.file_writer import END_OF_ROOM, LEAST_UNREAD, Track, file_header, track_header, unread_event
from musicgen_live.midi.take_files import write_all, write_whole

_PAGE_BYTES = 4096
"""The system copies a page at once, so a killed process has written the whole of it or nothing."""

_LEAST_ROOM_BYTES = 1 << 14
"""Four minutes of dense music. A track that is full gets half of its size as new room, and all of the file is written
anew: in 24 hours fifteen times, together three times the size of the file."""


@dataclass
class _Place:
    """The place of a track in the file."""

    end: int
    """The offset behind the track."""
    events: int
    """The number of bytes of its events that are in the file."""
    offset: int
    """The offset of the ending."""
    ending: bytes


class GrowingFile:
    """A file with one chunk for each track. Used by one thread at a time.

    Each method raises OSError if it fails; the file is whole then, and the next call writes all of it anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: list[_Place] = []

    def write(self, tracks: Sequence[tuple[Track, int]], *, durable: bool) -> None:
        """Bring the file up to date with tracks, each with its last tick; `durable` waits for the disk.

        FileNotFoundError if the file was there and is gone; then `lay_out` makes it again.
        """
        if not self._places:
            self.lay_out(tracks, durable=durable)
            return
        with self.path.open("r+b", buffering=0) as file:
            following = self._next_places(tracks) if self._is_as_written(file) else None
            if following is not None:
                self._append(file, following)
                if durable:
                    os.fsync(file.fileno())
                return
        # No room is left, or another program has written the file: the take goes before its changes.
        self.lay_out(tracks, durable=True)

    def lay_out(self, tracks: Sequence[tuple[Track, int]], *, durable: bool) -> None:
        """Write all of the file anew, with new room in each track."""
        self._places = []
        places: list[_Place] = []
        chunks: list[Iterator[bytes]] = []
        offset = len(file_header(0))
        for track, end_tick in tracks:
            offset += len(track_header(0)) + track.size
            room = len(track.ending(end_tick)) + _PAGE_BYTES + max(_LEAST_ROOM_BYTES, track.size // 2)
            filler, ending = _placed(track, end_tick, offset, room)
            unread = bytes(room - len(filler) - len(ending) - len(END_OF_ROOM))
            chunks.append(_chunk(track, filler, ending, unread, END_OF_ROOM))
            places.append(_Place(offset + room, track.size, offset + len(filler), ending))
            offset += room
        write_whole(self.path, chain([file_header(len(tracks))], *chunks), durable=durable)
        self._places = places

    def finish(self, tracks: Sequence[tuple[Track, int]], until_tick: int = 0) -> None:
        """Write the file without room, durably. All tracks but the first end at `until_tick`, if that is later."""
        chunks = [
            _chunk(track, track.ending(end_tick, until_tick=until_tick if number else 0))
            for number, (track, end_tick) in enumerate(tracks)
        ]
        write_whole(self.path, chain([file_header(len(tracks))], *chunks), durable=True)
        self._places = []

    def _is_as_written(self, file: FileIO) -> bool:
        """Return True if the file is as it was written last, by its size and by the places that change."""
        if os.fstat(file.fileno()).st_size != self._places[-1].end:
            return False
        for place in self._places:
            file.seek(place.offset)
            if file.read(len(place.ending)) != place.ending:
                return False
        return True

    def _next_places(self, tracks: Sequence[tuple[Track, int]]) -> list[tuple[_Place, bytes]] | None:
        """Return each track's next place, with what to write at the present one; None if a track is full."""
        found = []
        for place, (track, end_tick) in zip(self._places, tracks, strict=True):
            events = track.since(place.events)
            offset = place.offset + len(events)
            try:
                filler, ending = _placed(track, end_tick, offset, place.end - offset)
            except ValueError:
                return None
            found.append((_Place(place.end, track.size, offset + len(filler), ending), events + filler + ending))
        return found

    def _append(self, file: FileIO, following: Sequence[tuple[_Place, bytes]]) -> None:
        places, self._places = self._places, []
        for place, (_, content) in zip(places, following, strict=True):
            if content == place.ending:
                continue
            on_first_page = _PAGE_BYTES - place.offset % _PAGE_BYTES
            if len(content) > on_first_page:
                _write_at(file, place.offset + on_first_page, content[on_first_page:])
                # The disk must not have the first page without the others after a power cut.
                os.fsync(file.fileno())
            _write_at(file, place.offset, content[:on_first_page])
        self._places = [place for place, _ in following]


def _placed(track: Track, end_tick: int, offset: int, room: int) -> tuple[bytes, bytes]:
    """Return an ending for a track whose events end at an offset, and what must come before it.

    That is empty, or an unread event if the ending would cross a page. ValueError if there is not enough room.
    """
    ending, filler = track.ending(end_tick, room), b""
    on_page = _PAGE_BYTES - offset % _PAGE_BYTES
    if len(ending) > on_page:
        filler = unread_event(max(LEAST_UNREAD, on_page))
        ending = track.ending(end_tick, room - len(filler))
    return filler, ending


def _write_at(file: FileIO, offset: int, content: bytes) -> None:
    file.seek(offset)
    write_all(file, content)


def _chunk(track: Track, *ending: bytes) -> Iterator[bytes]:
    yield track_header(track.size + sum(map(len, ending)))
    yield from track.encoded()
    yield from ending
