"""The dependencies of the composing side of a session: a player, observers, a clock, and models on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from musicgen_live.config.parameter import Value
from musicgen_live.config.presets import NO_SCENES
from musicgen_live.interfaces.events import Observer
from musicgen_live.model.bundle import Bundle
from musicgen_live.player.commands import Command
from musicgen_live.player.reports import Report
from musicgen_live.player.sent_log import SentLog
from musicgen_live.session.faults import Faults


class PlayerHandle(Protocol):
    """A player as the session sees it: `PlayerSupervisor`, or one on a manual clock."""

    @property
    def sent_log(self) -> SentLog:
        """The log of all messages that it has sent."""
        ...

    @property
    def ahead_s(self) -> float:
        """The time by which it sends messages before they are due, for outputs that sound late."""
        ...

    def send(self, command: Command) -> None:
        """Send it a command."""
        ...

    def receive(self) -> Report | None:
        """Return its next report, None if there is none now."""
        ...


@dataclass(frozen=True)
class SessionContext:
    """The dependencies of conductor and interaction."""

    send: Callable[[Command], None]
    publish: Observer
    now_s: Callable[[], float]
    load: Callable[[str], Bundle]
    """Loads a model by its name in the settings; ModelError if it cannot be loaded."""
    ahead_s: float = 0.0
    """The time by which the player sends messages before they are due, for outputs that sound late."""
    faults: Faults = field(default_factory=Faults)
    scene: Callable[[str], Mapping[str, Value]] = NO_SCENES.__getitem__
    """Returns the values of a scene; SettingsError if there is none of that name."""
