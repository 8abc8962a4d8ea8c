"""Finds the MIDI files in a folder and reads their bytes, without parsing them."""

from __future__ import annotations

import os
from pathlib import Path

from musicgen_live.config.files import is_file, is_folder, read_regular, reason_of
from musicgen_live.errors import TrainingError
from musicgen_live.midi.file_reader import MOST_BYTES
from musicgen_live.midi.file_type import UnreadableError

MIDI_SUFFIXES = (".mid", ".midi")


def find_midi(folder: Path) -> dict[str, str]:
    """Return every `.mid` and `.midi` file (any case) under `folder`, sorted by name; TrainingError if there is none.

    The key is the file's name for people, the value its path from the folder, for `path_in`: the same text, unless the
    path is not UTF-8. The search follows links to folders and visits each folder once.
    """
    if is_file(folder):
        raise TrainingError(f"{folder} is a file; give the folder it lies in")
    if not is_folder(folder):
        raise TrainingError(f"there is no folder {folder}; give the folder your MIDI files lie in")
    found: dict[str, str] = {}
    visited = set()
    for path, subfolders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(path)
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        subfolders.sort()
        inside = Path(path).relative_to(folder).as_posix()
        for file in files:
            if file.lower().endswith(MIDI_SUFFIXES):
                midi = file if inside == "." else f"{inside}/{file}"
                name = in_utf8(midi)
                # One string in place of two equal ones, which a hundred thousand files notice.
                found[name] = name if name == midi else midi
    if not found:
        raise TrainingError(f"{folder} holds no MIDI files; looked for {' and '.join(MIDI_SUFFIXES)}, in any case")
    return {name: found[name] for name in sorted(found)}


def path_in(folder: Path, path: str) -> str:
    """Return the path of a file that `find_midi` found in a folder.

    It is text: a Path keeps each of its parts in a table of Python's that grows with their number.
    """
    return os.path.join(folder, path)  # noqa: PTH118


def contents(path: Path | str) -> bytes:
    """Return the bytes of a file; UnreadableError if it cannot be opened or cannot be a MIDI file."""
    try:
        return read_regular(path, most_bytes=MOST_BYTES)
    except FileNotFoundError:
        raise UnreadableError("it is gone, or a link to a file that is not there") from None
    except OSError as error:
        raise UnreadableError(f"cannot be opened ({reason_of(error)})") from error


def size_of(path: str) -> int:
    """Return the size of a file in bytes, as its folder says; 0 if it is not there."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 (as in `path_in`)
    except OSError:
        return 0


def in_utf8(name: str) -> str:
    """Return a file's name, or an argument of a command, with an escape sequence for every byte that is not UTF-8.

    On Linux both may be any bytes; data sets, models and terminals take UTF-8 alone.
    """
    return os.fsencode(name).decode("utf-8", "backslashreplace")
