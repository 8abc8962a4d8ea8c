"""What C libraries print: kept off the user's screen and kept for the log. Knows file descriptors, not MIDI."""

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

# The two descriptors belong to the whole process, so the lock that guards them does too. Re-entrant: captures nest.
_descriptors = threading.RLock()


@contextmanager
def captured_c_output() -> Iterator[None]:
    """For the length of the block, what anything prints on descriptors 1 and 2 goes to the debug log instead.

    For a few milliseconds around one call into C: what other threads of this process print meanwhile is caught too,
    unless `diverted_c_output` is in force, which gives Python's own streams descriptors of their own. The descriptors
    are put back however the block ends.
    """
    with _descriptors:
        caught = b""
        try:
            with ExitStack() as undo:
                sink = undo.enter_context(_sink())
                _flush_c_streams()
                for descriptor in (STDOUT, STDERR):
                    undo.enter_context(_pointed_at(descriptor, sink.fileno()))
                try:
                    yield
                finally:
                    _flush_c_streams()
                    caught = _content(sink)
        finally:
            _log_lines(caught)


@contextmanager
def diverted_c_output() -> Iterator[None]:
    """For the life of a program, descriptors 1 and 2 feed the debug log; Python's own streams keep the real ones.

    A JACK client's own threads print when the server dies, at no moment that one could foresee, so a program that
    keeps a port open runs inside this. Enter it once, in the main thread, before logging handlers and the screen
    take hold of `sys.stderr`. Child processes inherit the diverted descriptors unless they are given others. Where
    pipes cannot be made non-blocking (Windows before Python 3.12) the text is dropped instead of logged.
    """
    with ExitStack() as undo:
        for name, descriptor in (("stdout", STDOUT), ("stderr", STDERR)):
            undo.enter_context(_python_stream_kept(name, descriptor))
        target = undo.enter_context(_logging_pipe() if os.name == "posix" else _null())
        _flush_c_streams()
        for descriptor in (STDOUT, STDERR):
            undo.enter_context(_pointed_at(descriptor, target))
        undo.callback(_flush_c_streams)
        yield


@contextmanager
def _pointed_at(descriptor: int, target: int) -> Iterator[None]:
    """`descriptor` means `target` inside the block; a descriptor that is closed (a daemon's) stays closed."""
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


def _sink() -> IO[bytes]:
    """A file of no name to catch text in; where none can be made (a full disk) the text is let go."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return open(os.devnull, "r+b")  # noqa: PTH123 (the caller closes it)


def _content(sink: IO[bytes]) -> bytes:
    # Reads by position: the C side moved the shared offset, and a device such as the null one cannot seek.
    with suppress(OSError):
        sink.seek(0)
        return sink.read()
    return b""


@contextmanager
def _null() -> Iterator[int]:
    with open(os.devnull, "wb") as null:  # noqa: PTH123
        yield null.fileno()


@contextmanager
def _logging_pipe() -> Iterator[int]:
    """The end of a pipe whose lines are logged, and which never blocks its writer.

    C code that prints while it holds the interpreter would wait for ever on a full pipe whose reader needs the
    interpreter, so what does not fit is dropped.
    """
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    reader = threading.Thread(target=_log_pipe, args=(read_end,), name="c-output", daemon=True)
    reader.start()
    try:
        yield write_end
    finally:
        os.close(write_end)
        # A child process that inherited the other end may keep it open for long; the reader is not worth that wait.
        reader.join(timeout=0.2)


def _log_pipe(read_end: int) -> None:
    with open(read_end, "rb") as pipe:
        for line in pipe:
            _log_lines(line)


@contextmanager
def _python_stream_kept(name: str, descriptor: int) -> Iterator[None]:
    """`sys.stdout` or `sys.stderr` on a descriptor of its own, if it was on the well-known one."""
    stream: TextIO = getattr(sys, name)
    try:
        is_on_it = stream is not None and stream.fileno() == descriptor
    except (OSError, ValueError):  # a stream with no descriptor behind it
        is_on_it = False
    if not is_on_it:
        yield
        return
    stream.flush()
    own = os.fdopen(os.dup(descriptor), "wb", buffering=0 if name == "stderr" else -1)
    kept = io.TextIOWrapper(
        own,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=getattr(stream, "line_buffering", True),
        write_through=name == "stderr",
    )
    setattr(sys, name, kept)
    try:
        yield
    finally:
        setattr(sys, name, stream)
        # A reader that has gone (`| head`) is the program's affair on its own streams, not at this seam.
        with suppress(OSError):
            kept.close()


def _flush_c_streams() -> None:
    """C's `stdout` is buffered on a pipe: what waits there would come out after the descriptors are put back."""
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)


def _log_lines(text: bytes) -> None:
    for line in text.decode("utf-8", "replace").splitlines():
        if line.strip():
            _log.debug("a MIDI library printed: %s", line.strip())
