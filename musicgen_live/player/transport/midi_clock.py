"""Follows MIDI clock: computes the position from start, stop, continue, song positions and 24 pulses per quarter."""

from __future__ import annotations

import math
from enum import Enum, auto

from musicgen_live.midi.messages import CLOCK, CONTINUE, SONG_POSITION, START, STOP
from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import ClockGone, ClockIn, Command
from musicgen_live.player.reports import Notice
from musicgen_live.player.timing import PULSES_PER_QUARTER, TICKS_PER_PULSE
from musicgen_live.player.transport.base import ExternalTransport, Located, Started, Stopped, TransportEvent
from musicgen_live.player.transport.clock_filter import ClockFilter
from musicgen_live.player.transport.clock_sources import ClockSources, Separation

PULSES_PER_SIXTEENTH = PULSES_PER_QUARTER // 4
"""The unit of song positions is a sixteenth note."""


class _State(Enum):
    WAITING = auto()
    """No start has been received yet."""
    RUNNING = auto()
    STOPPED = auto()
    PAUSED = auto()
    """No pulse has been received for a bar, and no stop."""


class MidiClockTransport(ExternalTransport):
    """A `Transport` in time with MIDI clock.

    The first pulse after start is tick 0, the first one after continue the position that was kept or located. Pulses
    are counted, as the standard says: a clock that pauses without a stop continues at its position. Without pulses the
    music keeps the tempo for a bar; then it stops, and continues with the next pulse. If the port is lost, its clock
    continues meanwhile: if it is back within the bar, the position follows from the elapsed time; later than that, the
    music waits for the next start or continue.

    Of two clocks at the port, the one that was there first or that starts the music is followed; see `ClockSources`.

    Pulses without a start do not start the music, since most DAWs send them while they stand still. With a count-in
    they do: bar 1 follows the count-in, which begins at the first pulse. A transport that joins begins at the next bar
    line of such a clock: by its song position, or else a bar after its first pulse.
    """

    def __init__(
        self,
        time_signature: TimeSignature,
        tempo: float,
        *,
        count_in_ticks: int = 0,
        joins: bool = False,
        resume: Position | None = None,
    ) -> None:
        """Make a transport; `tempo` holds until two pulses have arrived.

        With `joins`, it begins without a start. `resume` is the position that a previous player had reached.
        """
        self._time_signature = time_signature
        self._bar_pulses = time_signature.bar_ticks // TICKS_PER_PULSE
        self._count_in_pulses = count_in_ticks // TICKS_PER_PULSE
        self._joining_pulse: int | None = -self._bar_pulses if joins else None
        """The number of the next pulse of a clock that is to be joined, below 0 if that is unknown; None for none."""
        self._state = _State.WAITING
        # Pulse numbers count from bar 1, so pulse 0 is at tick 0; only those of the filter count from its first pulse.
        self._position = 0
        """While stopped: the pulse from which Continue continues, kept at a stop or moved by Song Position."""
        self._stopped_at = 0
        """The pulse at which the music last stopped; a start elsewhere is a jump."""
        self._pending_pulse: int | None = None
        """The pulse number that the next clock pulse will have, after Start, Continue or Song Position; None if nothing
        is pending."""
        self._cycle_end: int | None = None
        """The pulse in the place of which the music last went back: the end of the loop that the DAW plays."""
        self._base = 0
        """The filter's number of pulse 0: a number of the filter less `_base` is a pulse number."""
        self._has_missed_pulses = False
        self._is_replacement = resume is not None
        period_s = 60 / PULSES_PER_QUARTER / (resume.tempo if resume else tempo)
        self._filter = ClockFilter(period_s, resume.at_s if resume and resume.runs else None)
        self._sources = ClockSources()
        if resume:
            self._resume(resume)

    def _resume(self, position: Position) -> None:
        self._position = self._stopped_at = position.tick // TICKS_PER_PULSE
        self._state = _State.STOPPED
        if position.runs:
            self._base = self._filter.count - self._position
            self._state, self._has_missed_pulses = _State.RUNNING, True

    @property
    def runs(self) -> bool:
        """True while the music runs."""
        return self._state is _State.RUNNING

    @property
    def tempo(self) -> float:
        """The clock's tempo in quarter notes per minute."""
        return 60 / PULSES_PER_QUARTER / self._filter.period_s

    @property
    def timeout_s(self) -> float | None:
        """A bar after the last pulse, while the music runs."""
        if not self.runs:
            return None
        return self._filter.arrived_s + self._bar_pulses * self._filter.period_s

    @property
    def limit_tick(self) -> int | None:
        """The tick of the next pulse, if a song position received while the music runs moves it.

        Before that, the end of a loop: a song position that comes a millisecond late must not let a note sound there.
        """
        if not self.runs:
            return None
        if self._pending_pulse is not None:
            return self._next_pulse * TICKS_PER_PULSE
        if self._cycle_end is None or self._next_pulse > self._cycle_end:
            return None
        return self._cycle_end * TICKS_PER_PULSE

    def due_s(self, tick: float) -> float:
        """Return the moment at which a tick is due, by the latest estimate."""
        return self._filter.time_of(self._base + tick / TICKS_PER_PULSE)

    def tick_at(self, at_s: float) -> int:
        """Return the last tick that has begun, or the tick at which the music stands still."""
        if not self.runs:
            return self._position * TICKS_PER_PULSE
        # 1e-6: a moment computed from a tick must convert back to that tick.
        return math.floor((self._filter.pulse_at(at_s) - self._base) * TICKS_PER_PULSE + 1e-6)

    def receive(self, command: Command) -> list[TransportEvent]:
        """Handle a message of the clock, or the loss of its port."""
        if isinstance(command, ClockGone):
            return self._lose_port()
        return self._handle(command.at_s, command.message) if isinstance(command, ClockIn) else []

    def _handle(self, at_s: float, message: bytes) -> list[TransportEvent]:
        kind, events = message[0], list[TransportEvent]()
        if kind == CLOCK:
            events = self._any_pulse(at_s)
        elif kind == SONG_POSITION and len(message) == 3:
            events = self._locate((message[1] | message[2] << 7) * PULSES_PER_SIXTEENTH)
        elif kind == START:
            events = self._start_at_next_pulse(0, at_s)
        elif kind == CONTINUE and not self.runs:
            pulse = self._position if self._pending_pulse is None else self._pending_pulse
            events = self._start_at_next_pulse(pulse, at_s)
        elif kind == STOP:
            events = self._stop(at_s)
        return events

    def timeout(self, now_s: float) -> list[TransportEvent]:
        """Stop the music, because a bar has passed without a pulse."""
        if not self.runs:
            return []
        if self._is_replacement:
            # The previous player received the clock until now, or the time was spent on starting this one.
            self._is_replacement = False
            self._filter.arrived_s = now_s
            return []
        stopped = Stopped(self.tick_at(now_s))
        self._position, self._stopped_at = self._next_pulse, stopped.tick // TICKS_PER_PULSE
        if self._has_missed_pulses:
            self._state = _State.STOPPED
            then = "press play again when its port is back"
        else:
            self._state = _State.PAUSED
            then = "the music goes on with it"
        return [stopped, Notice(f"The clock has been silent for a bar, so the notes are released; {then}.")]

    @property
    def _next_pulse(self) -> int:
        return self._filter.count + 1 - self._base

    def _any_pulse(self, at_s: float) -> list[TransportEvent]:
        """Handle a pulse of the followed clock, or of another one."""
        if self._sources.is_other(at_s):
            return []
        events = self._pulse(at_s)
        separation = self._sources.add(at_s, self._next_pulse - 1 if self.runs else None)
        return events if separation is None else [*events, *self._separate(separation, at_s)]

    def _separate(self, separation: Separation, at_s: float) -> list[TransportEvent]:
        """Go on with one of two clocks, whose pulses have been counted together until now."""
        tempos = f"{separation.tempo:.0f} and {separation.other_tempo:.0f} BPM"
        notice = Notice(
            f"Two clocks come in at this port, of {tempos}; the music follows the first of them. Disconnect the other."
        )
        tick = self.tick_at(at_s)
        self._filter = ClockFilter(60 / PULSES_PER_QUARTER / separation.tempo, separation.at_s)
        if not self.runs or separation.pulse is None:
            return [notice]
        self._base = self._filter.count - separation.pulse
        return [notice, Stopped(tick), Started(self.tick_at(at_s), is_jump=True)]

    def _pulse(self, at_s: float) -> list[TransportEvent]:
        self._is_replacement = False
        if (pulse := self._beginning_pulse()) is not None:
            return self._run(pulse, at_s)
        if not self.runs:
            if self._state is _State.WAITING and self._joining_pulse is not None:
                return self._join(self._joining_pulse, at_s)
            self._filter.receive(at_s)
            if self._state is _State.WAITING and self._filter.count == PULSES_PER_QUARTER:
                return [Notice(f"A clock of {self.tempo:.0f} BPM comes in; press play in the DAW.")]
            return []
        if self._has_missed_pulses:
            self._has_missed_pulses = False
            self._filter.skip(max(0, round(self._filter.pulse_at(at_s)) - self._filter.count - 1))
        expected_tick = self.tick_at(at_s)
        self._filter.receive(at_s)
        if expected_tick - self.tick_at(at_s) < PPQ:
            return []
        # The clock had paused for long, and the music was ahead of it.
        return [Stopped(expected_tick), Started((self._next_pulse - 1) * TICKS_PER_PULSE, is_jump=True)]

    def _beginning_pulse(self) -> int | None:
        """Return the number of a pulse with which the music begins, or goes on after a pause; None for another one."""
        if self._state is _State.WAITING and self._count_in_pulses and self._pending_pulse is None:
            self._pending_pulse = -self._count_in_pulses
        if self._pending_pulse is not None:
            return self._pending_pulse
        return self._position if self._state is _State.PAUSED else None

    def _join(self, pulse: int, at_s: float) -> list[TransportEvent]:
        """Begin at a bar line of a clock that runs, with the pulse of this number; before it, count."""
        if pulse >= 0 and pulse % self._bar_pulses == 0:
            where = self._time_signature.format_position(pulse * TICKS_PER_PULSE)
            return [*self._run(pulse, at_s), Notice(f"The music joins the clock, of {self.tempo:.0f} BPM, at {where}.")]
        self._joining_pulse = pulse + 1
        self._filter.receive(at_s)
        return []

    def _run(self, pulse: int, at_s: float) -> list[TransportEvent]:
        is_jump = self.runs or pulse != self._stopped_at
        events: list[TransportEvent] = [Stopped(self._stop_tick(at_s))] if self.runs else []
        if self.runs:
            self._cycle_end = self._next_pulse if pulse < self._next_pulse else None
        self._filter.receive_first(at_s)
        self._base = self._filter.count - pulse
        self._state, self._pending_pulse, self._has_missed_pulses = _State.RUNNING, None, False
        return [*events, Started(pulse * TICKS_PER_PULSE, is_jump)]

    def _start_at_next_pulse(self, pulse: int, at_s: float) -> list[TransportEvent]:
        """Give the next clock pulse a number, and stop the music until then."""
        events: list[TransportEvent] = []
        if self.runs:
            events.append(Stopped(self._stop_tick(at_s)))
            self._stopped_at = self._next_pulse
        self._state = _State.STOPPED
        self._pending_pulse = pulse
        self._sources.begin()
        return events

    def _locate(self, pulse: int) -> list[TransportEvent]:
        if self.runs and pulse == self._next_pulse:
            self._pending_pulse = None
        elif self.runs or self._pending_pulse is not None:
            self._pending_pulse = pulse
        else:
            if self._joining_pulse is not None:
                self._joining_pulse = pulse
            if pulse != self._position:
                self._position = pulse
                return [Located(pulse * TICKS_PER_PULSE)]
        return []

    def _stop(self, at_s: float) -> list[TransportEvent]:
        events: list[TransportEvent] = []
        if self.runs:
            events.append(Stopped(self._stop_tick(at_s)))
            where = self._time_signature.format_position(self._next_pulse * TICKS_PER_PULSE)
            events.append(Notice(f"Stopped at {where}; the notes are released."))
            self._position = self._stopped_at = self._next_pulse
        if self._pending_pulse is not None:
            self._position = self._pending_pulse
        # A clock that has stopped is joined when it starts.
        self._pending_pulse = self._joining_pulse = None
        if self._state is not _State.WAITING:
            # A DAW may send stop before any start: the count-in still waits for a pulse.
            self._state = _State.STOPPED
        return events

    def _stop_tick(self, at_s: float) -> int:
        """Return the tick at which the music stops: at most that of the next pulse, which the clock did not send."""
        return min(self.tick_at(at_s), self._next_pulse * TICKS_PER_PULSE)

    def _lose_port(self) -> list[TransportEvent]:
        self._has_missed_pulses = True
        if self._state is _State.PAUSED:
            self._state = _State.STOPPED
        return []
