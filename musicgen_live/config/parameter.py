"""Defines a parameter, a row of the table in `parameters`, and a change of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Value = float | int | str | bool | None
"""The value of a parameter; None is off, or left to the model (`Settings` lists its other meanings)."""

Kind = Literal["number", "integer", "choice", "text", "switch", "action"]

Applies = Literal["next bar", "output", "at once", "session"]
"""The part of a session that carries a change out.

`next bar`: bars are composed anew from the next bar line on. `output`: the same bars are sent anew from there, altered.
`at once`: the player alters it without a new bar. `session`: it concerns the session around the music.
"""


@dataclass(frozen=True)
class Parameter:
    """A row of the table."""

    name: str
    """Spelled as its flag: `top-p`."""
    kind: Kind
    help: str
    """One plain sentence."""
    applies: Applies = "next bar"
    setting: str | None = None
    """The field of `Settings` that it sets; None for a parameter that exists only while a take plays."""
    minimum: float = 0
    maximum: float = 0
    """The limits of a number; of `low` and `high` as MIDI pitches. An action with a maximum takes a number, or none."""
    step: float = 0
    """The change by one press of a key."""
    sweep: tuple[float, float] = (0, 0)
    """The default range of a knob; within `minimum` to `maximum`."""
    unit: str = ""
    choices: Callable[[], tuple[str, ...]] = tuple
    """Return the values that buttons and knobs step through; presets and models are looked up in their folders."""
    parse: Callable[[str], str] = str
    """Check a text and return it as it is stored; SettingsError if it is not allowed."""
    step_unlisted: Callable[[str, int], str] | None = None
    """Step from a value that is not in `choices`, by a number of steps; None to go to either end of them."""
    optional: bool = False
    """True if None is allowed: no limit, or left to the model."""
    off_label: str = "off"
    """The text that None is shown as."""
    off_is_above: bool = False
    """True if turning past the maximum switches off (upper limits); False if turning below the minimum does."""
    zero_label: str = ""
    """The text that the number 0 is shown as and may be written as, if any."""
    initial: Value = None
    """The initial value of a parameter without a setting."""
    is_name: bool = False
    """True if its value is a number or a name, which an action needs too."""
    part: str = ""
    """The part of the music that it concerns, one of `music.parts.PARTS`; it exists only while the music is split."""

    @property
    def field_of_part(self) -> str:
        """Its name without the part."""
        return self.name.removeprefix(f"{self.part}-")

    @property
    def has_range(self) -> bool:
        """True if a controller sweeps evenly through a range, as through numbers and pitches."""
        return self.sweep != (0, 0)

    @property
    def is_quantised(self) -> bool:
        """True if its changes wait for a line, which a change may name."""
        return self.applies in ("next bar", "output")

    @property
    def is_pitch(self) -> bool:
        """True if its text names a pitch."""
        return self.kind == "text" and self.has_range


@dataclass(frozen=True)
class Change:
    """A request to set one of `PARAMETERS`, of which most actions need no value; or `save`, whose value is a name."""

    name: str
    value: Value = None
    quantise: str | None = None
    """The line at which it takes effect, one of `QUANTISES`; None for that of the parameter `quantise`."""
