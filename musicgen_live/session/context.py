"""What the composing side of a session works with: a player, those who watch, a clock, and models on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from musicgen_live.interfaces.events import Observer
from musicgen_live.model.bundle import Bundle
from musicgen_live.player.protocol import Command, Report
from musicgen_live.player.sent_log import SentLog


class PlayerPort(Protocol):
    """A player as a session sees it: `PlayerSupervisor`, or one on a manual clock."""

    @property
    def sent_log(self) -> SentLog:
        """All that it has sent."""
        ...

    @property
    def ahead_s(self) -> float:
        """How long before a tick is due it sends a message, for outputs that sound late."""
        ...

    def send(self, command: Command) -> None:
        """Send it a command."""
        ...

    def receive(self) -> Report | None:
        """Return its next report, None if there is none now."""
        ...


@dataclass(frozen=True)
class SessionContext:
    """What conductor and interaction work with."""

    send: Callable[[Command], None]
    publish: Observer
    now_s: Callable[[], float]
    load: Callable[[str], Bundle]
    """Return a model by the name that settings have for it; ModelError where it cannot be loaded."""
    ahead_s: float = 0.0
    """How long before a tick is due the player sends it, for outputs that sound late."""
