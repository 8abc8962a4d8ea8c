"""Writes the output of a take on a thread of its own, so that nobody who watches can hold up the music."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable

from musicgen_live.cli.streams import Output

MAX_WAITING_CHARS = 1_000_000
"""Some twenty minutes of the events of a take."""

CLOSE_LIMIT_S = 0.8
"""The longest wait at the end for whoever reads: Ctrl-C has to end a take within two seconds."""


class BackgroundWriter:
    """Takes text from any thread without ever waiting. What finds no room is left out, and counted."""

    def __init__(self, output: Output, on_reader_gone: Callable[[], None], left_out: Callable[[int], str]) -> None:
        """Write to a raw stream.

        The writer's thread calls `on_reader_gone` when the reader of a pipe has ended. `left_out` makes the text that
        says how many texts were left out, once the reader goes on reading.
        """
        self._output = output
        self._encoding = sys.stdout.encoding  # Now: the screen puts another stream there.
        self._on_reader_gone = on_reader_gone
        self._left_out_text = left_out
        self._left_out = 0
        self._waiting: deque[str] = deque()
        self._waiting_chars = 0
        self._is_closed = False
        self._changed = threading.Condition()
        # A daemon: it may be held up for ever.
        self._thread = threading.Thread(target=self._run, name="output", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Have a text written; return its length, or 0 if there is no room for it."""
        with self._changed:
            if self._waiting_chars + len(text) > MAX_WAITING_CHARS:
                self._left_out += 1
                return 0
            self._waiting.append(text)
            self._waiting_chars += len(text)
            self._changed.notify()
        return len(text)

    def close(self) -> None:
        """Wait until all is written, `CLOSE_LIMIT_S` at most; a second call does nothing."""
        with self._changed:
            if self._is_closed:
                return
            self._is_closed = True
            self._changed.notify()
        self._thread.join(CLOSE_LIMIT_S)
        if self._thread.is_alive():
            sys.stderr.write("Standard output was not read, so the rest of it is lost; the take is not.\n")

    def _run(self) -> None:
        while text := self._next_text():
            data = text.encode(self._encoding, "backslashreplace")
            while data:
                data = data[self._output.write(data) :]
            if not self._output.has_reader:
                self._on_reader_gone()
                return

    def _next_text(self) -> str:
        """Return all that waits; wait for it. Empty when the writer is closed and all is written."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._left_out or self._is_closed)
            text = "".join(self._waiting)
            self._waiting.clear()
            self._waiting_chars = 0
            if self._left_out:
                text += self._left_out_text(self._left_out)
                self._left_out = 0
        return text
