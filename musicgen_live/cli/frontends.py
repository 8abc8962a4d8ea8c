"""The front ends of a take: text with a status line, lines of JSON, or the screen.

They are made before the player process starts, so they import what they need only at their first event.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import typer

from musicgen_live.cli.console import drop_output
from musicgen_live.config.library import model_names, preset_names

if TYPE_CHECKING:
    from musicgen_live.cli.status import PlainLines, StatusLine
    from musicgen_live.interfaces.events import Event
    from musicgen_live.session.live_session import LiveSession


class StandardOutput:
    """Standard output of a take. If its reader goes away, as `head` does, the take ends as on Ctrl-C."""

    def __init__(self) -> None:
        self._session: LiveSession | None = None
        self._has_reader = True

    def print(self, text: str) -> None:
        """Print a line, if the reader is still there."""
        try:
            typer.echo(text)
        except BrokenPipeError:
            drop_output()
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
        self._stdout = StandardOutput()

    @cached_property
    def _lines(self) -> StatusLine | PlainLines:
        from musicgen_live.cli.status import PlainLines, StatusLine

        return StatusLine(sys.stdout, time.monotonic) if sys.stdout.isatty() else PlainLines(self._stdout.print)

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
            self._lines.close()


class JsonFrontend:
    """Prints every event, and nothing else, as a line of JSON."""

    def __init__(self) -> None:
        self._stdout = StandardOutput()

    def say(self, text: str) -> None:
        """Print a message as an event."""
        from musicgen_live.interfaces.events import UserMessage

        self.handle(UserMessage(text))

    def handle(self, event: Event) -> None:
        """Print an event."""
        from musicgen_live.cli.status import event_line

        self._stdout.print(event_line(event))

    def run(self, session: LiveSession) -> bool:
        """Run the session in this thread."""
        return self._stdout.run(session)


class ScreenFrontend:
    """Runs the screen in this thread and the session in another one."""

    def __init__(self) -> None:
        self._early_events: deque[Event] = deque()
        self._handle: Callable[[Event], None] = self._early_events.append

    def say(self, text: str) -> None:
        """Show a message in the log of the screen."""
        from musicgen_live.interfaces.events import UserMessage

        self._handle(UserMessage(text))

    def handle(self, event: Event) -> None:
        """Show an event."""
        self._handle(event)

    def run(self, session: LiveSession) -> bool:
        """Show the take until it ends, by itself or by a key."""
        from musicgen_live.interfaces.events import Ended
        from musicgen_live.interfaces.screen.app import PlayApp

        app = PlayApp(session.steer, time.monotonic, session.quit, session.save, preset_names, model_names)
        self._handle = app.handle
        for event in self._early_events:
            app.handle(event)
        results: list[bool] = []
        errors: list[BaseException] = []

        def run_session() -> None:
            try:
                results.append(session.run())
            except BaseException as error:
                errors.append(error)
            finally:
                app.handle(Ended())

        thread = threading.Thread(target=run_session, name="take")
        thread.start()
        try:
            app.run(mouse=False)
        finally:
            session.quit()
            thread.join()
        if errors:
            raise errors[0]
        return results[0]
