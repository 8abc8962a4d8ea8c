"""The front ends of a take: text with a status line, lines of JSON, or the screen.

They are made before the player process starts, so they import what they need only at their first event.
"""

from __future__ import annotations

import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from musicgen_live.cli.background_writer import BackgroundWriter
from musicgen_live.cli.streams import raw_stdout
from musicgen_live.config.library import model_names, preset_names

if TYPE_CHECKING:
    from musicgen_live.cli.status import PlainLines, StatusLine
    from musicgen_live.interfaces.events import Event
    from musicgen_live.interfaces.screen.app import PlayApp
    from musicgen_live.session.live_session import LiveSession

STDERR = 2
"""The descriptor to which the screen is drawn."""

TERMINAL_CHECK_S = 0.02
MAX_REFUSALS = 25
"""A terminal that takes nothing at so many checks is stopped: half a second."""


class StandardOutput:
    """Standard output of a take. If its reader goes away, as `head` does, the take ends as on Ctrl-C."""

    def __init__(self, left_out: Callable[[int], str]) -> None:
        """Start the thread that writes; `left_out` makes the line that says how many lines a slow reader missed."""
        self._session: LiveSession | None = None
        self._has_reader = True
        self._writer = BackgroundWriter(raw_stdout(), self._end, left_out)
        self.write = self._writer.write
        self.close = self._writer.close

    def print(self, text: str) -> None:
        """Print a line."""
        self.write(f"{text}\n")

    def _end(self) -> None:
        self._has_reader = False
        if self._session is not None:
            self._session.quit()

    def run(self, session: LiveSession) -> bool:
        """Run the session of a take and return its result."""
        self._session = session
        if not self._has_reader:
            session.quit()
        return session.run()


class TextFrontend:
    """Prints messages as text, with a status line below on a terminal."""

    def __init__(self) -> None:
        self._stdout = StandardOutput(lambda count: f"{count} lines were left out, because nobody read them.\n")

    @cached_property
    def _lines(self) -> StatusLine | PlainLines:
        from musicgen_live.cli.status import PlainLines, StatusLine

        if sys.stdout.isatty():
            return StatusLine(self._stdout.write, time.monotonic)
        return PlainLines(self._stdout.print)

    def say(self, text: str) -> None:
        """Print a message."""
        self._lines.say(text)

    def handle(self, event: Event) -> None:
        """Update the status line, or without a terminal print messages, refusals and kept bars."""
        self._lines.handle(event)

    def run(self, session: LiveSession) -> bool:
        """Run the session in this thread."""
        try:
            return self._stdout.run(session)
        finally:
            self.end_line()

    def end_line(self) -> None:
        """Leave the status line."""
        self._lines.close()

    def close(self) -> None:
        """Print what waits, as long as somebody reads."""
        self._stdout.close()


class JsonFrontend:
    """Prints every event, and nothing else, as a line of JSON."""

    def __init__(self) -> None:
        self._stdout = StandardOutput(_left_out_event)

    def say(self, text: str) -> None:
        """Print a message as an event."""
        from musicgen_live.interfaces.events import UserMessage

        self.handle(UserMessage(text))

    def handle(self, event: Event) -> None:
        """Print an event."""
        from musicgen_live.interfaces.event_json import event_line

        self._stdout.print(event_line(event))

    def run(self, session: LiveSession) -> bool:
        """Run the session in this thread."""
        return self._stdout.run(session)

    def close(self) -> None:
        """Print what waits, as long as somebody reads."""
        self._stdout.close()


def _left_out_event(count: int) -> str:
    from musicgen_live.interfaces.event_json import event_line
    from musicgen_live.interfaces.events import UserMessage

    return f"{event_line(UserMessage(f'{count} events were left out, because nobody read them.'))}\n"


class ScreenFrontend:
    """Runs the screen in this thread and the session in another one."""

    def __init__(self) -> None:
        self._early_events: deque[Event] = deque()
        self._handle: Callable[[Event], None] = self._early_events.append
        self._text: TextFrontend | None = None
        """Prints what there is to say when the screen is gone."""

    def say(self, text: str) -> None:
        """Show a message in the log of the screen, or print it when the screen is gone."""
        from musicgen_live.interfaces.events import UserMessage

        self._handle(UserMessage(text))

    def handle(self, event: Event) -> None:
        """Show an event."""
        self._handle(event)

    def run(self, session: LiveSession) -> bool:
        """Show the take until it ends, by itself or by a key. If the screen fails, it goes on without."""
        from musicgen_live.interfaces.events import Ended
        from musicgen_live.interfaces.screen.app import PlayApp

        app = PlayApp(session.steer, time.monotonic, session.quit, session.save, preset_names, model_names)
        self._handle = app.handle
        for event in self._early_events:
            app.handle(event)
        results: list[bool] = []
        errors: list[BaseException] = []
        is_left = threading.Event()

        def run_session() -> None:
            try:
                results.append(session.run())
            except BaseException as error:
                errors.append(error)
            finally:
                self._handle(Ended())
                release_terminal(is_left)

        thread = threading.Thread(target=run_session, name="take")
        thread.start()
        failure = _show(app)
        is_left.set()
        self._text = TextFrontend()
        self._handle = self._text.handle
        if failure is None:
            session.quit()
        else:
            self.say(f"The screen is gone, and the music goes on; Ctrl-C ends it. {session.faults.reason(failure)}")
        thread.join()
        self._text.end_line()
        if errors:
            raise errors[0]
        return results[0]

    def close(self) -> None:
        """Print what waits, as long as somebody reads."""
        if self._text is not None:
            self._text.close()


def _show(app: PlayApp) -> Exception | None:
    """Run the screen until it is left; return the error that ended it, if one did."""
    try:
        app.run(mouse=False)
    except Exception as error:
        return error
    return app.failure


def release_terminal(is_left: threading.Event) -> None:
    """Wait until the screen is left. Meanwhile, have a terminal that takes nothing drop what it should show.

    A terminal that is stopped would otherwise keep the program from its end.
    """
    if sys.platform == "win32":
        return
    import termios

    refusals = 0
    while not is_left.wait(TERMINAL_CHECK_S):
        if not select.select([], [STDERR], [], 0)[1]:
            refusals += 1
            if refusals >= MAX_REFUSALS:
                with suppress(termios.error):
                    # Off before on: by itself, on does not undo a Ctrl-S.
                    termios.tcflow(STDERR, termios.TCOOFF)
                    termios.tcflow(STDERR, termios.TCOON)
                    termios.tcflush(STDERR, termios.TCOFLUSH)
