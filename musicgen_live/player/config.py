"""The configuration of a player process, which it reads before it begins."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from musicgen_live.config.port_options import PortOptions
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.config.transports import SYNCS
from musicgen_live.errors import SettingsError
from musicgen_live.midi.file_writer import PackedTrack
from musicgen_live.midi.messages import program_messages
from musicgen_live.midi.take_tracks import NamedTrack, PackedTake
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.count_in import CountIn
from musicgen_live.player.part_channels import PlayerPart, own_channel, tracks_of

MOST_COUNT_IN_BARS = 16


@dataclass(frozen=True)
class Timing:
    """The transport that the music follows, and the timing messages that it sends."""

    sync: str = "internal"
    """One of `SYNCS`."""
    clock_port: str | None = None
    """The input port for MIDI clock; None to create a virtual one."""
    count_in_bars: int = 0
    sends_clock: bool = False
    joins: bool = False
    """True to join a MIDI clock that runs already at its next bar line, without a start."""

    def __post_init__(self) -> None:
        """Raise SettingsError on values out of range or that contradict each other."""
        if self.sync not in SYNCS:
            raise SettingsError(f"--sync is {self.sync!r}; it can be {', '.join(SYNCS)}")
        if self.clock_port is not None and self.sync != "clock":
            raise SettingsError(
                f"--clock-port {self.clock_port!r} is of no use with --sync {self.sync}; say --sync clock"
            )
        if self.joins and self.sync == "link":
            raise SettingsError(
                "--join is of no use with --sync link, whose session is joined at its next bar line anyway"
            )
        if self.joins and self.sync != "clock":
            raise SettingsError(f"--join is of no use with --sync {self.sync}; say --sync clock")
        if self.joins and self.count_in_bars:
            raise SettingsError("--join and --count-in exclude each other: both begin with a clock that runs already")
        if not 0 <= self.count_in_bars <= MOST_COUNT_IN_BARS:
            raise SettingsError(f"--count-in is {self.count_in_bars}; it can be from 0 to {MOST_COUNT_IN_BARS} bars")

    @property
    def follows(self) -> bool:
        """True for an external transport."""
        return self.sync != "internal"


SOURCES = ("input", "chords", "control")
"""Uses of an input port: a musician's notes, chords that steer, or a MIDI controller."""


PAGE_KEYBOARD = "the keyboard of the page"
"""The name of an input, for the user, that is no port but the keyboards of the pages in the browser."""


@dataclass(frozen=True)
class InputOptions:
    """One input port."""

    name: str | None
    """Part of its name; None for a virtual port named after its source; or `PAGE_KEYBOARD`."""
    source: str
    """One of `SOURCES`."""
    thru: bool = False
    """True to play its messages through to the outputs and into the take."""

    def __post_init__(self) -> None:
        """Raise SettingsError on an unknown source, or a controller played through."""
        if self.source not in SOURCES:
            raise SettingsError(f"an input port is for {self.source!r}; it can be for {', '.join(SOURCES)}")
        if self.thru and self.source == "control":
            raise SettingsError("what controls is not played through")


@dataclass(frozen=True)
class Resume:
    """The state of a take from which a new player continues after the last one died."""

    origin_s: float | None
    """The moment of tick 0 on `time.monotonic`; None if the music had not begun."""
    take: PackedTake
    """The take so far, with note-offs for all sounding notes at the end."""
    hanging: tuple[str, ...]
    """The messages, in hex, that release notes at the receivers, before a port's own channel and transposition."""
    sent_tick: int = -1
    """The tick of the take up to which all due messages were sent."""
    position: Position | None = None
    """The last position that an external transport reported."""
    tempos: tuple[tuple[int, float], ...] = ()
    """The latest tempos of the take, with the ticks from which they hold."""
    tempo_map: tuple[tuple[int, float], ...] = ()
    """The tempo map of the internal transport, future changes included; empty for the first tempo alone."""
    paused_tick: int | None = None
    """The tick at which the internal transport stands still in a pause."""


@dataclass(frozen=True)
class PlayerConfig:
    """The ports, the take and the sound of a player; `take` is the path to record to, None for no recording."""

    ports: tuple[PortOptions, ...]
    take: str | None
    take_name: str
    tempo: float
    time_signature: TimeSignature
    parts: tuple[PlayerPart, ...]
    """The parts of the music, or one without a name."""
    max_note_ticks: int
    timing: Timing = Timing()
    resume: Resume | None = None
    inputs: tuple[InputOptions, ...] = ()
    pads: tuple[tuple[int, int | None], ...] = ()
    """Mapped notes, by number and channel (1 to 16, None for any); a keyboard that is also a controller plays none."""
    sound: SoundOptions | None = None
    """The sound of this machine as one more output; None for none."""
    take_texts: tuple[str, ...] = ()
    """The text events in which the take says what it is."""

    @property
    def ahead_s(self) -> float:
        """The time by which messages are sent before they are heard: the greatest latency of an output."""
        latencies_ms = [0.0, *(port.latency_ms for port in self.ports)]
        if self.sound is not None:
            latencies_ms.append(self.sound.latency_ms)
        return max(latencies_ms) / 1000

    @property
    def channel(self) -> int:
        """The channel of music that is not split, or that of the first part; 0 to 15."""
        return self.parts[0].channel

    @property
    def own_channel(self) -> int:
        """The channel of what musicians play, 0 to 15, which no part has."""
        return own_channel(part.channel for part in self.parts)

    @property
    def tracks(self) -> tuple[NamedTrack, ...]:
        """The tracks of notes in the take: the music or each of its parts, and what a musician plays."""
        has_musician = any(options.source == "input" for options in self.inputs)
        return tracks_of(self.parts, self.take_name, self.own_channel if has_musician else None)

    @property
    def programs(self) -> tuple[bytes, ...]:
        """The messages that choose bank and program of each part, on its channel."""
        return tuple(
            message for part in self.parts for message in program_messages(part.channel, part.program, part.bank)
        )

    @property
    def count_in(self) -> CountIn:
        """The count-in, in the time signature of the take."""
        return CountIn(self.timing.count_in_bars, self.time_signature)

    def to_line(self) -> bytes:
        """Return one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> PlayerConfig:
        """Return the config that `to_line` wrote."""
        fields = json.loads(line)
        fields["time_signature"] = TimeSignature(*fields["time_signature"])
        fields["timing"] = Timing(**fields["timing"])
        fields["ports"] = tuple(_port(port) for port in fields["ports"])
        fields["parts"] = tuple(PlayerPart(**part) for part in fields["parts"])
        fields["inputs"] = tuple(InputOptions(**options) for options in fields["inputs"])
        fields["take_texts"] = tuple(fields["take_texts"])
        fields["pads"] = tuple((number, channel) for number, channel in fields["pads"])
        fields["sound"] = SoundOptions.of(fields["sound"]) if fields["sound"] else None
        if resume := fields["resume"]:
            tempos, notes, meters = (resume["take"][name] for name in ("tempos", "notes", "meters"))
            resume["take"] = PackedTake(
                _packed_track(tempos), tuple(map(_packed_track, notes)), tuple(map(_meter, meters))
            )
            resume["position"] = Position(**resume["position"]) if resume["position"] else None
            resume["hanging"] = tuple(resume["hanging"])
            for tempos in ("tempos", "tempo_map"):
                resume[tempos] = tuple((tick, tempo) for tick, tempo in resume[tempos])
            fields["resume"] = Resume(**resume)
        return cls(**fields)


def _port(values: dict[str, Any]) -> PortOptions:
    routes = values.pop("routes")
    return PortOptions(**values, routes=None if routes is None else tuple((one, other) for one, other in routes))


def _meter(values: list[Any]) -> Meter:
    tick, bar, time_signature = values
    return Meter(tick, bar, TimeSignature(*time_signature))


def _packed_track(values: dict[str, Any]) -> PackedTrack:
    sounding = tuple((channel, pitch, count) for channel, pitch, count in values["sounding"])
    return PackedTrack(tuple(values["blocks"]), values["size"], values["last_tick"], sounding)
