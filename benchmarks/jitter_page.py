"""An open page while `benchmarks.jitter` measures: the web server of `play --web`, and Chromium that shows it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from musicgen_live.config.changes import values_of
from musicgen_live.config.parameter import Change
from musicgen_live.config.settings import Settings
from musicgen_live.interfaces.events import Event, MessagesSent, Opened, Planned, Refused
from musicgen_live.interfaces.web.messages import Cards
from musicgen_live.interfaces.web.server import WebServer
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.player.reports import Began, Sent
from musicgen_live.session.cards import CardFile
from tests.support.browser import Browser
from tests.support.playing_page import TAKE


class GridSession:
    """The `PageSession` of a grid of notes, which nobody changes."""

    def __init__(self) -> None:
        self._card_file = CardFile()

    def steer(self, change: Change) -> None:
        """Leave the grid as it is."""

    def refuse(self, refused: Refused) -> None:
        """End the measurement: the server of the page has failed."""
        raise SystemExit(refused.reason)

    def quit(self) -> None:
        """Leave the grid as it is."""

    def choose_port(self, output: int, name: str | None) -> None:
        """Leave the grid at its port."""

    def receive_played(self, page: int, at_s: float, message: bytes) -> None:
        """Leave the grid as it is."""

    def release_played(self, page: int) -> None:
        """Leave the grid as it is."""

    def cards(self) -> Cards:
        """Return the presets and models that there are."""
        return self._card_file.cards()


@contextmanager
def open_page() -> Iterator[Callable[[Event], None]]:
    """Have Chromium show a page; yield the function that publishes an event there."""
    with (
        tempfile.TemporaryDirectory() as folder,
        WebServer(GridSession(), ("127.0.0.1", 0)) as server,
        Browser(Path(folder)) as browser,
    ):
        tab = browser.open(server.url)
        tab.resize(1280, 900)
        tab.wait_for(f"{TAKE}.parameters.length > 0")
        settings = Settings()
        values = tuple(values_of(settings).items())
        server(Opened(("synth",), (), None, settings.time_signature, "internal", values))
        yield server


def events_of(report: object, tempo: float) -> list[Event]:
    """Return the events that a session publishes for a report of the player."""
    if isinstance(report, Began):
        return [Position(0, report.origin_s, tempo, runs=True)]
    if isinstance(report, Sent):
        return [MessagesSent(report.tick, report.messages, report.late_ms, report.dropped)]
    return []


def planned(notes: Sequence[Note]) -> Planned:
    """Return the event for notes that are fed."""
    return Planned(notes[0].start_tick, notes[-1].end_tick, tuple(notes))
