"""Who plays along with a session and who steers it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from musicgen_live.config.controller_map import NO_BINDINGS, ControllerMap
from musicgen_live.player.config import InputOptions

if TYPE_CHECKING:
    # Imported for typing only: most starts have no musician.
    from musicgen_live.session.listening.decisions import ListenOptions


@dataclass(frozen=True)
class SessionOptions:
    """Who plays along and who steers."""

    listening: ListenOptions | None = None
    """How a musician is listened to, if there is one."""
    inputs: tuple[InputOptions, ...] = ()
    controls: ControllerMap = NO_BINDINGS
    osc: str | None = None
    """Where OSC is received: a port, or an address and a port."""
    preset: str | None = None
    """The preset that the settings came from."""
    is_watched: bool = False
    """Whether somebody sits before the screen, and can end the take."""

    @property
    def hears_chords(self) -> bool:
        """Whether the music follows chords that somebody holds."""
        return any(options.source == "chords" for options in self.inputs)

    @property
    def interactive(self) -> bool:
        """Whether anybody plays along or steers."""
        return bool(self.listening or self.inputs or self.osc or self.is_watched)


NO_OPTIONS = SessionOptions()
