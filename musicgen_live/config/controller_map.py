"""What the knobs, faders and pads of a controller do, as values; `controls` reads and writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    # Every start reads a preset, and few have controls: the table of what can be steered is not loaded for this.
    from musicgen_live.config.parameters import Change

HIGHEST_CC = 119
"""Above it are no controllers but commands, such as All Notes Off."""


@dataclass(frozen=True)
class Controller:
    """A knob, fader or pad, by what it sends: `cc 74`, or `note 36 channel 10`."""

    kind: Literal["cc", "note"]
    number: int
    channel: int | None = None
    """1 to 16; None is any."""

    def __str__(self) -> str:
        channel = "" if self.channel is None else f" channel {self.channel}"
        return f"{self.kind} {self.number}{channel}"


@dataclass(frozen=True)
class Binding:
    """What a controller sets; of what follows the name, at most a range, a wish or a step."""

    name: str
    """That of a knob."""
    low: float | None = None
    high: float | None = None
    """The ends of its way where they are not the usual ones; `high` may be the lower one. Pitches by number."""
    to: Change | None = None
    """The wish of a strike or a press."""
    step: int = 0
    """By how many steps of the knob a strike or a press moves the value."""

    @property
    def is_press(self) -> bool:
        """Whether it is done once, when the controller is pressed."""
        return self.to is not None or self.step != 0


@dataclass(frozen=True)
class ControllerMap:
    """What each controller does; none is in it twice."""

    entries: tuple[tuple[Controller, Binding], ...] = ()

    def binding_of(self, kind: str, number: int, channel: int) -> tuple[Controller, Binding] | None:
        """What a controller on a channel (1 to 16) does; an entry for that channel goes before one for any."""
        fitting = [
            entry
            for entry in self.entries
            if (entry[0].kind, entry[0].number) == (kind, number) and entry[0].channel in (None, channel)
        ]
        return min(fitting, key=lambda entry: entry[0].channel is None, default=None)

    @property
    def pads(self) -> tuple[tuple[int, int | None], ...]:
        """The notes that do something, by number and channel (1 to 16, None for any)."""
        return tuple((each.number, each.channel) for each, _ in self.entries if each.kind == "note")

    def overlaid(self, other: ControllerMap) -> ControllerMap:
        """These entries and those of `other`, which hold where both say something of a controller."""
        return ControllerMap(tuple({**dict(self.entries), **dict(other.entries)}.items()))


NO_BINDINGS = ControllerMap()
