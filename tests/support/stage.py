"""A player on a manual clock with a script of commands, and the messages and reports that it sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Command, Incoming
from musicgen_live.player.count_in import CountIn
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.part_channels import PlayerPart
from musicgen_live.player.reports import Received, Report, TakeTempo, TempoChanged
from musicgen_live.player.sent_log import SentLog
from tests.support.scripted_clock import Scripted, at_tempo

Message = tuple[int, bytes]


@dataclass
class Stage:
    """At 120 BPM, 480 ticks are half a second."""

    script: list[tuple[float, Command]]
    output: MemoryOutput = field(default_factory=MemoryOutput)
    take: MemoryOutput = field(default_factory=MemoryOutput)
    sent_log: SentLog = field(default_factory=SentLog)
    reports: list[Report] = field(default_factory=list)
    controls: list[bytes] = field(default_factory=list)

    def received(self) -> list[tuple[int, str]]:
        """Return tick and message, in hex, of each `Received` report."""
        return [(r.tick, r.message.hex(" ")) for r in self.reports if isinstance(r, Received)]

    def tempos(self) -> list[TempoChanged | TakeTempo]:
        return [r for r in self.reports if isinstance(r, TempoChanged | TakeTempo)]

    def sent(self) -> list[tuple[int, str]]:
        """Return tick and message, in hex, of each message sent."""
        return [(tick, message.hex(" ")) for tick, message in self.output.messages]

    def recorded(self) -> list[tuple[int, str]]:
        """Return the messages of the take without All Notes Off, which is in no file."""
        return [(tick, m.hex(" ")) for tick, m in self.take.messages if tick >= 0 and m[1:2] != b"\x7b"]


class Looped(MemoryOutput):
    """An output that is connected to an input: each message is received again after `after_s`.

    Messages due during a standstill of the machine arrive at its end.
    """

    def __init__(
        self, clock: Scripted, loopback: LoopbackFilter, after_s: float, *, thru: bool, standstill: tuple[float, float]
    ) -> None:
        super().__init__()
        self._clock = clock
        self._loopback = loopback
        self._after_s = after_s
        self._thru = thru
        self._standstill = standstill

    def send(self, tick: int, message: bytes) -> None:
        super().send(tick, message)
        self._loopback.record_sent(message)
        at_s = self._clock.now_s() + self._after_s
        if self._standstill[0] < at_s < self._standstill[1]:
            at_s = self._standstill[1]
        self._clock.put(at_s, Incoming(0, "input", self._thru, at_s, message))


def perform(
    *script: tuple[float, Command],
    channel: int = 0,
    program: int | None = None,
    count_in: CountIn | None = None,
    sends_clock: bool = False,
    looped_s: float | None = None,
    standstill: tuple[float, float] = (0.0, 0.0),
    latencies_s: Sequence[float] = (0.0,),
    parts: tuple[PlayerPart, ...] = (),
) -> Stage:
    """Play at 120 BPM; with `looped_s`, each message is received again after that time, and played through."""
    clock = Scripted(list(script))
    stage = Stage(list(script))
    loopback = LoopbackFilter(clock.now_s)
    if looped_s is not None:
        stage.output = Looped(clock, loopback, looped_s, thru=True, standstill=standstill)
    others = [Route(MemoryOutput(), latency_s) for latency_s in latencies_s[1:]]

    def add_report(report: Report) -> None:
        stage.sent_log.record(report)
        stage.reports.append(report)

    Player(
        clock,
        at_tempo(120),
        [Route(stage.output, latencies_s[0]), *others, Route(stage.take, is_take=True)],
        loopback=loopback,
        send_feedback=stage.controls.append,
        report=add_report,
        options=PlayerOptions(
            parts=parts or (PlayerPart("", channel, program),),
            count_in=count_in or CountIn(0, TimeSignature(4, 4)),
            sends_clock=sends_clock,
        ),
    ).run(SimpleQueue())
    # Every message of the take is also reported, with its tick.
    assert stage.sent_log.messages == [(tick, m) for tick, m in stage.take.messages if tick >= 0 and m[0] < 0xF0]
    assert stage.sent_log.hanging() == []
    return stage


def keys(at_s: float, message: str, *, port: int = 0, thru: bool = False) -> tuple[float, Command]:
    """Return the command for a musician's message in hex."""
    return at_s, Incoming(port, "input", thru, at_s, bytes.fromhex(message))
