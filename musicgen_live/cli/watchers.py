"""Who watches a take: words and a status line, lines of JSON, or the screen.

Made before the player process is, and used after: what they need is imported with the first thing that is told.
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
    """Whoever reads standard output. Where that program goes away, as `head` does, the take ends as on Ctrl-C."""

    def __init__(self) -> None:
        self._take: LiveSession | None = None
        self._is_there = True

    def print(self, text: str) -> None:
        """Print a line, unless nobody reads any more."""
        try:
            typer.echo(text)
        except BrokenPipeError:
            drop_output()
            self._is_there = False
            if self._take is not None:
                self._take.quit()

    def conduct(self, take: LiveSession) -> bool:
        """Run a take; what it returns."""
        self._take = take
        if not self._is_there:
            take.quit()
        return take.run()


class TextFrontend:
    """Says in words what there is to say; on a terminal, a status line stands below."""

    def __init__(self) -> None:
        self._reader = StandardOutput()

    @cached_property
    def _lines(self) -> StatusLine | PlainLines:
        from musicgen_live.cli.status import PlainLines, StatusLine

        return StatusLine(sys.stdout, time.monotonic) if sys.stdout.isatty() else PlainLines(self._reader.print)

    def say(self, text: str) -> None:
        """A line of words."""
        self._lines.say(text)

    def handle(self, event: Event) -> None:
        """Show the status; where there is no terminal, say what came of what was asked for."""
        self._lines.handle(event)

    def conduct(self, take: LiveSession) -> bool:
        """Run it here."""
        try:
            return self._reader.conduct(take)
        finally:
            self._lines.close()


class JsonFrontend:
    """Prints every event, and nothing else, as a line of JSON."""

    def __init__(self) -> None:
        self._reader = StandardOutput()

    def say(self, text: str) -> None:
        """Words are an event too."""
        from musicgen_live.interfaces.events import Said

        self.handle(Said(text))

    def handle(self, event: Event) -> None:
        """Print it."""
        from musicgen_live.cli.status import event_line

        self._reader.print(event_line(event))

    def conduct(self, take: LiveSession) -> bool:
        """Run it here."""
        return self._reader.conduct(take)


class ScreenFrontend:
    """The screen, in this thread; the take runs in another one."""

    def __init__(self) -> None:
        self._early: deque[Event] = deque()
        self._tell: Callable[[Event], None] = self._early.append

    def say(self, text: str) -> None:
        """Words stand in the log of the screen."""
        from musicgen_live.interfaces.events import Said

        self._tell(Said(text))

    def handle(self, event: Event) -> None:
        """Show it."""
        self._tell(event)

    def conduct(self, take: LiveSession) -> bool:
        """Show the take until it has ended, by itself or by a key."""
        from musicgen_live.interfaces.events import Ended
        from musicgen_live.interfaces.screen.app import PlayApp

        app = PlayApp(take.steer, time.monotonic, take.quit, take.save, preset_names, model_names)
        self._tell = app.handle
        for event in self._early:
            app.handle(event)
        stopped: list[bool] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                stopped.append(take.run())
            except BaseException as error:
                failed.append(error)
            finally:
                app.handle(Ended())

        thread = threading.Thread(target=run, name="take")
        thread.start()
        try:
            app.run(mouse=False)
        finally:
            take.quit()
            thread.join()
        if failed:
            raise failed[0]
        return stopped[0]
