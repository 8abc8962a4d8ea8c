"""Where takes lie: names that sort by time and are never given twice, and files that are whole or not there."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_writer import Track, midi_file

_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_LONGEST_STEM = 80
_MOST_IN_A_SECOND = 1000

_EMPTY_TAKE = midi_file([Track().chunk(0), Track().chunk(0)])


def new_take_path(folder: Path, when: time.struct_time, stem: str) -> Path:
    """Make a new, empty take such as `2026-11-22 14.03.07 classic.mid` in `folder`, and the folder if need be.

    `stem` loses what Windows does not allow in names. If the name is taken, `_02` follows, `_03` and so on (an
    underscore sorts after the dot, so the first stays first). The file is made by this call alone, so two programs
    never share one. Raises TakeError if it cannot be made.
    """
    cleaned = _NOT_IN_NAMES.sub(" ", stem)[:_LONGEST_STEM].strip(" .") or "take"
    name = f"{time.strftime('%Y-%m-%d %H.%M.%S', when)} {cleaned}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_IN_A_SECOND):
            path = folder / (f"{name}.mid" if number == 1 else f"{name}_{number:02}.mid")
            with suppress(FileExistsError), path.open("xb", buffering=0) as created:
                created.write(_EMPTY_TAKE)
                return path
    except OSError as error:
        raise TakeError(
            f'No take can be made in the folder "{folder}": {error.strerror or error}. '
            "Name another file with --out FILE.mid, or play without recording: --no-record."
        ) from error
    raise TakeError(f'The folder "{folder}" has {_MOST_IN_A_SECOND} takes of this second already.')


def write_whole(path: Path, content: bytes, *, durable: bool) -> None:
    """Put `content` in the place of `path` at once: a reader sees the old file or the new one, never a part.

    `durable` also waits for the disk, so that it outlives a power cut. Raises OSError, with `path` and the folder as
    they were. `files.replacing` always waits for the disk and makes its own name each time, which a take that is
    rewritten twice a second beside a player cannot have.
    """
    # One name a take, so that a process killed here leaves one stray file at most; its next writer overwrites it.
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb", buffering=0) as written:
            remaining = memoryview(content)
            while remaining:
                remaining = remaining[written.write(remaining) :]
            if durable:
                os.fsync(written.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
