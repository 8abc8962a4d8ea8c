"""What conducting is done with: a player, those who watch, a clock, and models on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from musicgen_live.interfaces.events import Observer
from musicgen_live.model.bundle import Bundle
from musicgen_live.player.protocol import Command


@dataclass(frozen=True)
class SessionContext:
    """What a conductor does things with."""

    send: Callable[[Command], None]
    publish: Observer
    now_s: Callable[[], float]
    load: Callable[[str], Bundle]
    """A model by the name that settings have for it; ModelError where that cannot be."""
    ahead_s: float = 0.0
    """How long before a tick is due the player hands it over, for outputs that sound late."""
