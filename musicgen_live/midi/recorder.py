"""Records sent messages as a MIDI file that is complete on disk at every moment. Knows files, not music."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from musicgen_live.config.files import reason_of
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_writer import tempo_event
from musicgen_live.midi.growing_file import GrowingFile
from musicgen_live.midi.take_files import new_file_like, refuge_folders
from musicgen_live.midi.take_tracks import NamedTrack, PackedTake, TakeTracks, is_recorded
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

_log = logging.getLogger(__name__)

WRITE_EVERY_S = 0.5
"""Time between two writes while playing: some 100 bytes each, 0.1 ms. A second may be lost; the other half of it is for
a slow disk."""

SYNC_EVERY_S = 5.0
"""A power cut may lose this much, as with a system that writes its journal every five seconds."""

MAX_DENIALS = 3
"""Writes in a row that the system denies before the take goes elsewhere; after any other failure it does so at once.
One may be denied on Windows while another program reads the take, because such a file cannot be replaced."""

RETRY_AFTER_WRITES = 10
"""The factor by which writes are rarer while no folder can be written."""


class Recorder:
    """An output that records with 480 ticks per quarter in two tracks or more: tempo and time signature, and notes.

    `close` writes the file, and raises TakeError if that fails. A `live` recorder also writes it at once, and then
    twice per second from a thread if something is new. Every version is valid, with sounding notes ended at its last
    tick, so a crash loses only messages after the last version.

    Failures of the disk do not reach the player. A file that is gone is made again; if it cannot be written, the whole
    take goes on in the first of `refuges` that can. If there is none, it waits in memory, some 60 kB for an hour, until
    there is. Each of these is said once, by `warn`, and `tell_path` gets the new path, or None while there is none.

    The same messages at the same ticks give the same bytes. A tick below the one before is replaced by that one.
    """

    def __init__(  # noqa: PLR0913 (name, texts, tempo and time signature are its header)
        self,
        path: Path,
        *,
        name: str = "musicgen-live",
        tracks: Sequence[NamedTrack] = (),
        texts: Sequence[str] = (),
        tempo: float | None = 120.0,
        time_signature: TimeSignature = COMMON_TIME,
        live: bool = False,
        warn: Callable[[str], None] = _log.warning,
        tell_path: Callable[[Path | None], None] = lambda _: None,
        refuges: Callable[[], Iterable[Path]] = refuge_folders,
        write_every_s: float = WRITE_EVERY_S,
        resumed: PackedTake | None = None,
    ) -> None:
        """Record to `path` a track called `name`, beginning with `tempo` quarter notes per minute in `time_signature`.

        `tracks` are recorded instead of that one, each the messages of its channel. `texts` are written as text events,
        before the music.

        Without `tempo`, call `set_tempo` when it is known. `resumed` is a take to continue; the first version written
        has it. A `live` recorder creates the folder if necessary. Raises TakeError if the folder or the file of a new
        take cannot be written, unless it is there already.
        """
        self.path = path
        self.failure: str | None = None
        self._requested_path = path
        self._warn = warn
        self._tell_path = tell_path
        self._refuges = refuges
        self._write_every_s = write_every_s
        # Appending to a deque is atomic: the player waits for no lock, and the writing thread does all encoding.
        self._unencoded: deque[tuple[int, bytes | float | str | TimeSignature]] = deque()
        self._tracks = TakeTracks(tuple(tracks) or (NamedTrack(name),))
        self._tracks.begin(time_signature, tempo, texts)
        if resumed is not None:
            self._tracks.extend(resumed)
        self._now_tick = self._tracks.last_tick
        self._sounding_tick = 0
        self._file = GrowingFile(path)
        self._denials = 0
        self._sync_due_s = time.monotonic() + SYNC_EVERY_S
        self._ending = threading.Event()
        self._closed = False
        self._thread = self._start_writing(is_new=resumed is None) if live else None

    def __str__(self) -> str:
        return str(self.path)

    def send(self, tick: int, message: bytes) -> None:
        """Record one channel message, if it is of those that are recorded: see `is_recorded`.

        Takes 2 µs and never waits. Raises ValueError for bytes that are no message.
        """
        if is_recorded(tick, message):
            self._unencoded.append((tick, message))
            self.advance(tick)

    def set_tempo(self, tick: int, bpm: float) -> None:
        """Record a tempo of `bpm` quarter notes per minute from `tick` on. Raises ValueError below 3.58 BPM."""
        tempo_event(bpm)
        self._unencoded.append((tick, bpm))
        self.advance(tick)

    def add_text(self, tick: int, text: str) -> None:
        """Record a text event at `tick`."""
        self._unencoded.append((tick, text))

    def set_meter(self, tick: int, time_signature: TimeSignature) -> None:
        """Record a time signature from `tick` on."""
        self._unencoded.append((tick, time_signature))

    def advance(self, tick: int) -> None:
        """Set the length of the take to `tick`, so that sounding notes and a rest at the end have their full length."""
        self._now_tick = max(self._now_tick, tick)

    def sound_until(self, tick: int) -> None:
        """Have the notes that sound last at least to `tick` in the versions before `close`.

        So the notes of a program that is killed are as long as they were heard.
        """
        self._sounding_tick = tick

    def close(self) -> None:
        """Write the take and sync it to disk. Notes that still sound end at the latest tick, the take at a bar line.

        If that fails, a live recorder warns, and any other raises TakeError.
        """
        if self._closed:
            return
        self._closed = True
        if self._thread is None:
            self._encode()
            self._write_first(self._finish)
            return
        self._ending.set()
        self._thread.join()
        self._write(is_last=True)
        if self.failure is not None:
            self._warn(f"{self.failure} So it is not on disk, or not to its end.")
            return
        # On a full disk there is no space for a second copy; then the whole file stays as it is, with its room.
        with suppress(OSError):
            self._finish()

    def _finish(self) -> None:
        last_tick = max(self._now_tick, self._tracks.last_tick)
        self._file.finish(self._tracks.to_write(self._now_tick), self._tracks.bar_line(last_tick))

    # --- writing ---------------------------------------------------------------------------------------------------

    def _start_writing(self, *, is_new: bool) -> threading.Thread:
        # An empty file was made under a name that nobody asked for, so the take may as well be elsewhere.
        if is_new and not self.path.is_file():
            self._write_first(lambda: self._file.write(self._tracks.to_write(self._now_tick), durable=False))
        else:
            self._write()
        thread = threading.Thread(target=self._write_repeatedly, name="recorder", daemon=True)
        thread.start()
        return thread

    def _write_first(self, write: Callable[[], None]) -> None:
        """Create the folder and write; TakeError with advice, because the user can still name another file."""
        advice = "Name another file with --out FILE.mid."
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "it is a file" if isinstance(error, FileExistsError) else reason_of(error)
            raise TakeError(f'The folder "{folder}" for the take cannot be made: {reason}. {advice}') from error
        try:
            write()
        except OSError as error:
            raise TakeError(f'The take "{self.path}" cannot be written: {reason_of(error)}. {advice}') from error

    def _write_repeatedly(self) -> None:
        while not self._ending.wait(self._write_every_s * (1 if self.failure is None else RETRY_AFTER_WRITES)):
            self._write()

    def _write(self, *, is_last: bool = False) -> None:
        """Write what is new, elsewhere if that fails. Called by one thread at a time."""
        self._encode()
        is_durable = is_last or time.monotonic() >= self._sync_due_s
        try:
            end_tick = self._now_tick if is_last else max(self._now_tick, self._sounding_tick)
            self._file.write(self._tracks.to_write(end_tick), durable=is_durable)
        except OSError as error:
            self._denials += 1
            may_be_brief = isinstance(error, PermissionError) and self._denials < MAX_DENIALS
            if is_last or not may_be_brief:
                self._rescue(error, is_last=is_last)
            return
        self._denials = 0
        if is_durable:
            self._sync_due_s = time.monotonic() + SYNC_EVERY_S
        if self.failure is not None:
            self._tell_rescued(self.path, f"The take could be written after all, and whole: {self.path}")

    def _encode(self) -> None:
        while self._unencoded:
            tick, content = self._unencoded.popleft()
            if isinstance(content, bytes):
                self._tracks.send(tick, content)
            elif isinstance(content, str):
                self._tracks.add_text(tick, content)
            elif isinstance(content, TimeSignature):
                self._tracks.set_meter(tick, content)
            else:
                self._tracks.set_tempo(tick, content)

    # --- elsewhere -------------------------------------------------------------------------------------------------

    def _rescue(self, error: OSError, *, is_last: bool) -> None:
        """Write the whole take to the first place that can be written: where it was requested, or in a refuge."""
        failed = self._rescue_to(self._requested_path)
        if failed is None:
            if self.failure is not None or self.path != self._requested_path:
                text = f"The take could be written after all, and whole: {self._requested_path}"
            else:
                text = f"The take was gone ({reason_of(error)}). It is there again, and whole: {self._requested_path}"
            self._tell_rescued(self._requested_path, text)
            return
        for folder in self._refuges():
            try:
                path = new_file_like(self._requested_path, folder)
            except OSError:
                continue
            if self._rescue_to(path) is None:
                reason = f'The take cannot be written to "{self.path}": {reason_of(failed)}.'
                self._tell_rescued(path, f"{reason} It goes on, and whole, in {path}")
                return
            with suppress(OSError):
                path.unlink()
        if self.failure is None:
            self.failure = f'The take cannot be written to "{self.path}": {reason_of(failed)}; nor to any other folder.'
            self._tell_path(None)
            if not is_last:
                self._warn(f"{self.failure} The music goes on, and the take waits in memory until one can be written.")

    def _rescue_to(self, path: Path) -> OSError | None:
        """Write the whole take to a path; return the error if that fails."""
        file = GrowingFile(path)
        try:
            with suppress(FileExistsError):  # It is a file, for which the next line has a better reason.
                path.parent.mkdir(parents=True, exist_ok=True)
            file.write(self._tracks.to_write(self._now_tick), durable=True)
        except OSError as error:
            return error
        self._file = file
        return None

    def _tell_rescued(self, path: Path, text: str) -> None:
        self.path, self.failure, self._denials = path, None, 0
        self._warn(text)
        self._tell_path(path)
