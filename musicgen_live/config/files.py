"""Reads regular files alone, and writes files atomically: a crash leaves the old file or the new one, never a part."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

_BYTES_AT_ONCE = 1 << 16


def open_regular(path: Path | str) -> BinaryIO:
    """Open a file to read its bytes; OSError if it is no regular file: a pipe or a device may never end."""
    # The handle is checked, not the path, so that nothing can be put in its place between check and opening. Without
    # O_NONBLOCK, opening a pipe waits for a writer. Windows lacks some flags; its files are binary only on request.
    flags = ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
    try:
        handle = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in flags))
    except OSError as exc:
        # A socket cannot be opened.
        if exc.errno == errno.ENXIO:
            raise OSError("it is a socket, not a file") from exc
        raise
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise OSError(f"it is {_KINDS[stat.S_IFMT(mode)]}, not a file")
    return os.fdopen(handle, "rb")


def read_regular(path: Path | str, *, most_bytes: int) -> bytes:
    """Return the bytes of a file; OSError if it is no regular file, cannot be read, or has more than `most_bytes`."""
    with open_regular(path) as file:
        parts, left = [], most_bytes + 1
        # One read of all would reserve memory for `most_bytes`, however short the file is.
        while left and (part := file.read(min(left, _BYTES_AT_ONCE))):
            parts.append(part)
            left -= len(part)
        data = b"".join(parts)
        if len(data) > most_bytes:
            size = max(len(data), os.fstat(file.fileno()).st_size)
            size_mb, most_mb = size / 1e6, most_bytes / 1e6
            raise OSError(f"it has {size_mb:,.1f} MB, and at most {most_mb:g} MB are read")
    return data


def check_regular(path: Path) -> None:
    """Raise OSError as from `open_regular`, before a library opens the file by its path."""
    open_regular(path).close()


def exists(path: Path) -> bool:
    """Return True if there is something at the path; never raises: its name may be too long, its folder closed."""
    return _holds(path.exists)


def is_file(path: Path) -> bool:
    """Return True if the path is a regular file; never raises, whatever the name."""
    return _holds(path.is_file)


def is_folder(path: Path) -> bool:
    """Return True if the path is a folder; never raises, whatever the name."""
    return _holds(path.is_dir)


def _holds(test: Callable[[], bool]) -> bool:
    try:
        return test()
    except OSError:
        return False


def check_writable(path: Path) -> None:
    """Raise OSError if a file cannot be written, or its folder cannot be made, so that the user learns it at once."""
    path.exists()  # Raises if its name is too long.
    check_folder_writable(path.parent)


def check_folder_writable(folder: Path) -> None:
    """Raise OSError if nothing can be written into a folder, or it cannot be made."""
    existing = existing_folder(folder)
    if existing.exists() and not existing.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{existing} is a file, not a folder")
    with tempfile.TemporaryFile(dir=existing) as file:
        file.write(b"\0" * 4096)


def further_parts(path: Path) -> Iterator[Path]:
    """Yield the names of the files that continue a file: `evening part 2.mid`, `evening part 3.mid`, and so on."""
    return (path.with_stem(f"{path.stem} part {number}") for number in count(2))


def existing_folder(folder: Path) -> Path:
    """Return a folder if it exists, else the nearest one above it that does; OSError if its name is too long."""
    # On Windows no parent exists if there is no such drive.
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)


def reason_of(error: OSError) -> str:
    """Return the reason of a failure, as the system words it."""
    return error.strerror or str(error)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which replaces it after the block, synced to disk.

    The folder is created if it does not exist. If the block raises, the temporary file is deleted and `path` stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone; set the mode that open() would have set.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write text as UTF-8, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def replace_bytes(path: Path, data: bytes) -> None:
    """Write bytes, atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
