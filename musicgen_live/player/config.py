"""What a player process is told before it begins."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from musicgen_live.config.port_options import PortOptions
from musicgen_live.errors import SettingsError
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature

SYNCS = ("internal", "clock", "link")
"""Whose time is followed: our own, MIDI clock's, an Ableton Link session's."""


MOST_COUNT_IN_BARS = 16


@dataclass(frozen=True)
class Timing:
    """Whose time the music has, and who is told of it."""

    sync: str = "internal"
    """One of `SYNCS`."""
    clock_port: str | None = None
    """The port that brings MIDI clock; None for one of our own."""
    count_in_bars: int = 0
    sends_clock: bool = False

    def __post_init__(self) -> None:
        """SettingsError on what cannot be."""
        if self.sync not in SYNCS:
            raise SettingsError(f"--sync is {self.sync!r}; it can be {', '.join(SYNCS)}")
        if self.clock_port is not None and self.sync != "clock":
            raise SettingsError(f"--clock-port {self.clock_port!r} is of no use with --sync {self.sync}: --sync clock")
        if not 0 <= self.count_in_bars <= MOST_COUNT_IN_BARS:
            raise SettingsError(f"--count-in is {self.count_in_bars}; it can be from 0 to {MOST_COUNT_IN_BARS} bars")

    @property
    def follows(self) -> bool:
        """Whether it is someone else's time."""
        return self.sync != "internal"


SOURCES = ("input", "chords", "control")
"""What comes in at an input port: a musician's notes, chords that steer, knobs and switches."""


@dataclass(frozen=True)
class InputOptions:
    """One port to listen to."""

    name: str | None
    """Part of its name, or the name of one to be made; None for one of ours, called after what it brings."""
    source: str
    """One of `SOURCES`."""
    thru: bool = False
    """Whether what is played there goes out at once, and into the take."""
    virtual: bool = False
    """Whether the port is to be made rather than found."""

    def __post_init__(self) -> None:
        """SettingsError on what cannot be."""
        if self.source not in SOURCES:
            raise SettingsError(f"an input port is for {self.source!r}; it can be for {', '.join(SOURCES)}")
        if self.thru and self.source == "control":
            raise SettingsError("what controls is not played through")


@dataclass(frozen=True)
class Resume:
    """What a player needs to know to go on with a take whose player is gone."""

    origin_s: float | None
    """Where tick 0 was, on `time.monotonic`; None if nothing had begun."""
    history: tuple[tuple[int, str], ...]
    """The messages of the take so far, as (tick, hex), with what sounded released at the end."""
    hanging: tuple[str, ...]
    """The messages, in hex, that release what may still sound at the receivers, as the music has them."""
    sent_tick: int = -1
    """Everything due up to this tick of the take was sent."""
    position: Position | None = None
    """Where the music was by the time that it follows."""
    tempos: tuple[tuple[int, float], ...] = ()
    """The tempo map of the take so far."""
    tempo_map: tuple[tuple[int, float], ...] = ()
    """The tempo map of the music in its own time, with what is still to come; empty for the tempo it began with."""


@dataclass(frozen=True)
class PlayerConfig:
    """Where and how to play; `take` is the path to record to, None for no recording."""

    ports: tuple[PortOptions, ...]
    take: str | None
    take_name: str
    tempo: float
    time_signature: TimeSignature
    """Beats a bar, and the note that is a beat."""
    channel: int
    """0 to 15, as on the wire."""
    program: int | None
    """0 to 127, as on the wire."""
    max_note_ticks: int
    timing: Timing = Timing()
    resume: Resume | None = None
    inputs: tuple[InputOptions, ...] = ()
    pads: tuple[tuple[int, int | None], ...] = ()
    """Notes that control, by number and channel (1 to 16, None for any): a device that controls plays no others."""

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> PlayerConfig:
        """The inverse of `to_line`."""
        fields = json.loads(line)
        fields["time_signature"] = TimeSignature(*fields["time_signature"])
        fields["timing"] = Timing(**fields["timing"])
        fields["ports"] = tuple(PortOptions(**port) for port in fields["ports"])
        fields["inputs"] = tuple(InputOptions(**plan) for plan in fields["inputs"])
        fields["pads"] = tuple((number, channel) for number, channel in fields["pads"])
        if resume := fields["resume"]:
            resume["history"] = tuple((tick, message) for tick, message in resume["history"])
            resume["position"] = Position(**resume["position"]) if resume["position"] else None
            resume["hanging"] = tuple(resume["hanging"])
            for tempos in ("tempos", "tempo_map"):
                resume[tempos] = tuple((tick, tempo) for tick, tempo in resume[tempos])
            fields["resume"] = Resume(**resume)
        return cls(**fields)
