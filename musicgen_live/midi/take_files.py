"""Names and writes the files of takes: unique names that sort by time, and files that are never incomplete."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_writer import Track, midi_file

_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_MAX_STEM_LENGTH = 80
_MAX_TAKES_PER_SECOND = 1000

_EMPTY_TAKE = midi_file([Track().chunk(0), Track().chunk(0)])


def new_take_path(folder: Path, when: time.struct_time, stem: str) -> Path:
    """Create an empty take such as `2026-11-22 14.03.07 classic.mid` in `folder`, and the folder if necessary.

    Characters that Windows does not allow in names are removed from `stem`. If the name exists, `_02` follows, `_03`
    and so on (an underscore sorts after the dot, so the first stays first). Creation is exclusive, so two programs
    never share a file. Raises TakeError if it fails.
    """
    cleaned = _FORBIDDEN_IN_NAMES.sub(" ", stem)[:_MAX_STEM_LENGTH].strip(" .") or "take"
    name = f"{time.strftime('%Y-%m-%d %H.%M.%S', when)} {cleaned}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MAX_TAKES_PER_SECOND):
            path = folder / (f"{name}.mid" if number == 1 else f"{name}_{number:02}.mid")
            with suppress(FileExistsError), path.open("xb", buffering=0) as file:
                file.write(_EMPTY_TAKE)
                return path
    except OSError as error:
        raise TakeError(
            f'No take can be made in the folder "{folder}": {error.strerror or error}. '
            "Name another file with --out FILE.mid, or play without recording: --no-record."
        ) from error
    raise TakeError(f'The folder "{folder}" has {_MAX_TAKES_PER_SECOND} takes of this second already.')


def write_whole(path: Path, content: bytes, *, durable: bool) -> None:
    """Replace the content of `path` atomically: a reader sees the old file or the new one, never a part.

    `durable` also waits for the disk, so that the file survives a power cut. Raises OSError and leaves `path` and the
    folder as they were. `files.replacing` always waits for the disk and uses a new temporary name each time; both are
    wrong for a take that is rewritten twice per second beside a player.
    """
    # One temporary name per take, so that a killed process leaves at most one stray file, which the next write reuses.
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb", buffering=0) as file:
            remaining = memoryview(content)
            while remaining:
                remaining = remaining[file.write(remaining) :]
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
