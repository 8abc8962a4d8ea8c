"""The player's output to the process that sounds: starts it, feeds it, and starts another one if it is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.errors import SoundError
from musicgen_live.midi.messages import PITCH_BEND, PROGRAM_CHANGE, SYSTEM, is_channel_mode, is_control_change
from musicgen_live.midi.realtime import without_real_time
from musicgen_live.sound.protocol import News, options_to_text, to_record

START_LIMIT_S = 12.0
"""The longest that the music waits for the first process, which needs 0.8 s on a quiet machine; the supervisor of the
player waits for 20 s."""
CLOSE_LIMIT_S = 2.0
"""The last notes fade for a second."""
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
"""The pause before another process is started; it doubles as long as the device stays away."""


class SoundOutput:
    """An output whose messages sound on this machine. Nothing that goes wrong there delays the music.

    A thread starts the process and reads its news. `send` writes to its pipe, and drops messages while there is none.
    """

    def __init__(
        self,
        options: SoundOptions,
        notify: Callable[[str], None],
        *,
        may_be_missing: bool = False,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the process. `notify` gets troubles, from another thread.

        With `may_be_missing`, for a player that replaces another one, `await_ready` does not wait. `now_s` gives the
        moments of messages, on the clock of the process.
        """
        self.name = "the sound of this machine"
        self._options = options
        self._notify = notify
        self._may_be_missing = may_be_missing
        self._now_s = now_s
        self._is_awaited = not may_be_missing
        self._first: SimpleQueue[News] = SimpleQueue()
        self._in_force: dict[bytes, bytes] = {}
        """The latest program and controllers, which another process needs."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: int | None = None
        """The pipe to a process that plays or is about to; None while there is none."""
        self._plays = False
        self._closes = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="sound", daemon=True)
        self._thread.start()

    def __str__(self) -> str:
        return self.name

    @property
    def plays(self) -> bool:
        """True while a process has its device open and its samples loaded."""
        return self._plays

    def await_ready(self) -> None:
        """Wait until the process plays, but not for ever; SoundError if it cannot."""
        if self._may_be_missing:
            return
        try:
            news = self._first.get(timeout=START_LIMIT_S)
        except Empty:
            self._is_awaited = False
            self._notify("The machine is too busy for the sound to begin yet. The music begins; the sound follows.")
            return
        if news.kind != "ready":
            raise SoundError(news.text)
        self.name = news.text

    def send(self, tick: int, message: bytes) -> None:  # noqa: ARG002 (it sounds at once, whatever the tick)
        """Send one message now; those of MIDI clock have no sound."""
        if message[0] >= SYSTEM:
            return
        if is_control_change(message) and not is_channel_mode(message):
            self._in_force[message[:2]] = message
        elif message[0] & 0xF0 in (PROGRAM_CHANGE, PITCH_BEND):
            self._in_force[message[:1]] = message
        self._write(to_record(self._now_s(), message))

    def close(self) -> None:
        """Let the last notes fade, and end the process. A second call does nothing."""
        if self._closes.is_set():
            return
        self._closes.set()
        self._drop_pipe()
        if not self._plays and self._process is not None:
            # It has nothing to fade, and would first load its samples.
            self._process.kill()
        self._thread.join(CLOSE_LIMIT_S)
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _write(self, record: bytes) -> None:
        with self._lock:
            if self._pipe is None or self._process is None:
                return
            try:
                os.write(self._pipe, record)
            except OSError:
                # It stands still, so that its pipe is full, or it is gone. The thread sees its end.
                self._process.kill()

    def _drop_pipe(self) -> None:
        with self._lock:
            pipe, self._pipe = self._pipe, None
            if pipe is not None:
                os.close(pipe)

    def _keep_running(self) -> None:
        retry_s, was_told = FIRST_RETRY_S, False
        has_played = self._may_be_missing
        while not self._closes.is_set():
            last = self._run(was_told=was_told, has_played=has_played)
            if last.kind == "failed" and not has_played and self._is_awaited:
                self._first.put(last)
                return
            if last.kind != "failed":
                retry_s, was_told, has_played = FIRST_RETRY_S, False, True
            if self._closes.is_set():
                return
            if not was_told:
                was_told = True
                self._notify(
                    f"The sound has stopped ({last.text}). The music goes on; the sound begins again as soon as it can."
                )
            self._closes.wait(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    def _run(self, *, was_told: bool, has_played: bool) -> News:
        """Run a process to its end, and return its last news: `failed` if it never played, else `gone`."""
        try:
            process = self._start()
        except OSError as error:
            return News("failed", f"its process could not be started: {error.strerror}")
        last = News("failed", "it ended before it played")
        assert process.stdout is not None
        for line in process.stdout:
            news = News.from_line(line)
            if news.kind == "ready":
                last, self._plays = News("gone", "its process ended"), True
                if was_told:
                    self._notify("The sound is back.")
                if not has_played:
                    self._first.put(news)
            elif news.kind == "trouble":
                self._notify(news.text)
            else:
                last = news
        self._plays = False
        self._drop_pipe()
        process.stdout.close()
        process.wait()
        return last

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "musicgen_live.sound.process", options_to_text(self._options)]
        read, write = os.pipe()
        try:
            with without_real_time():
                process = subprocess.Popen(command, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError:
            os.close(write)
            raise
        finally:
            os.close(read)
        if os.name == "posix":
            # The player never waits for it. On Windows it might, for a process that hangs, behind 300 messages.
            os.set_blocking(write, False)
        with self._lock:
            in_force = list(self._in_force.values())
            # If it has ended already, its output tells why.
            with suppress(BrokenPipeError):
                os.write(write, b"".join(to_record(self._now_s(), message) for message in in_force))
            self._process, self._pipe = process, write
            closes = self._closes.is_set()
        if closes:
            self._drop_pipe()
        return process
