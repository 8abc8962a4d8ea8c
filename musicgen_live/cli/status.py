"""What `play` says while it plays, where there is no screen: one line that is rewritten, or lines of JSON."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TextIO

from musicgen_live.interfaces.events import Event, Kept, Opened, Refused, Said
from musicgen_live.interfaces.screen.state import ScreenState
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position

GAP = "  "


def status_line(state: ScreenState, now_s: float) -> str:
    """Where it is, the tempo, how many notes, how late: `12.3  120 BPM  128 notes  0.07 ms late`; empty at first."""
    tick, place = state.tick_at(now_s), state.position_at(now_s)
    if tick is None or place is None:
        return ""
    bar, beat = state.time_signature.bar_and_beat(max(0, tick))
    parts = ["counting in" if tick < 0 else f"{bar}.{beat}", f"{place.tempo:.4g} BPM"]
    if not place.runs:
        parts.append("stopped")
    parts.append(f"{state.notes} {'note' if state.notes == 1 else 'notes'}")
    if state.late_ms is not None:
        parts.append(f"{state.late_ms:.2f} ms late")
    if state.dropped:
        parts.append(f"{state.dropped} left out")
    return GAP.join(parts)


class StatusLine:
    """Keeps the status line on a terminal; what is said meanwhile stands above it."""

    def __init__(self, terminal: TextIO, now_s: Callable[[], float]) -> None:
        """`now_s` is `time.monotonic`, by which events tell time."""
        self._terminal = terminal
        self._now_s = now_s
        self._state = ScreenState()
        self._shown = ""

    def handle(self, event: Event) -> None:
        """An observer: rewrite the line where it has become another one."""
        self._state.handle(event)
        if isinstance(event, Said | Refused | Kept):
            self.say(self._state.words[-1])
        # A line that is folded could not be rewritten.
        line = status_line(self._state, self._now_s())[: shutil.get_terminal_size().columns - 1]
        self._rewrite(line)

    def say(self, text: str) -> None:
        """Words on a line of their own, above the status."""
        line = self._shown
        self._rewrite("")
        self._terminal.write(f"{text}\n")
        self._terminal.flush()
        self._rewrite(line)

    def close(self) -> None:
        """Leave the line as it is and go to the next one."""
        if self._shown:
            self._terminal.write("\n")
            self._terminal.flush()
            self._shown = ""

    def _rewrite(self, line: str) -> None:
        if line == self._shown:
            return
        # Blanks, not an escape sequence: consoles of Windows need to be told to understand those.
        blanks = " " * (len(self._shown) - len(line))
        self._terminal.write(f"\r{line}{blanks}" if line else f"\r{blanks}\r")
        self._terminal.flush()
        self._shown = line


class PlainLines:
    """Says what there is to say, a line each, where there is no terminal."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print_line = print_line

    def handle(self, event: Event) -> None:
        """An observer: what came of what was asked for."""
        if isinstance(event, Said):
            self.say(event.text)
        elif isinstance(event, Refused):
            self.say(f"{event.name}: {event.reason}")
        elif isinstance(event, Kept):
            self.say(f"Kept {event.bars} bars: {event.path}")

    def say(self, text: str) -> None:
        """Words on a line of their own."""
        self._print_line(text)

    def close(self) -> None:
        """Nothing is left open."""


_JSON_NAMES = {"time_signature": "meter"}
"""Fields that are called otherwise in JSON: by the word of the flag."""


def event_line(event: Event) -> str:
    """An event as one line of JSON, without its end of line.

    `event` is its name, `bar-began`; the rest are its fields. Messages are hexadecimal, notes are
    [tick, length, pitch, velocity] with times in ticks, the values of `opened` are an object.
    """
    kind = "Place" if isinstance(event, Position) else type(event).__name__
    name = re.sub("(?<!^)([A-Z])", r"-\1", kind).lower()
    line: dict[str, Any] = {"event": name}
    for field in fields(event):
        if isinstance(event, Position) and field.name == "take_tick":
            continue  # The take's own ticks say nothing to whoever shows the music.
        line[_JSON_NAMES.get(field.name, field.name)] = _plain(getattr(event, field.name))
    if isinstance(event, Opened):
        line["values"] = dict(event.values)
    return json.dumps(line, ensure_ascii=False)


def _plain(value: object) -> object:
    """What JSON has a word for; numbers have six decimals at most."""
    if isinstance(value, Note):
        return [value.start_tick, value.duration_ticks, value.pitch, value.velocity]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return round(value, 6) if isinstance(value, float) else value
