"""The session of a take as its pages see it."""

from __future__ import annotations

from typing import Protocol

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Refused
from musicgen_live.interfaces.web.messages import Cards


class PageSession(Protocol):
    """The requests that pages may make. Called from the thread of the web server; every method returns at once."""

    def steer(self, change: Change) -> None:
        """Request a change."""
        ...

    def refuse(self, refused: Refused) -> None:
        """Notify all observers of a change that its source refused."""
        ...

    def quit(self) -> None:
        """Request the end of the take."""
        ...

    def choose_port(self, output: int, name: str | None) -> None:
        """Request another port in the place of an output port, by its number from 0; None for a virtual one."""
        ...

    def receive_played(self, page: int, at_s: float, message: bytes) -> None:
        """Take a channel message that was played on a page at a moment; MusicgenError if nobody listens."""
        ...

    def release_played(self, page: int) -> None:
        """Release what is held on a page that is gone."""
        ...

    def cards(self) -> Cards:
        """Return the presets, models and scenes that there are."""
        ...
