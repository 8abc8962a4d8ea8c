"""The take: what was sent, as a MIDI file that is whole on disk at every moment. Knows files, not music."""

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
from musicgen_live.midi.messages import ALL_SOUND_OFF, CONTROL_CHANGE
from musicgen_live.midi.take_files import write_whole
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

_log = logging.getLogger(__name__)

REWRITE_EVERY_S = 0.5
"""Time between two rewrites while playing. A rewrite of 20,000 notes takes 0.6 ms, 0.07 of it with the interpreter
locked (saving them with mido: 170 ms), and half of the second that may be lost is left for a slow disk."""

PATIENCE = 3
"""Rewrites that may fail one after another before the recording ends: on Windows a program that is just reading the
take keeps it from being replaced for a moment."""

_CONDUCTOR, _NOTES = 0, 1


class Recorder:
    """An output that records, with 480 ticks a quarter, in two tracks: tempo and time signature, and the notes.

    The file is written once, in `close`, which raises TakeError if it cannot be. A `live` recorder writes it when it
    is made and then anew twice a second from a thread whenever there is news, each version valid with sounding notes
    ended at its last tick, so that the death of the process costs at most what came after the last version. Nothing
    that happens to the disk then reaches the player: after `PATIENCE` failures in a row `warn` is told once, from the
    writing thread, the file stays as it is, and the take is kept in memory for one more try in `close`.

    The same messages at the same ticks give the same bytes. A tick below the one before is taken as that one.
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
        """Record to `path` a track called `name`, beginning with `tempo` quarter notes a minute in `time_signature`.

        Without `tempo`, `set_tempo` says it when it is known. `history` is what was sent before, so that a take can be
        gone on with: the first version written has it.
        Makes the folder if need be when `live`. Raises TakeError if it cannot be made or the file not be written.
        """
        self.path = path
        self.failure: str | None = None
        self._warn = warn
        self._rewrite_every_s = rewrite_every_s
        # Appending to a deque is atomic: the player waits for no lock, and all encoding is the writing thread's work.
        self._news: deque[tuple[int, int, bytes]] = deque()
        self._tracks = (Track(), Track())
        self._now_tick = 0
        self._written: bytes | None = None
        self._ending = threading.Event()
        self._closed = False
        tempo_events = [] if tempo is None else [tempo_event(tempo)]
        for event in (track_name_event("musicgen-live"), time_signature_event(time_signature), *tempo_events):
            self._tracks[_CONDUCTOR].add(0, event)
        self._tracks[_NOTES].add(0, track_name_event(name))
        for tick, message in history:
            self.send(tick, message)
        self._thread = self._start_writing() if live else None

    def __str__(self) -> str:
        return str(self.path)

    def _start_writing(self) -> threading.Thread:
        self._write_first(durable=False)
        thread = threading.Thread(target=self._write_now_and_then, name="recorder", daemon=True)
        thread.start()
        return thread

    def send(self, tick: int, message: bytes) -> None:
        """Record one channel message.

        What steers receivers is not music and is left out: clock, start, stop, and channel mode messages such as All
        Notes Off; so is the count-in, which is at ticks below 0.

        Takes 2 µs and never waits. Raises ValueError for bytes that are no message.
        """
        if tick < 0 or (message and message[0] >= 0xF0):
            return
        check_channel_message(message)
        if message[0] & 0xF0 == CONTROL_CHANGE and message[1] >= ALL_SOUND_OFF:
            return
        self._news.append((_NOTES, tick, message))
        self.advance(tick)

    def set_tempo(self, tick: int, bpm: float) -> None:
        """Record that the tempo is `bpm` quarters a minute from `tick` on. Raises ValueError below 3.58 BPM."""
        self._news.append((_CONDUCTOR, tick, tempo_event(bpm)))
        self.advance(tick)

    def advance(self, tick: int) -> None:
        """Say that the music has come to `tick`.

        A note that sounds on is then that long in the file, and a take that ends in a rest is that long too.
        """
        self._now_tick = max(self._now_tick, tick)

    def close(self) -> None:
        """Write the whole take and have it on disk (fsync). Notes that still sound end where the music has come to.

        If that fails, a live recorder warns unless it has, and any other raises TakeError.
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

    def _write_now_and_then(self) -> None:
        failures = 0
        while not self._ending.wait(self._rewrite_every_s):
            try:
                self._write(durable=False)
                failures = 0
            except OSError as error:
                failures += 1
                if failures == PATIENCE:
                    self._fail(error)
                    return

    def _fail(self, error: OSError) -> None:
        if self.failure is None:
            self.failure = self._refusal(error)
            self._warn(f"{self.failure} The music goes on; what is on disk ends here.")

    def _refusal(self, error: OSError) -> str:
        return f'The take "{self.path}" cannot be written: {error.strerror or error}.'

    def _write_first(self, *, durable: bool) -> None:
        """Make the folder and write; TakeError, with what to type, while another place can still be named."""
        instead = "Name another file with --out FILE.mid."
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror or error
            raise TakeError(f'The folder "{folder}" for the take cannot be made: {reason}. {instead}') from error
        try:
            self._write(durable=durable)
        except OSError as error:
            raise TakeError(f"{self._refusal(error)} {instead}") from error

    def _write(self, *, durable: bool) -> None:
        """Write the take if there is news; OSError if it cannot be."""
        content = self._content()
        if content == self._written and not durable:
            return
        write_whole(self.path, content, durable=durable)
        self._written = content

    def _content(self) -> bytes:
        """The file as of now. Called by one thread at a time: the writing one, or `close` after it."""
        while self._news:
            track, tick, event = self._news.popleft()
            self._tracks[track].add(tick, event)
        conductor, notes = self._tracks
        return midi_file([conductor.chunk(conductor.last_tick), notes.chunk(self._now_tick)])
