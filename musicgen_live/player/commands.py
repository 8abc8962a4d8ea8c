"""The commands to a player, as values; `json_lines` has them cross a pipe."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress

MIN_TEMPO, MAX_TEMPO = 4.0, 5000.0
"""The range of tempos in a MIDI file, in quarters per minute, slightly narrowed."""


@dataclass(frozen=True)
class Feed:
    """Notes to play, and the pedal under them.

    What is more than `timing.LATE_DROP_S` behind the playhead is dropped.
    """

    notes: tuple[Note, ...]
    pedal: tuple[PedalPress, ...] = ()


@dataclass(frozen=True)
class Finish:
    """No more notes follow; the take is over at `tick`, after all notes are released."""

    tick: int


@dataclass(frozen=True)
class Stop:
    """Release all notes and end, now."""


@dataclass(frozen=True)
class Cut:
    """Forget all notes fed that begin at `tick` or later, and the `Finish` command. Notes that sound end as planned.

    If `tick` has passed, replacements are played from the present position of the music on. With `ends_notes`, those of
    the forgotten notes that sound end now.
    """

    tick: int
    ends_notes: bool = False


@dataclass(frozen=True)
class YieldTo:
    """Carry out `Cut(from_tick, ends_notes=True)` at the first note of a musician before `until_tick`.

    The player does so at once, and the session learns of the note while it may be composing. `Cut` revokes this.
    """

    from_tick: int
    until_tick: int


@dataclass(frozen=True)
class Replace:
    """Have other notes and pedal, or none, in the place of those that begin from `from_tick` to before `until_tick`.

    The notes behind the playhead are played when the transport comes by again, and are not late.
    """

    from_tick: int
    until_tick: int
    notes: tuple[Note, ...] = ()
    pedal: tuple[PedalPress, ...] = ()


@dataclass(frozen=True)
class SetTempo:
    """Set the internal transport's tempo, in quarters per minute, from `tick` on, or from now on if `tick` has passed.

    Earlier `SetTempo` commands for `tick` or later are forgotten.
    """

    tick: int
    tempo: float

    def __post_init__(self) -> None:
        """Raise ValueError on a tempo that does not fit into a MIDI file."""
        if self.tick < 0 or not MIN_TEMPO <= self.tempo <= MAX_TEMPO:
            raise ValueError(f"no tempo: {self}")


@dataclass(frozen=True)
class SetChannel:
    """Release all notes, and continue on another channel, 0 to 15. Ports with their own channel keep it."""

    channel: int

    def __post_init__(self) -> None:
        """Raise ValueError on a channel out of range."""
        if not 0 <= self.channel <= 15:
            raise ValueError(f"no channel: {self}")


@dataclass(frozen=True)
class SetMute:
    """Send no notes of the music, or of one part of it, or send them again.

    With a tick, from there on, or from a jump of the transport before it; notes that sound end as planned. Without a
    tick, now; notes that sound are ended.
    """

    is_muted: bool
    tick: int | None = None
    part: str = ""
    """The part; empty for all music."""


@dataclass(frozen=True)
class SetProgram:
    """Choose another program, 0 to 127, and bank, 0 to 16,383, for a part of the music; None sends none.

    The notes that sound end with it, as the sound of a note cannot change.
    """

    program: int | None
    bank: int | None
    part: str = ""
    """The part; empty for music that is not split."""


@dataclass(frozen=True)
class SetPause:
    """Let the music of the internal transport stand still, or run on from there."""

    is_paused: bool


@dataclass(frozen=True)
class SetThru:
    """Play what musicians send at their inputs for notes through, or no longer; keys that sound end when released."""

    is_thru: bool


@dataclass(frozen=True)
class Panic:
    """End all notes at all outputs, of the music and of musicians, and silence every channel; the music goes on."""


@dataclass(frozen=True)
class Annotate:
    """Add a text event to the take, now."""

    text: str


@dataclass(frozen=True)
class SetMeter:
    """Write another time signature into the take, from `tick` on; with the internal transport alone.

    Earlier `SetMeter` commands for `tick` or later are forgotten.
    """

    tick: int
    meter: str


@dataclass(frozen=True)
class Begin:
    """Begin although nothing is fed: tick 0 is or was at `at_s`, or is as soon as possible; with Link at a bar line."""

    at_s: float | None = None


@dataclass(frozen=True)
class SendFeedback:
    """Send a channel message to the MIDI controllers: a fader's position, or the state of a light."""

    message: bytes


@dataclass(frozen=True)
class ChoosePort:
    """Play to another port in the place of the output port of a number, from 0; behind the last one, besides."""

    output: int
    name: str | None
    """A part of its name; None for a virtual port."""


@dataclass(frozen=True)
class Incoming:
    """A message from the input port of this number; `source` is the use of the port, `thru` plays it through.

    The ports of the page in the browser are not the player's: their messages come from the session.
    """

    port: int
    source: str
    thru: bool
    at_s: float
    message: bytes


@dataclass(frozen=True)
class InputGone:
    """The input port of this number is gone, and with it the releases of held keys."""

    port: int


@dataclass(frozen=True)
class ClockIn:
    """A message of MIDI clock, received at `at_s` on the player's clock."""

    at_s: float
    message: bytes


@dataclass(frozen=True)
class ClockGone:
    """The clock's port is gone; clock messages are lost until it is back."""


@dataclass(frozen=True)
class LinkState:
    """An Ableton Link session at `at_s`: beat, tempo, and the shared play state.

    Beats are quarters; those at multiples of a bar's length are the session's bar lines. Which bar it is, nobody knows.
    """

    at_s: float
    beat: float
    tempo: float
    plays: bool


Inner = ClockIn | ClockGone | LinkState
"""Commands from inside the player's process, which cross no pipe."""

Command = (
    Feed
    | Cut
    | YieldTo
    | Replace
    | Finish
    | Stop
    | Annotate
    | SetMeter
    | Begin
    | SetTempo
    | SetChannel
    | SetMute
    | SetProgram
    | SetPause
    | SetThru
    | Panic
    | SendFeedback
    | ChoosePort
    | Incoming
    | InputGone
    | Inner
)
"""The contents of a player's mailbox."""
