"""The table of everything that can be steered while it plays: what it is called, and what it can be set to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from musicgen_live.config.settings import allowed_range
from musicgen_live.encodings.bar_tokens import CONTROLS

Value = float | int | str | bool | None
"""What something that can be steered may be set to; None is off, or left to the model."""

Kind = Literal["number", "whole", "choice", "text", "switch", "action"]


@dataclass(frozen=True)
class Knob:
    """Something that can be steered."""

    name: str
    """As its flag is written: `top-p`."""
    kind: Kind
    said: str
    """One plain sentence."""
    lowest: float = 0
    highest: float = 0
    """What it can be at all; of `low` and `high` as MIDI pitches."""
    step: float = 0
    """What one press of a key changes."""
    choices: tuple[str, ...] = ()
    may_be_off: bool = False
    """Whether None is allowed: no limit, or left to the model."""
    unit: str = ""
    setting: str | None = None
    """The field of `Settings` that it sets; None for what there is only while it plays."""
    usual: tuple[float, float] = (0, 0)
    """What a controller goes through if nothing else is said; within `lowest` to `highest`."""
    off_is_above: bool = False
    """Whether off comes after the highest value, as of an upper limit, and not before the lowest."""
    off_said: str = "off"
    """What None is called."""
    at_start: Value = None
    """What it is at first where no setting says."""

    @property
    def has_range(self) -> bool:
        """Whether a controller goes evenly through a range, as of numbers and pitches."""
        return self.usual != (0, 0)

    @property
    def is_pitch(self) -> bool:
        """Whether it is text that names a pitch."""
        return self.kind == "text" and self.has_range


def _number(
    name: str,
    said: str,
    step: float,
    usual: tuple[float, float] | None = None,
    *,
    kind: Kind = "number",
    unit: str = "",
    may_be_off: bool = False,
    off_is_above: bool = False,
    off_said: str = "off",
) -> Knob:
    """A knob of a setting that is a number."""
    setting = name.replace("-", "_")
    lowest, highest = allowed_range(setting)
    return Knob(
        name, kind, said, lowest, highest, step, unit=unit, may_be_off=may_be_off, setting=setting,
        usual=usual or (lowest, highest), off_is_above=off_is_above, off_said=off_said,
    )  # fmt: skip


def _choice(name: str, said: str) -> Knob:
    return Knob(name, "choice", said, choices=CONTROLS[name], may_be_off=True, setting=name, off_said="auto")


def _text(name: str, said: str, *, may_be_off: bool = True) -> Knob:
    return Knob(name, "text", said, may_be_off=may_be_off, setting=name)


def _pitch(name: str, said: str, *, off_is_above: bool) -> Knob:
    return Knob(name, "text", said, 0, 127, 1, (), True, "", name, (0, 127), off_is_above)


def _live(name: str, said: str, lowest: int, highest: int, unit: str, at_start: Value, *, off: str = "") -> Knob:
    return Knob(
        name, "whole", said, lowest, highest, 1, unit=unit, may_be_off=bool(off), off_said=off or "off",
        usual=(lowest, highest), at_start=at_start,
    )  # fmt: skip


_TABLE = (
    _number("tempo", "Quarter notes a minute, in our own time.", 1, (40, 240), unit="BPM"),
    _number("temperature", "Below 1 safer, above 1 wilder.", 0.05, (0.2, 2)),
    _number("top-p", "Only the most probable that hold this share.", 0.01, (0.3, 1)),
    _text("key", "Only notes of this key."),
    _choice("density", "How much happens, told to the model."),
    _choice("texture", "How many notes together, told to the model."),
    _choice("mode", "Major or minor, told to the model."),
    _choice("style", "What kind of music, told to the model."),
    _pitch("low", "No note below this one.", off_is_above=False),
    _pitch("high", "No note above this one.", off_is_above=True),
    _number("polyphony", "At most so many notes at once.", 1, (1, 8), kind="whole", may_be_off=True, off_is_above=True),
    _number("velocity", "How hard notes are struck.", 1, kind="whole"),
    _number(
        "variation",
        "In which share of the bars it does not look back at what it has played.",
        0.05,
        may_be_off=True,
        off_said="auto",
    ),
    _number(
        "max-onsets",
        "At most so many notes or chords begin in any quarter note.",
        0.25,
        (0.25, 8),
        may_be_off=True,
        off_is_above=True,
    ),
    _number("swing", "0.5 is even, 0.667 triplets, 0.75 the most.", 0.01),
    _number("humanize", "Notes come late by up to so much, by chance.", 1, (0, 40), unit="ms"),
    _text("chords", "Notes are drawn to these chords, a bar each and round again."),
    _number("chord-strength", "How much they draw: 0 not at all, 6 for hardly any other note.", 0.5, (0, 8)),
    Knob("preset", "text", "All the values of a preset.", off_said="none"),
    _text("model", "The network that plays.", may_be_off=False),
    _live("transpose", "Everything sounds so much higher or lower.", -48, 48, "semitones", 0),
    _live("octave", "Everything sounds so many octaves higher or lower.", -4, 4, "octaves", 0),
    _number("channel", "The MIDI channel that is played on.", 1, kind="whole"),
    Knob("mute", "switch", "Nothing is struck, while the music goes on.", at_start=False),
    _live("freeze", "The last bars go round; 0 lets it go on.", 0, 16, "bars", 0),
    _live("answer-bars", "How many bars it answers; auto for as many as were played.", 1, 16, "bars", None, off="auto"),
    Knob("reroll", "action", "Throw away what is planned and not yet heard."),
    Knob("restart", "action", "Begin anew at the next bar line."),
    Knob("keep", "action", "Write the latest bars to a file of their own."),
)

KNOBS: dict[str, Knob] = {knob.name: knob for knob in _TABLE}
"""By name, in the order in which a screen shows them."""


@dataclass(frozen=True)
class Steer:
    """A wish: set `name`, one of `KNOBS`, to a value; an action, such as `reroll`, has none."""

    name: str
    value: Value = None
