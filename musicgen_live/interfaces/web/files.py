"""The files of the page: takes by opaque names, and MIDI files that are dropped on it. Knows no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from musicgen_live.config.files import read_regular, reason_of, replace_bytes
from musicgen_live.config.parameter import Change
from musicgen_live.config.user_folder import user_folder
from musicgen_live.errors import SettingsError, TakeError
from musicgen_live.interfaces.events import Ended, Event, Kept, Opened
from musicgen_live.interfaces.web.requests import json_object
from musicgen_live.midi.file_reader import MOST_BYTES, MidiMusic, music_of
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.midi.take_files import cleaned_stem
from musicgen_live.midi.takes.index import TakeEntry, TakeIndex
from musicgen_live.midi.takes.naming import renamed_path

MOST_TAKES = 500
"""The latest takes, which the page lists."""
MOST_NOTES = 20_000
"""Of a file that is shown: an hour of dense music."""
MOST_PROMPTS = 20
"""The files that were dropped to go on from and are kept; older ones are deleted."""


class PageFiles:
    """Lists and changes takes, looks at MIDI files, and has the music go on from one."""

    def __init__(self, index: TakeIndex, takes: Path, on_change: Callable[[Change], None]) -> None:
        """List what `index` has, and the folder `takes`; `on_change` gets the change that goes on from a file."""
        self._index = index
        self._folders = {takes}
        self._recorded: Path | None = None
        """The file of the take that plays."""
        self._on_change = on_change
        self._entries: dict[str, TakeEntry] = {}
        """The takes that were listed, by the names under which pages know them."""

    def handle(self, event: Event) -> None:
        """Look for takes where this one and its kept bars are, too; from any thread."""
        if isinstance(event, Opened) and event.take is not None:
            self._recorded = Path(event.take).absolute()
        elif isinstance(event, Ended):
            self._recorded = None
        path = event.take if isinstance(event, Opened) else event.path if isinstance(event, Kept) else None
        if path is not None:
            self._folders = {*self._folders, Path(path).parent}

    def list_takes(self, _parameters: dict[str, str], _body: bytes) -> dict[str, Any]:
        """Return the latest takes, and all favourites."""
        entries = self._index.entries(self._folders)
        shown = [entry for number, entry in enumerate(entries) if number < MOST_TAKES or entry.favourite]
        self._entries = {_id_of(entry): entry for entry in shown}
        return {"takes": [_row(name, entry) for name, entry in self._entries.items()]}

    def show_take(self, parameters: dict[str, str], _body: bytes) -> dict[str, Any]:
        """Return the notes of a take, and its file in base 64."""
        entry = self._entry(parameters)
        try:
            data = read_regular(entry.path, most_bytes=MOST_BYTES)
        except OSError as error:
            raise TakeError(f"{entry.path.name} cannot be read ({reason_of(error)})") from error
        return {**_shown(data, entry.path.name), "file": entry.path.name, "data": base64.b64encode(data).decode()}

    def change_take(self, parameters: dict[str, str], body: bytes) -> dict[str, Any]:
        """Make a take a favourite or no longer, or give it another name; return it as it is now."""
        entry, wanted = self._entry(parameters), json_object(body)
        if isinstance(favourite := wanted.get("favourite"), bool):
            entry = self._index.set_favourite(entry, favourite=favourite)
        if isinstance(name := wanted.get("name"), str):
            if entry.path == self._recorded:
                raise TakeError("this take is still recorded; give it a name when it is over")
            entry = self._index.rename(entry, renamed_path(entry.path, name))
        self._entries.pop(parameters["id"])
        self._entries[_id_of(entry)] = entry
        return _row(_id_of(entry), entry)

    def look(self, parameters: dict[str, str], body: bytes) -> dict[str, Any]:
        """Return the notes of a MIDI file that was dropped."""
        return _shown(body, parameters.get("name", "The file"))

    def continue_from(self, parameters: dict[str, str], body: bytes) -> dict[str, Any]:
        """Have the music begin again from the end of a MIDI file that was dropped, at the next bar line."""
        name = cleaned_stem(parameters.get("name", ""), "dropped")
        shown = _shown(body, name)
        folder = user_folder() / "prompts"
        path = folder / f"{name}.mid"
        try:
            replace_bytes(path, body)
            old = sorted(folder.glob("*.mid"), key=lambda each: each.stat().st_mtime)[:-MOST_PROMPTS]
            for each in old:
                each.unlink()
        except OSError as error:
            raise TakeError(f"{name}.mid cannot be kept in {folder} ({reason_of(error)})") from error
        self._on_change(Change("restart", str(path)))
        return {"remarks": shown["remarks"]}

    def _entry(self, parameters: dict[str, str]) -> TakeEntry:
        entry = self._entries.get(parameters["id"])
        if entry is None:
            raise SettingsError("this take is not in the list any more; reload the page")
        return entry


def read_dropped(data: bytes, name: str) -> MidiMusic:
    """Read a MIDI file that came from a page; TakeError gives the reason if that is impossible."""
    try:
        return music_of(data)
    except UnreadableError as error:
        raise TakeError(f"{name} cannot be read: {error}") from error


def _shown(data: bytes, name: str) -> dict[str, Any]:
    """Return the notes of a file as `[second, seconds, pitch, velocity]`, its length, and what was not read."""
    music = read_dropped(data, name)
    notes = music.score.notes
    seconds_at = music.seconds_at
    rows = [
        [
            round(start_s := seconds_at(note.start_tick), 3),
            round(seconds_at(note.end_tick) - start_s, 3),
            note.pitch,
            note.velocity,
        ]
        for note in notes[:MOST_NOTES]
    ]
    return {
        "notes": rows,
        "seconds": round(seconds_at(max(note.end_tick for note in notes)), 3),
        "remarks": [f"{name}: {remark}." for remark in music.remarks],
    }


def _id_of(entry: TakeEntry) -> str:
    """Return the name under which a page knows a take: nothing that leads anywhere."""
    return hashlib.sha256(str(entry.path).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _row(name: str, entry: TakeEntry) -> dict[str, Any]:
    return {
        "id": name,
        "name": entry.name,
        "seconds": entry.seconds,
        "notes": entry.notes,
        "preset": entry.preset,
        "seed": entry.seed,
        "favourite": entry.favourite,
        "steered": bool(entry.steered),
        "with_you": entry.has_musician,
        "is_there": entry.is_there,
    }
