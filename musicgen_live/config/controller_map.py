"""The bindings of a MIDI controller's knobs, faders and pads as values; `controller_map_file` reads and writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    # Imported for typing only: every start reads a preset, but few presets have bindings and need the table.
    from musicgen_live.config.parameter import Change

HIGHEST_CC = 119
"""The highest number of a controller; those above are channel mode messages, such as All Notes Off."""


Coding = Literal["twos-complement", "binary-offset", "signed-bit"]
"""The ways in which endless knobs send steps: to the right 1, 65 or 1, and to the left 127, 63 or 65."""

CODINGS: tuple[Coding, ...] = get_args(Coding)


@dataclass(frozen=True)
class Controller:
    """A knob, fader or pad, identified by the message it sends: `cc 74`, or `note 36 channel 10`."""

    kind: Literal["cc", "note"]
    number: int
    channel: int | None = None
    """1 to 16; None for any channel."""

    def __str__(self) -> str:
        channel = "" if self.channel is None else f" channel {self.channel}"
        return f"{self.kind} {self.number}{channel}"


@dataclass(frozen=True)
class Binding:
    """The parameter that a controller sets; a change excludes a range, steps and a coding."""

    name: str
    """The parameter's name."""
    low: float | None = None
    high: float | None = None
    """The values at the two ends of the controller, None for those of the parameter's sweep. `high` may be the lower
    one. Pitches are numbers."""
    to: Change | None = None
    """The change that a note-on or a button press makes."""
    step: int = 0
    """The number of steps by which a note-on or a button press moves the value."""
    quantise: str | None = None
    """The line at which its changes take effect, one of `parameters.QUANTISES`; None for that of all changes."""
    relative: Coding | None = None
    """The coding of an endless knob; None for a knob with two ends, or if the first messages are to tell."""

    @property
    def is_press(self) -> bool:
        """True if pressing the controller acts once, instead of moving a value along its range."""
        return self.to is not None or self.step != 0


@dataclass(frozen=True)
class ControllerMap:
    """The binding of each controller; no controller is in it twice."""

    entries: tuple[tuple[Controller, Binding], ...] = ()

    def binding_of(self, kind: str, number: int, channel: int) -> tuple[Controller, Binding] | None:
        """Return the entry for a controller on a channel (1 to 16); one for that channel precedes one for any."""
        matches = [
            entry
            for entry in self.entries
            if (entry[0].kind, entry[0].number) == (kind, number) and entry[0].channel in (None, channel)
        ]
        return min(matches, key=lambda entry: entry[0].channel is None, default=None)

    @property
    def pads(self) -> tuple[tuple[int, int | None], ...]:
        """The notes that have a binding, as number and channel (1 to 16, None for any)."""
        return tuple((each.number, each.channel) for each, _ in self.entries if each.kind == "note")

    def overlaid(self, other: ControllerMap) -> ControllerMap:
        """Return these entries with those of `other`, which replace entries for the same controller."""
        return ControllerMap(tuple({**dict(self.entries), **dict(other.entries)}.items()))


NO_BINDINGS = ControllerMap()
