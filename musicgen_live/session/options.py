"""The options of a session, as plain values: musicians, controllers, observers, and the request itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.controller_map import NO_BINDINGS, ControllerMap
from musicgen_live.config.part_options import PartOptions
from musicgen_live.config.settings import Settings
from musicgen_live.config.user_config import TAKES_FOLDER
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.player.config import PAGE_KEYBOARD, InputOptions, Timing

if TYPE_CHECKING:
    # Imported for typing only: the player process starts before parameters, and most starts have no musician.
    from musicgen_live.config.parameter import Value
    from musicgen_live.session.listening.decisions import ListenOptions


@dataclass(frozen=True)
class SessionOptions:
    """The musicians, controllers and observers of a session."""

    listening: ListenOptions | None = None
    """The options of listening to a musician; None without one."""
    inputs: tuple[InputOptions, ...] = ()
    controls: ControllerMap = NO_BINDINGS
    osc: str | None = None
    """The port, or address and port, at which OSC is received."""
    web: str | None = None
    """The port, or address and port, at which the page is served; empty for a free port."""
    takes: Path = TAKES_FOLDER
    """The folder of the files that a session without a take writes."""
    preset: str | None = None
    """The preset that the settings came from."""
    scenes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """The scenes of that preset."""
    is_watched: bool = False
    """True if somebody watches the screen, and can end the take."""
    log: Path | None = None
    """The file for the tracebacks of mistakes in the program."""
    parts: tuple[PartOptions, ...] = ()
    """The options of the parts that the music is split into, from `part_options.all_parts`; none if it is not split."""

    remarks: tuple[str, ...] = ()
    """Remarks on this request, which the user reads once all is open: an error may come before that."""

    @property
    def follows_chords(self) -> bool:
        """True if the music follows chords that somebody holds."""
        return any(options.source == "chords" for options in self.inputs)

    @property
    def needs_input_port(self) -> bool:
        """True if somebody is listened to at a MIDI port."""
        return any(options.name != PAGE_KEYBOARD for options in self.inputs)

    @property
    def interactive(self) -> bool:
        """True if anybody plays along or steers."""
        return bool(self.listening or self.inputs or self.osc or self.web is not None or self.is_watched)


NO_OPTIONS = SessionOptions()


@dataclass(frozen=True)
class Setup:
    """The request for a session: the settings as given, the transport, the folder for its files, and their label."""

    requested: Settings
    timing: Timing
    folder: Path
    label: TakeLabel
