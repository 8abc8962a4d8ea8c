"""Redirects the output of C libraries from the screen to the debug log. Knows file descriptors, not MIDI."""

from __future__ import annotations

import ctypes
import io
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TextIO

_log = logging.getLogger(__name__)

STDOUT, STDERR = 1, 2

# One lock for the process, because the two descriptors belong to the process. Re-entrant, because captures nest.
_descriptors_lock = threading.RLock()


@contextmanager
def captured_c_output() -> Iterator[None]:
    """Send all output on descriptors 1 and 2 to the debug log during the block, and restore them after it.

    Use it for a few milliseconds around one call into C. It also catches the output of other threads of this process,
    unless `diverted_c_output` is active, which gives Python's own streams separate descriptors.
    """
    with _descriptors_lock:
        captured = b""
        try:
            with ExitStack() as undo:
                buffer = undo.enter_context(_buffer_file())
                _flush_c_streams()
                for descriptor in (STDOUT, STDERR):
                    undo.enter_context(_redirected(descriptor, buffer.fileno()))
                try:
                    yield
                finally:
                    _flush_c_streams()
                    captured = _content(buffer)
        finally:
            _log_lines(captured)


@contextmanager
def diverted_c_output() -> Iterator[None]:
    """Send descriptors 1 and 2 to the debug log during the block; Python's own streams keep the real ones.

    A JACK client's own threads print when the server dies, at an unpredictable moment, so a program that keeps a port
    open runs inside this. Enter it once, in the main thread, before logging handlers and the screen use `sys.stderr`.
    Child processes inherit the diverted descriptors unless they are given others. Windows before Python 3.12 has no
    non-blocking pipes; there the text is dropped instead of logged.
    """
    with ExitStack() as undo:
        for name, descriptor in (("stdout", STDOUT), ("stderr", STDERR)):
            undo.enter_context(_python_stream_moved(name, descriptor))
        target = undo.enter_context(_logging_pipe() if os.name == "posix" else _null())
        _flush_c_streams()
        for descriptor in (STDOUT, STDERR):
            undo.enter_context(_redirected(descriptor, target))
        undo.callback(_flush_c_streams)
        yield


@contextmanager
def _redirected(descriptor: int, target: int) -> Iterator[None]:
    """Redirect `descriptor` to `target` during the block; a closed descriptor (a daemon's) stays closed."""
    try:
        original = os.dup(descriptor)
    except OSError:
        yield
        return
    try:
        os.dup2(target, descriptor)
        yield
    finally:
        os.dup2(original, descriptor)
        os.close(original)


def _buffer_file() -> IO[bytes]:
    """Return an unnamed file to capture text in; the null device if the disk is full, which drops the text."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return open(os.devnull, "r+b")  # noqa: PTH123 (the caller closes it)


def _content(buffer: IO[bytes]) -> bytes:
    # The C side moved the shared offset, so seek first; the null device cannot.
    with suppress(OSError):
        buffer.seek(0)
        return buffer.read()
    return b""


@contextmanager
def _null() -> Iterator[int]:
    with open(os.devnull, "wb") as null:  # noqa: PTH123
        yield null.fileno()


@contextmanager
def _logging_pipe() -> Iterator[int]:
    """Yield the write end of a pipe that logs every line and never blocks its writer.

    C code that prints while it holds the interpreter lock would wait for ever on a full pipe, because the reader needs
    that lock. So text that does not fit is dropped.
    """
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    reader = threading.Thread(target=_log_pipe, args=(read_end,), name="c-output", daemon=True)
    reader.start()
    try:
        yield write_end
    finally:
        os.close(write_end)
        # A child process that inherited the write end may keep it open for long; do not wait for that.
        reader.join(timeout=0.2)


def _log_pipe(read_end: int) -> None:
    with open(read_end, "rb") as pipe:
        for line in pipe:
            _log_lines(line)


@contextmanager
def _python_stream_moved(name: str, descriptor: int) -> Iterator[None]:
    """Move `sys.stdout` or `sys.stderr` to a copy of its descriptor, if it used that one."""
    stream: TextIO = getattr(sys, name)
    try:
        uses_descriptor = stream is not None and stream.fileno() == descriptor
    except (OSError, ValueError):  # a stream with no descriptor behind it
        uses_descriptor = False
    if not uses_descriptor:
        yield
        return
    stream.flush()
    copy = os.fdopen(os.dup(descriptor), "wb", buffering=0 if name == "stderr" else -1)
    moved = io.TextIOWrapper(
        copy,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=getattr(stream, "line_buffering", True),
        write_through=name == "stderr",
    )
    setattr(sys, name, moved)
    try:
        yield
    finally:
        setattr(sys, name, stream)
        # If the reader is gone (`| head`), the program notices on its own streams.
        with suppress(OSError):
            moved.close()


def _flush_c_streams() -> None:
    """Flush C's `stdout`, which is buffered on a pipe: its text would appear after the descriptors are restored."""
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)


def _log_lines(text: bytes) -> None:
    for line in text.decode("utf-8", "replace").splitlines():
        if line.strip():
            _log.debug("a MIDI library printed: %s", line.strip())
