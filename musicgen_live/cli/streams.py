"""Standard streams that always exist and never raise: a full disk or a reader that has gone ends no command."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, TextIO, cast

from musicgen_live.config.files import reason_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDERR_LIMIT_S = 0.2
"""The longest wait for standard error. A stopped terminal takes nothing, and must not keep a program from its end."""

_RETRY_S = 0.01


class Output(io.RawIOBase):
    """A raw stream that writes to another one until that fails, and drops everything afterwards."""

    def __init__(self, raw: io.RawIOBase, *, name: str = "", limit_s: float | None = None) -> None:
        """Write to a raw stream.

        The first failure is told on standard error, about the stream `name`, unless that is empty or its reader has
        gone, as `head` does when it has read enough. With `limit_s`, drop what cannot be written by then.
        """
        self._raw = raw
        self._name = name
        self._limit_s = limit_s
        self.failure: OSError | None = None
        """The reason why nothing can be written any more."""

    @property
    def has_reader(self) -> bool:
        """False if the program that read the stream has gone."""
        return not isinstance(self.failure, BrokenPipeError)

    @property
    def is_broken(self) -> bool:
        """True if text was lost that somebody wanted to have."""
        return self.failure is not None and self.has_reader

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the stream below."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Return True for a terminal."""
        return self._raw.isatty()

    def write(self, data: WriteableBuffer, /) -> int:
        """Write all that can be written, and return the number of bytes given: nothing is left to do."""
        rest = memoryview(data).cast("B")
        given = len(rest)
        while rest and self.failure is None and self._is_ready():
            try:
                written = self._raw.write(rest)
            except OSError as error:
                self._fail(error)
                break
            if written is None:
                # A descriptor that another program has set not to block, and that is full.
                time.sleep(_RETRY_S)
            else:
                rest = rest[written:]
        return given

    def _is_ready(self) -> bool:
        if self._limit_s is None or sys.platform == "win32":
            return True
        try:
            return bool(select.select([], [self._raw], [], self._limit_s)[1])
        except (OSError, ValueError):
            return True  # The write says what is wrong.

    def _fail(self, error: OSError) -> None:
        self.failure = error
        if self._name and self.has_reader:
            reason = "it is closed" if error.errno == errno.EBADF else reason_of(error)
            sys.stderr.write(f"Error: {self._name} cannot be written ({reason}), so nothing more is printed there.\n")


@contextmanager
def protected_streams() -> Iterator[Output]:
    """Replace the standard streams of this process for the length of a block; yield the raw standard output.

    A stream that is closed gets its descriptor back, so that no file which is opened later takes its place; what is
    written to it fails.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    # In the order of their descriptors: an opened file takes the lowest that is free.
    if before[0] is None:
        sys.stdin = open(_occupied_descriptor(), encoding="utf-8", closefd=False)  # noqa: SIM115 (open to the end)
    stdout = Output(_raw_of(before[1]), name="Standard output")
    stderr = Output(_raw_of(before[2]), limit_s=STDERR_LIMIT_S)
    sys.stdout, sys.stderr = _text_over(stdout, before[1]), _text_over(stderr, before[2])
    try:
        yield stdout
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdin, sys.stdout, sys.stderr = before


def raw_stdout() -> Output:
    """Return the raw standard output, for a thread that may be held up in it."""
    sys.stdout.flush()
    raw = _raw_of(sys.stdout)
    return raw if isinstance(raw, Output) else Output(raw)


def _raw_of(stream: TextIO | None) -> io.RawIOBase:
    if stream is None:
        return io.FileIO(_occupied_descriptor(), "w", closefd=False)
    return cast("io.RawIOBase", getattr(stream.buffer, "raw", stream.buffer))


def _occupied_descriptor() -> int:
    # For reading: writing to it fails, as it does to a closed one.
    return os.open(os.devnull, os.O_RDONLY)


def _text_over(raw: Output, stream: TextIO | None) -> io.TextIOWrapper:
    # Names of files may hold bytes that are no text, and the encoding of a terminal may lack a character.
    # No `BufferedWriter` between them: interrupted by Ctrl-C right behind a write, it would write the same once more.
    return io.TextIOWrapper(
        cast("IO[bytes]", raw),
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace",
        line_buffering=raw.isatty() or stream is sys.stderr or stream is None,
    )
