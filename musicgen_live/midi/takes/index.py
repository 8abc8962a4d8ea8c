"""The list of takes: a file with a line of JSON for each, which can be made again from the takes themselves.

Only what a user says of a take, that it is a favourite, is nowhere else. The file is replaced as a whole, under a lock,
so a crash leaves the old list or the new one, and two programs lose nothing of each other.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from musicgen_live.config.file_lock import try_lock
from musicgen_live.config.files import is_file, is_folder, read_regular, reason_of, replace_text
from musicgen_live.errors import TakeError
from musicgen_live.midi.takes.reading import read_take

MOST_BYTES = 64_000_000
"""Some 200,000 takes."""
LOCK_WAIT_S = 5.0
_LOCK_RETRY_S = 0.02
_MOST_NAMED = 3
"""The number of files that a message names."""


@dataclass(frozen=True)
class TakeEntry:
    """A take in the list."""

    path: Path
    preset: str
    seed: int
    version: str
    recorded_at_s: float
    """The moment of the last change of the file, in seconds since 1970."""
    size: int
    """The size of the file in bytes, by which a take that has changed is noticed."""
    notes: int
    seconds: float
    bars: str | None = None
    """The bars that were kept, such as `9-16`; None for a whole take."""
    steered: tuple[str, ...] = ()
    has_musician: bool = False
    favourite: bool = False
    is_there: bool = True
    """False if the folder of its file is not there now, such as that of a disk that is not connected."""

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return self.path.stem

    def to_json(self) -> dict[str, Any]:
        """Return the line of the take as values of JSON."""
        values = {**asdict(self), "path": str(self.path), "steered": list(self.steered)}
        del values["is_there"]
        return values

    @classmethod
    def from_json(cls, values: object) -> TakeEntry:
        """Return the entry of a line; ValueError if it is none."""
        if not isinstance(values, dict):
            raise ValueError("a line is no object")
        known = {name: value for name, value in values.items() if name in _KINDS}
        for name, value in known.items():
            if not isinstance(value, _KINDS[name]):
                raise ValueError(f"{name} is {value!r}")
        try:
            entry = cls(**known)
        except TypeError as error:
            raise ValueError("a line is incomplete") from error
        return replace(entry, path=Path(entry.path), steered=tuple(map(str, entry.steered)))


_KINDS: dict[str, Any] = {
    **dict.fromkeys(("path", "preset", "version"), str),
    **dict.fromkeys(("seed", "size", "notes"), int),
    **dict.fromkeys(("recorded_at_s", "seconds"), (float, int)),
    **dict.fromkeys(("has_musician", "favourite"), bool),
    "bars": (str, type(None)),
    "steered": list,
}
"""The fields of a line, with the types of their values."""


class TakeIndex:
    """The list of takes in a file, which need not be there yet."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        """`say` gets what is wrong with the list or with files, none of which stops anything."""
        self._path = path
        self._say = say

    def entries(self, folders: Iterable[Path] = ()) -> list[TakeEntry]:
        """Return all takes, the latest first, after a look at the files: those in `folders`, and beside known takes.

        A take that is not listed yet, or has changed, is read. A take whose file is gone is forgotten, unless its
        folder is gone with it.
        """
        with self._locked():
            known, is_whole = self._read()
            entries = self._looked_up(known, [*folders, *(entry.path.parent for entry in known.values())])
            if entries != known or not is_whole:
                self._write(entries)
        found = [replace(entry, is_there=is_file(entry.path)) for entry in entries.values()]
        return sorted(found, key=lambda entry: (entry.recorded_at_s, entry.name), reverse=True)

    def add(self, path: Path) -> None:
        """Add a take, or bring it up to date."""
        self._change(lambda entries: entries.update(self._read_takes([path.absolute()], entries)))

    def set_favourite(self, entry: TakeEntry, *, favourite: bool) -> TakeEntry:
        """Make a take a favourite, or no longer; return it as it is now."""
        changed = replace(entry, favourite=favourite)
        self._change(lambda entries: entries.update({entry.path: changed}))
        return changed

    def rename(self, entry: TakeEntry, path: Path) -> TakeEntry:
        """Give the file of a take another path in its folder; TakeError if there is such a file, or if it fails."""
        renamed = replace(entry, path=path)
        with self._locked():
            if path.exists():
                raise TakeError(f'there is a file "{path.name}" already; choose another name')
            try:
                entry.path.rename(path)
            except OSError as error:
                raise TakeError(f'"{entry.path}" cannot be renamed: {reason_of(error)}') from error
            entries, _ = self._read()
            entries.pop(entry.path, None)
            self._write({**entries, path: renamed})
        return renamed

    def _change(self, change: Callable[[dict[Path, TakeEntry]], None]) -> None:
        with self._locked():
            entries, _ = self._read()
            change(entries)
            self._write(entries)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock, or go on without it where there can be none: then the list cannot be written either."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.with_suffix(".lock").open("ab")
        except OSError:
            yield
            return
        with file:
            end_s = time.monotonic() + LOCK_WAIT_S
            while not try_lock(file) and time.monotonic() < end_s:
                time.sleep(_LOCK_RETRY_S)
            yield

    def _read(self) -> tuple[dict[Path, TakeEntry], bool]:
        """Return the entries of the file by their paths, and whether it is whole; what is not, is said and left out."""
        try:
            text = read_regular(self._path, most_bytes=MOST_BYTES).decode("utf-8", "replace")
        except (FileNotFoundError, NotADirectoryError):
            return {}, True
        except OSError as error:
            self._say(
                f"The list of takes, {self._path}, cannot be read ({reason_of(error)}); the takes are looked for."
            )
            return {}, True
        entries: dict[Path, TakeEntry] = {}
        damaged: list[int] = []
        for number, line in enumerate(text.splitlines(), 1):
            try:
                entry = TakeEntry.from_json(json.loads(line))
                entries[entry.path] = entry
            except (ValueError, RecursionError):
                damaged.append(number)
        if damaged:
            numbers = ", ".join(map(str, damaged[:_MOST_NAMED]))
            self._say(f"{self._path}: {len(damaged)} damaged lines are left out (number {numbers}).")
        return entries, not damaged

    def _write(self, entries: dict[Path, TakeEntry]) -> None:
        """Replace the file; a failure is said, because the takes themselves are safe."""
        text = "".join(f"{json.dumps(entry.to_json())}\n" for entry in entries.values())
        try:
            replace_text(self._path, text)
        except OSError as error:
            self._say(f"The list of takes, {self._path}, cannot be written ({reason_of(error)}); the takes are safe.")

    # --- the files -------------------------------------------------------------------------------------------------

    def _looked_up(self, known: dict[Path, TakeEntry], folders: Iterable[Path]) -> dict[Path, TakeEntry]:
        """Return the entries of the takes that there are."""
        found: list[Path] = []
        for folder in dict.fromkeys(folder.absolute() for folder in folders):
            with suppress(OSError):
                found += [
                    Path(file.path) for file in os.scandir(folder) if file.name.lower().endswith((".mid", ".midi"))
                ]
        entries, gone = {}, []
        for path, entry in known.items():
            if is_folder(path.parent) and not is_file(path):
                gone.append(entry.name)
            else:
                entries[path] = entry
        if gone:
            self._say(f"No longer there, and forgotten: {_named(gone)}.")
        return {**entries, **self._read_takes(found, entries)}

    def _read_takes(self, paths: Iterable[Path], known: dict[Path, TakeEntry]) -> dict[Path, TakeEntry]:
        """Return entries for the takes that are new or have changed; other MIDI files are passed over."""
        read: dict[Path, TakeEntry] = {}
        unreadable: list[str] = []
        for path in paths:
            try:
                state = path.stat()
                before = known.get(path)
                if before and (before.size, before.recorded_at_s) == (state.st_size, state.st_mtime):
                    continue
                take = read_take(path)
            except OSError:
                continue  # It went away just now.
            except TakeError as error:
                unreadable.append(str(error))
                continue
            if take is not None:
                label = take.label
                read[path] = TakeEntry(
                    path,
                    label.preset,
                    label.seed,
                    label.version,
                    state.st_mtime,
                    state.st_size,
                    take.notes,
                    round(take.seconds, 3),
                    label.bars,
                    label.steered,
                    label.has_musician,
                    favourite=before is not None and before.favourite,
                )
        if unreadable:
            self._say(f"Left out: {_named(unreadable)}.")
        return read


def _named(texts: list[str]) -> str:
    """Return the first texts, and how many more there are."""
    more = len(texts) - _MOST_NAMED
    return "; ".join(texts[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
