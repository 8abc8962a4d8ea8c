"""Names and writes the files of takes: unique names that sort by time, and files that are never incomplete."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

from musicgen_live.config.files import reason_of
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_writer import Track, midi_file

FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
MAX_STEM_LENGTH = 80
_MAX_SAME_NAMES = 1000

_EMPTY_TAKE = midi_file([Track().chunk(0), Track().chunk(0)])


def cleaned_stem(name: str, otherwise: str = "take") -> str:
    """Return a name without `.mid` and without what systems forbid in names; `otherwise` if nothing is left."""
    stem = FORBIDDEN_IN_NAMES.sub(" ", name.strip().removesuffix(".mid"))
    return stem.strip(" .")[:MAX_STEM_LENGTH].strip(" .") or otherwise


def new_take_path(folder: Path, when: time.struct_time, stem: str) -> Path:
    """Create an empty take such as `2026-11-22 14.03.07 classic.mid` in `folder`, and the folder if necessary.

    `stem` is cleaned as by `cleaned_stem`. If the name exists, `_02` follows, `_03`
    and so on (an underscore sorts after the dot, so the first stays first). Creation is exclusive, so two programs
    never share a file. Raises TakeError if it fails.
    """
    path = Path(f"{time.strftime('%Y-%m-%d %H.%M.%S', when)} {cleaned_stem(stem)}.mid")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return new_file_like(path, folder)
    except OSError as error:
        raise TakeError(
            f'No take can be made in the folder "{folder}": {reason_of(error)}. '
            "Name another file with --out FILE.mid, or play without recording: --no-record."
        ) from error


def new_take_somewhere(folder: Path, when: time.struct_time, stem: str, say: Callable[[str], None]) -> Path:
    """Create an empty take as `new_take_path` does, or else in a refuge, and `say` where.

    Raises TakeError if no folder can be written.
    """
    try:
        return new_take_path(folder, when, stem)
    except TakeError:
        for refuge in refuge_folders():
            with suppress(TakeError):
                path = new_take_path(refuge, when, stem)
                say(f'The folder "{folder}" cannot be written, so what is recorded goes to the folder "{refuge}".')
                return path
        raise


def refuge_folders() -> Iterator[Path]:
    """Yield the folders where a take goes that cannot be written to its own: the home folder, the temporary folder."""
    import tempfile

    with suppress(RuntimeError):  # Nobody's home folder is known.
        yield Path.home()
    with suppress(FileNotFoundError):  # No temporary folder can be written.
        yield Path(tempfile.gettempdir())


def new_file_like(path: Path, folder: Path) -> Path:
    """Create an empty take in `folder` with the name of `path`, or with `_02` and so on; OSError if that fails."""
    for number in range(1, _MAX_SAME_NAMES):
        new = folder / (path.name if number == 1 else f"{path.stem}_{number:02}{path.suffix}")
        with suppress(FileExistsError):
            file = new.open("xb", buffering=0)
            try:
                with file:
                    write_all(file, _EMPTY_TAKE)
            except OSError:
                new.unlink(missing_ok=True)
                raise
            return new
    raise FileExistsError(
        errno.EEXIST, f"{_MAX_SAME_NAMES} files of this name are there already", str(folder / path.name)
    )


def write_all(file: FileIO, content: bytes) -> None:
    """Write all of `content`: a nearly full disk takes a part of it, and fails only at the next write."""
    remaining = memoryview(content)
    while remaining:
        remaining = remaining[file.write(remaining) :]


def write_whole(path: Path, content: Iterable[bytes], *, durable: bool) -> None:
    """Replace the content of `path` atomically: a reader sees the old file or the new one, never a part.

    `durable` also waits for the disk, so that the file survives a power cut. Raises OSError and leaves `path` and the
    folder as they were. `files.replacing` always waits for the disk, which is wrong for the first version of a take,
    and uses a new temporary name each time, which is wrong beside a process that may be killed.
    """
    # One temporary name per take, so that a killed process leaves at most one stray file, which the next write reuses.
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb", buffering=0) as file:
            for piece in content:
                write_all(file, piece)
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
