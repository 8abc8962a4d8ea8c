"""Who watches a take: words and a status line, lines of JSON, or the screen."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from musicgen_live.cli.status import StatusLine, event_line
from musicgen_live.live.events import Ended, Event, Kept, Refused, Said
from musicgen_live.shipped import model_names, preset_names

if TYPE_CHECKING:
    from musicgen_live.conducting.take import Take


class Words:
    """Says in words what there is to say; on a terminal, a status line stands below."""

    def __init__(self) -> None:
        self._line = StatusLine(sys.stdout, time.monotonic) if sys.stdout.isatty() else None

    def say(self, text: str) -> None:
        """A line of words."""
        if self._line is not None:
            self._line.say(text)
        else:
            typer.echo(text)

    def hear(self, event: Event) -> None:
        """Show the status; where there is no terminal, say what came of what was asked for."""
        if self._line is not None:
            self._line.hear(event)
        elif isinstance(event, Said):
            typer.echo(event.text)
        elif isinstance(event, Refused):
            typer.echo(f"{event.name}: {event.reason}")
        elif isinstance(event, Kept):
            typer.echo(f"Kept {event.bars} bars: {event.path}")

    def conduct(self, take: Take) -> bool:
        """Run it here."""
        try:
            return take.run()
        finally:
            if self._line is not None:
                self._line.close()


class Json:
    """Prints every event, and nothing else, as a line of JSON."""

    def say(self, text: str) -> None:
        """Words are an event too."""
        self.hear(Said(text))

    def hear(self, event: Event) -> None:
        """Print it."""
        typer.echo(event_line(event))

    def conduct(self, take: Take) -> bool:
        """Run it here."""
        return take.run()


class Screen:
    """The screen, in this thread; the take runs in another one."""

    def __init__(self) -> None:
        self._early: deque[Event] = deque()
        self._tell: Callable[[Event], None] = self._early.append

    def say(self, text: str) -> None:
        """Words stand in the log of the screen."""
        self._tell(Said(text))

    def hear(self, event: Event) -> None:
        """Show it."""
        self._tell(event)

    def conduct(self, take: Take) -> bool:
        """Show the take until it has ended, by itself or by a key."""
        from musicgen_live.screen.app import PlayApp

        app = PlayApp(take.steer, time.monotonic, take.quit, take.save, preset_names(), model_names())
        self._tell = app.tell
        for event in self._early:
            app.tell(event)
        stopped: list[bool] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                stopped.append(take.run())
            except BaseException as error:
                failed.append(error)
            finally:
                app.tell(Ended())

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
