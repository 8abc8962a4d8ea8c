"""The output of `play` without a screen: a status line that is rewritten, or plain lines."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from musicgen_live.cli.console import sentence
from musicgen_live.interfaces.events import Event, Kept, Refused, UserMessage
from musicgen_live.interfaces.screen.state import ScreenState

GAP = "  "


def status_line(state: ScreenState, now_s: float) -> str:
    """Return position, tempo, notes and lateness: `12.3  120 BPM  128 notes  0.07 ms late`; empty at first."""
    tick, position = state.tick_at(now_s), state.position_at(now_s)
    if tick is None or position is None:
        return ""
    bar, beat = state.meters.bar_and_beat(max(0, tick))
    parts = ["counting in" if tick < 0 else f"{bar}.{beat}", f"{position.tempo:.4g} BPM"]
    if not position.runs:
        parts.append("stopped")
    parts.append(f"{state.notes} {'note' if state.notes == 1 else 'notes'}")
    if state.late_ms is not None:
        parts.append(f"{state.late_ms:.2f} ms late")
    if state.dropped:
        parts.append(f"{state.dropped} left out")
    return GAP.join(parts)


class StatusLine:
    """The status line on a terminal, with messages above it."""

    def __init__(self, write: Callable[[str], int], now_s: Callable[[], float]) -> None:
        """Write to a terminal; `now_s` is `time.monotonic`, which also dates the events.

        `write` returns 0 for a text that the terminal, which may be stopped, will not get.
        """
        self._write = write
        self._now_s = now_s
        self._state = ScreenState()
        self._line = ""
        self._is_closed = False

    def handle(self, event: Event) -> None:
        """Print a message, and rewrite the line if it has changed."""
        self._state.handle(event)
        if isinstance(event, UserMessage | Refused | Kept):
            self.say(self._state.words[-1])
        # A wrapped line cannot be rewritten.
        line = status_line(self._state, self._now_s())[: shutil.get_terminal_size().columns - 1]
        self._rewrite(line)

    def say(self, text: str) -> None:
        """Print a message on a separate line, above the status."""
        line = f"\r{self._line}" if self._line else ""
        self._write(f"{self._rewriting('')}{sentence(text)}\n{line}")

    def close(self) -> None:
        """Leave the line as it is and go to the next one, where only messages are printed from now on."""
        self._is_closed = True
        if self._line:
            self._write("\n")
            self._line = ""

    def _rewrite(self, line: str) -> None:
        if line != self._line and not self._is_closed and self._write(self._rewriting(line)):
            self._line = line

    def _rewriting(self, line: str) -> str:
        """Return the text that puts a line in place of the present one."""
        # Blanks instead of an escape sequence, which consoles of Windows understand only if it is switched on.
        blanks = " " * (len(self._line) - len(line))
        if line:
            return f"\r{line}{blanks}"
        return f"\r{blanks}\r" if blanks else ""


class PlainLines:
    """Prints messages as lines if there is no terminal."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print_line = print_line

    def handle(self, event: Event) -> None:
        """Print messages, refusals and kept bars."""
        if isinstance(event, UserMessage):
            self.say(event.text)
        elif isinstance(event, Refused):
            self.say(event.reason)
        elif isinstance(event, Kept):
            self.say(f"Kept {event.bars} bar{'s' if event.bars > 1 else ''}: {event.path}")

    def say(self, text: str) -> None:
        """Print a message on a separate line."""
        self._print_line(sentence(text))

    def close(self) -> None:
        """Do nothing: there is no open line."""
