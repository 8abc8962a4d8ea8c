"""Finds the MIDI files in a folder and reads their bytes, without parsing them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from musicgen_live.errors import TrainingError
from training.data.file_type import UnreadableError
from training.data.parsing import LARGEST_FILE_BYTES

MIDI_SUFFIXES = (".mid", ".midi")


def find_midi(folder: Path) -> dict[str, Path]:
    """Return every `.mid` and `.midi` file (any case) under `folder`, sorted by name; TrainingError if there is none.

    A name is the path from the folder, with `/` on every system. The search follows links to folders and visits each
    folder once.
    """
    if not folder.exists():
        raise TrainingError(f"there is no folder {folder}; give the folder your MIDI files lie in")
    if not folder.is_dir():
        raise TrainingError(f"{folder} is a file; give the folder it lies in")
    found: dict[str, Path] = {}
    visited = set()
    for path, subfolders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(path)
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        subfolders.sort()
        for file in files:
            if file.lower().endswith(MIDI_SUFFIXES):
                midi = Path(path, file)
                found[_name(midi, folder)] = midi
    if not found:
        raise TrainingError(f"{folder} holds no MIDI files; looked for {' and '.join(MIDI_SUFFIXES)}, in any case")
    return dict(sorted(found.items()))


def contents(path: Path) -> bytes:
    """Return the bytes of a file; UnreadableError if it cannot be opened or cannot be a MIDI file."""
    try:
        status = path.stat()
        # Opening a named pipe would block forever.
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("not an ordinary file")
        if status.st_size > LARGEST_FILE_BYTES:
            raise UnreadableError(f"too large ({status.st_size / 2**20:.0f} MiB) to be a MIDI file")
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableError("a link to a file that is not there") from None
    except OSError as error:
        raise UnreadableError(f"cannot be opened ({error.strerror})") from error


def _name(path: Path, folder: Path) -> str:
    # File names on Linux may be arbitrary bytes; a data set is JSON in UTF-8.
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")
