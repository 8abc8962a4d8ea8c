"""Follows MIDI clock: from start, stop, continue, song positions and 24 pulses a quarter to where the music is."""

from __future__ import annotations

import math
from enum import Enum, auto

from musicgen_live.midi.messages import CLOCK, CONTINUE, SONG_POSITION, START, STOP
from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.protocol import ClockGone, ClockIn, Command, Notice
from musicgen_live.player.timing import PULSES_PER_QUARTER, TICKS_PER_PULSE
from musicgen_live.player.transport.base import ExternalTransport, Started, Stopped, TransportEvent
from musicgen_live.player.transport.clock_filter import ClockFilter

PULSES_PER_SIXTEENTH = PULSES_PER_QUARTER // 4
"""Song positions are counted in sixteenth notes."""


class _State(Enum):
    WAITING = auto()
    """No start has been heard yet."""
    RUNNING = auto()
    HALTED = auto()
    PAUSED = auto()
    """Nothing said stop, but for a bar no pulse has come."""


class MidiClockTransport(ExternalTransport):
    """A `Transport` that is a MIDI clock.

    The first pulse after start is tick 0, the first after continue the position that was kept or located. Pulses are
    counted, as the standard has it: a clock that pauses without a stop goes on where it was. While nothing is heard the
    music holds the tempo for a bar; then it halts, and goes on with the next pulse. A port that went is another thing:
    its clock goes on unheard, so when it is back within the bar, the music is where time says it is; later than that,
    the next start or continue is waited for.

    Pulses without a start do not start the music, since most DAWs send them while they stand still. With a count-in
    they do: so many bars after the first pulse.
    """

    def __init__(
        self, time_signature: TimeSignature, tempo: float, *, count_in_bars: int = 0, resume: Position | None = None
    ) -> None:
        """`tempo` is taken for the tempo until two pulses have come; `resume` is where another player had come to."""
        self._time_signature = time_signature
        self._bar_pulses = time_signature.bar_ticks // TICKS_PER_PULSE
        self._count_in_pulses = count_in_bars * self._bar_pulses
        self._state = _State.WAITING
        self._position = 0  # the number of the next pulse, counted from bar 1, while halted
        self._left_at = 0  # where it was when the music halted
        self._armed: int | None = None  # what the next pulse's number will be
        self._base = 0  # the tracker's number of the pulse that is at tick 0
        self._is_interrupted = False
        self._is_new = resume is not None
        period_s = 60 / PULSES_PER_QUARTER / (resume.tempo if resume else tempo)
        self._tracker = ClockFilter(period_s, resume.at_s if resume and resume.runs else None)
        if resume:
            self._resume(resume)

    def _resume(self, was: Position) -> None:
        self._position = self._left_at = was.tick // TICKS_PER_PULSE
        self._state = _State.HALTED
        if was.runs:
            self._base = self._tracker.count - self._position
            self._state, self._is_interrupted = _State.RUNNING, True

    @property
    def runs(self) -> bool:
        """Whether the music runs."""
        return self._state is _State.RUNNING

    @property
    def tempo(self) -> float:
        """Quarter notes a minute."""
        return 60 / PULSES_PER_QUARTER / self._tracker.period_s

    @property
    def timeout_s(self) -> float | None:
        """A bar after the last pulse, while the music runs."""
        if not self.runs:
            return None
        return self._tracker.arrived_s + self._bar_pulses * self._tracker.period_s

    @property
    def limit_tick(self) -> int | None:
        """The next pulse, if a song position said while the music runs makes it another place."""
        return self._next_pulse * TICKS_PER_PULSE if self.runs and self._armed is not None else None

    def due_s(self, tick: float) -> float:
        """When a tick is due, by the latest estimate."""
        return self._tracker.time_of(self._base + tick / TICKS_PER_PULSE)

    def tick_at(self, at_s: float) -> int:
        """The last tick that has begun, or the tick at which the music stands."""
        if not self.runs:
            return self._position * TICKS_PER_PULSE
        # 1e-6: the time of a tick has to give that tick back.
        return math.floor((self._tracker.pulse_at(at_s) - self._base) * TICKS_PER_PULSE + 1e-6)

    def receive(self, command: Command) -> list[TransportEvent]:
        """Take a message of the clock, or that its port is gone."""
        if isinstance(command, ClockGone):
            return self._lose_port()
        return self._heard(command.at_s, command.message) if isinstance(command, ClockIn) else []

    def _heard(self, at_s: float, message: bytes) -> list[TransportEvent]:
        kind, events = message[0], list[TransportEvent]()
        if kind == CLOCK:
            events = self._pulse(at_s)
        elif kind == SONG_POSITION and len(message) == 3:
            self._locate((message[1] | message[2] << 7) * PULSES_PER_SIXTEENTH)
        elif kind == START:
            events = self._arm(0, at_s)
        elif kind == CONTINUE and not self.runs:
            events = self._arm(self._position if self._armed is None else self._armed, at_s)
        elif kind == STOP:
            events = self._stop(at_s)
        return events

    def timeout(self, now_s: float) -> list[TransportEvent]:
        """Give the clock up: a bar has gone by without a pulse."""
        if not self.runs:
            return []
        if self._is_new:
            # Another player listened until now, or the time since then went into starting this one.
            self._is_new = False
            self._tracker.arrived_s = now_s
            return []
        halt = Stopped(self.tick_at(now_s))
        self._position, self._left_at = self._next_pulse, halt.tick // TICKS_PER_PULSE
        if self._is_interrupted:
            self._state = _State.HALTED
            then = "press play again when its port is back"
        else:
            self._state = _State.PAUSED
            then = "the music goes on with it"
        return [halt, Notice(f"The clock has been silent for a bar, so the notes are released; {then}.")]

    @property
    def _next_pulse(self) -> int:
        return self._tracker.count + 1 - self._base

    def _pulse(self, at_s: float) -> list[TransportEvent]:
        self._is_new = False
        if self._state is _State.WAITING and self._count_in_pulses and self._armed is None:
            self._armed = -self._count_in_pulses
        if self._armed is not None:
            return self._run(self._armed, at_s)
        if self._state is _State.PAUSED:
            return self._run(self._position, at_s)
        if not self.runs:
            self._tracker.receive(at_s)
            if self._state is _State.WAITING and self._tracker.count == PULSES_PER_QUARTER:
                return [Notice(f"A clock of {self.tempo:.0f} BPM comes in; press play in the DAW.")]
            return []
        if self._is_interrupted:
            self._is_interrupted = False
            self._tracker.skip(max(0, round(self._tracker.pulse_at(at_s)) - self._tracker.count - 1))
        was_tick = self.tick_at(at_s)
        self._tracker.receive(at_s)
        if was_tick - self.tick_at(at_s) < PPQ:
            return []
        # It had paused for long, and the music had gone ahead.
        return [Stopped(was_tick), Started((self._next_pulse - 1) * TICKS_PER_PULSE, is_jump=True)]

    def _run(self, position: int, at_s: float) -> list[TransportEvent]:
        is_jump = self.runs or position != self._left_at
        events: list[TransportEvent] = [Stopped(self._halt_tick(at_s))] if self.runs else []
        self._tracker.receive_first(at_s)
        self._base = self._tracker.count - position
        self._state, self._armed, self._is_interrupted = _State.RUNNING, None, False
        return [*events, Started(position * TICKS_PER_PULSE, is_jump)]

    def _arm(self, position: int, at_s: float) -> list[TransportEvent]:
        events: list[TransportEvent] = []
        if self.runs:
            events.append(Stopped(self._halt_tick(at_s)))
            self._left_at = self._next_pulse
        self._state = _State.HALTED
        self._armed = position
        return events

    def _locate(self, position: int) -> None:
        if self.runs and position == self._next_pulse:
            self._armed = None
        elif self.runs or self._armed is not None:
            self._armed = position
        else:
            self._position = position

    def _stop(self, at_s: float) -> list[TransportEvent]:
        events: list[TransportEvent] = []
        if self.runs:
            events.append(Stopped(self._halt_tick(at_s)))
            where = self._time_signature.format_position(self._next_pulse * TICKS_PER_PULSE)
            events.append(Notice(f"Stopped at {where}; the notes are released."))
            self._position = self._left_at = self._next_pulse
        if self._armed is not None:
            self._position = self._armed
        self._armed = None
        if self._state is not _State.WAITING:
            # A DAW may say stop before anything has run: the count-in still waits for a pulse.
            self._state = _State.HALTED
        return events

    def _halt_tick(self, at_s: float) -> int:
        """Where the music is when it is halted: no further than the next pulse, which the clock did not send."""
        return min(self.tick_at(at_s), self._next_pulse * TICKS_PER_PULSE)

    def _lose_port(self) -> list[TransportEvent]:
        self._is_interrupted = True
        if self._state is _State.PAUSED:
            self._state = _State.HALTED
        return []
