"""Records sent messages as a MIDI file that is complete on disk at every moment. Knows files, not music."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_writer import (
    Track,
    check_channel_message,
    midi_file,
    tempo_event,
    time_signature_event,
    track_name_event,
)
from musicgen_live.midi.messages import is_channel_mode
from musicgen_live.midi.take_files import write_whole
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

_log = logging.getLogger(__name__)

REWRITE_EVERY_S = 0.5
"""Time between two rewrites while playing. A rewrite of 20,000 notes takes 0.6 ms, 0.07 of it with the interpreter
locked (saving them with mido takes 170 ms). A second may be lost; the other half of it is for a slow disk."""

MAX_FAILURES = 3
"""Failed rewrites in a row after which the recording ends. One may fail on Windows while another program reads the
take, because such a file cannot be replaced."""

_TEMPO_TRACK, _NOTE_TRACK = 0, 1


class Recorder:
    """An output that records with 480 ticks per quarter in two tracks: tempo and time signature, and the notes.

    `close` writes the file, and raises TakeError if that fails. A `live` recorder also writes it at once, and then
    twice per second from a thread if something is new. Every version is valid, with sounding notes ended at its last
    tick, so a crash loses only messages after the last version. Failures of the disk do not reach the player: after
    `MAX_FAILURES` in a row the writing thread calls `warn` once, the file stays as it is, and `close` tries once more
    to write the take from memory.

    The same messages at the same ticks give the same bytes. A tick below the one before is replaced by that one.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "musicgen-live",
        tempo: float | None = 120.0,
        time_signature: TimeSignature = COMMON_TIME,
        live: bool = False,
        warn: Callable[[str], None] = _log.warning,
        rewrite_every_s: float = REWRITE_EVERY_S,
        history: Iterable[tuple[int, bytes]] = (),
    ) -> None:
        """Record to `path` a track called `name`, beginning with `tempo` quarter notes per minute in `time_signature`.

        Without `tempo`, call `set_tempo` when it is known. `history` is the messages of a take to continue; the first
        version written has them.
        A `live` recorder creates the folder if necessary. Raises TakeError if the folder or the file cannot be written.
        """
        self.path = path
        self.failure: str | None = None
        self._warn = warn
        self._rewrite_every_s = rewrite_every_s
        # Appending to a deque is atomic: the player waits for no lock, and the writing thread does all encoding.
        self._unencoded: deque[tuple[int, int, bytes]] = deque()
        self._tracks = (Track(), Track())
        self._now_tick = 0
        self._last_content: bytes | None = None
        self._ending = threading.Event()
        self._closed = False
        tempo_events = [] if tempo is None else [tempo_event(tempo)]
        for event in (track_name_event("musicgen-live"), time_signature_event(time_signature), *tempo_events):
            self._tracks[_TEMPO_TRACK].add(0, event)
        self._tracks[_NOTE_TRACK].add(0, track_name_event(name))
        for tick, message in history:
            self.send(tick, message)
        self._thread = self._start_writing() if live else None

    def __str__(self) -> str:
        return str(self.path)

    def _start_writing(self) -> threading.Thread:
        self._write_first(durable=False)
        thread = threading.Thread(target=self._write_repeatedly, name="recorder", daemon=True)
        thread.start()
        return thread

    def send(self, tick: int, message: bytes) -> None:
        """Record one channel message.

        Skips messages that control receivers instead of music: clock, start, stop, and channel mode messages such as
        All Notes Off. Skips the count-in too, which is at ticks below 0.

        Takes 2 µs and never waits. Raises ValueError for bytes that are no message.
        """
        if tick < 0 or (message and message[0] >= 0xF0):
            return
        check_channel_message(message)
        if is_channel_mode(message):
            return
        self._unencoded.append((_NOTE_TRACK, tick, message))
        self.advance(tick)

    def set_tempo(self, tick: int, bpm: float) -> None:
        """Record a tempo of `bpm` quarter notes per minute from `tick` on. Raises ValueError below 3.58 BPM."""
        self._unencoded.append((_TEMPO_TRACK, tick, tempo_event(bpm)))
        self.advance(tick)

    def advance(self, tick: int) -> None:
        """Set the length of the take to `tick`, so that sounding notes and a rest at the end have their full length."""
        self._now_tick = max(self._now_tick, tick)

    def close(self) -> None:
        """Write the take and sync it to disk. Notes that still sound end at the latest tick.

        If that fails, a live recorder warns unless it already has, and any other raises TakeError.
        """
        if self._closed:
            return
        self._closed = True
        if self._thread is None:
            self._write_first(durable=True)
            return
        self._ending.set()
        self._thread.join()
        try:
            self._write(durable=True)
        except OSError as error:
            self._fail(error)
        else:
            if self.failure is not None:
                self.failure = None
                self._warn(f"The take could be written after all, and whole: {self.path}")

    def _write_repeatedly(self) -> None:
        failures = 0
        while not self._ending.wait(self._rewrite_every_s):
            try:
                self._write(durable=False)
                failures = 0
            except OSError as error:
                failures += 1
                if failures == MAX_FAILURES:
                    self._fail(error)
                    return

    def _fail(self, error: OSError) -> None:
        if self.failure is None:
            self.failure = self._failure_message(error)
            self._warn(f"{self.failure} The music goes on; what is on disk ends here.")

    def _failure_message(self, error: OSError) -> str:
        return f'The take "{self.path}" cannot be written: {error.strerror or error}.'

    def _write_first(self, *, durable: bool) -> None:
        """Create the folder and write; TakeError with advice, because the user can still name another file."""
        advice = "Name another file with --out FILE.mid."
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror or error
            raise TakeError(f'The folder "{folder}" for the take cannot be made: {reason}. {advice}') from error
        try:
            self._write(durable=durable)
        except OSError as error:
            raise TakeError(f"{self._failure_message(error)} {advice}") from error

    def _write(self, *, durable: bool) -> None:
        """Write the take if it has changed; OSError if that fails."""
        content = self._content()
        if content == self._last_content and not durable:
            return
        write_whole(self.path, content, durable=durable)
        self._last_content = content

    def _content(self) -> bytes:
        """Return the present file. Called by one thread at a time: the writing one, or `close` after it."""
        while self._unencoded:
            track, tick, event = self._unencoded.popleft()
            self._tracks[track].add(tick, event)
        tempos, notes = self._tracks
        return midi_file([tempos.chunk(tempos.last_tick), notes.chunk(self._now_tick)])
