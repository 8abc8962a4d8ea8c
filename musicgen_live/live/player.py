"""The player: sends every note when it is due, to every output, and leaves none sounding."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from musicgen_live.live.clock import Clock, Mailbox
from musicgen_live.live.messages import Began, Command, Feed, Finish, Report, Sent, Stop
from musicgen_live.live.outlet import Lane, Outlet
from musicgen_live.live.pulses import Pulses
from musicgen_live.live.tempo import TempoMap
from musicgen_live.notes import PPQ, Note
from musicgen_live.outputs.base import (
    ALL_NOTES_OFF,
    CLOCK,
    CONTROL_CHANGE,
    NOTE_OFF,
    NOTE_ON,
    PROGRAM_CHANGE,
    SONG_POSITION,
)

LATE_DROP_S = 0.25
"""A note that could only begin later than this is left out, its release with it."""

MAX_NOTE_TICKS = 16 * PPQ
"""How long a note sounds at most, if nothing else is said."""

# In the order in which they are sent at one tick: releases first, so that a repeated note is struck anew.
_RELEASE, _STRIKE = 0, 1


class Player:
    """Plays notes fed to it by tick. The first notes fed set tick 0 to that very moment, unless it is given.

    Where an output wants its notes ahead of time, tick 0 is so much later. Deadlines are absolute: origin +
    seconds_at(tick). Releases are queued only when their note was really struck, so that a dropped note leaves nothing
    behind. Equal pitches that overlap are counted: a second strike releases and strikes again, and the pitch is
    released when the last of them ends.
    """

    def __init__(
        self,
        clock: Clock,
        tempo: TempoMap,
        lanes: Sequence[Lane],
        *,
        channel: int = 0,
        program: int | None = None,
        max_note_ticks: int = MAX_NOTE_TICKS,
        origin_s: float | None = None,
        sends_clock: bool = False,
        report: Callable[[Report], None],
    ) -> None:
        """`channel` from 0 to 15, `program` from 0 to 127; a note is released after `max_note_ticks` at the latest.

        `origin_s`, on the clock's scale, says where tick 0 was for a player that goes on with a take. With
        `sends_clock`, MIDI clock goes out with the music. `report` is called with all that was sent and with troubles.
        """
        self._clock = clock
        self._tempo = tempo
        self._outlet = Outlet(lanes, report)
        self._channel = channel
        self._program = program
        self._report = report
        self._max_note_ticks = max_note_ticks
        self._origin_s = origin_s
        self._queue: list[tuple[int, int, int, Note]] = []
        self._queued = 0
        self._sounding: dict[int, int] = {}
        self._last_tick = 0
        self._end_tick: int | None = None
        self._pulses = Pulses() if sends_clock else None
        # What the next report will tell.
        self._sent: list[bytes] = []
        self._late_ms: list[float] = []
        self._dropped = 0

    def run(self, mailbox: Mailbox) -> None:
        """Play until finished or stopped. Whatever happens, what sounds is released; outputs stay open."""
        try:
            if self._program is not None:
                self._send(0, bytes((PROGRAM_CHANGE | self._channel, self._program)))
            if self._pulses and self._origin_s is not None:
                for message in self._pulses.locate(self._tick_now()):
                    self._send(0, message)
            goes_on = True
            while goes_on or self._outlet.next_s is not None:
                due_s, waiting_s = self._next_deadline_s() if goes_on else None, self._outlet.next_s
                until_s = min((at_s for at_s in (due_s, waiting_s) if at_s is not None), default=None)
                command: Command | None = self._clock.wait(mailbox, until_s)
                if isinstance(command, Stop):
                    break
                if command is not None:
                    self._obey(command)
                elif until_s == waiting_s:
                    self._outlet.send_next()
                else:
                    goes_on = self._send_due()
        finally:
            self._release_all()

    def _obey(self, command: Command) -> None:
        if isinstance(command, Finish):
            self._end_tick = command.tick
        elif isinstance(command, Feed):
            if self._origin_s is None and command.notes:
                self._origin_s = self._clock.now_s() + self._outlet.ahead_s
                self._report(Began(self._origin_s))
            for note in command.notes:
                self._push(note.start_tick, _STRIKE, note)

    def _push(self, tick: int, kind: int, note: Note) -> None:
        self._queued += 1
        heapq.heappush(self._queue, (tick, kind, self._queued, note))

    def _next_deadline_s(self) -> float | None:
        note_tick = self._queue[0][0] if self._queue else self._end_tick
        pulse_tick = self._next_pulse_tick()
        ticks = [tick for tick in (note_tick, pulse_tick) if tick is not None]
        return self._deadline_s(min(ticks)) if ticks else None

    def _next_pulse_tick(self) -> int | None:
        """When the next clock pulse is due, if there is one before the end."""
        if not self._pulses or self._origin_s is None:
            return None
        tick = self._pulses.next_tick
        return None if self._end_tick is not None and tick >= self._end_tick else tick

    def _deadline_s(self, tick: int) -> float:
        """When what is due at `tick` has to leave here."""
        # Nothing has been fed yet when a take without a note finishes: it is over at once.
        return (self._origin_s or 0.0) + self._tempo.seconds_at(tick) - self._outlet.ahead_s

    def _send_due(self) -> bool:
        """Send all that is due at the earliest tick queued; False if the end of the take was what was due."""
        pulse_tick = self._next_pulse_tick()
        if self._pulses and pulse_tick is not None and (not self._queue or pulse_tick <= self._queue[0][0]):
            # Before the notes of the same tick: it is what others are in time by.
            for message in self._pulses.due():
                self._send(pulse_tick, message)
            return True
        if not self._queue:
            return False
        tick = self._queue[0][0]
        while self._queue and self._queue[0][0] == tick:
            _, kind, _, note = heapq.heappop(self._queue)
            if kind == _RELEASE:
                self._release(tick, note.pitch)
            else:
                self._strike(tick, note)
        self._tell(tick)
        return True

    def _strike(self, tick: int, note: Note) -> None:
        late_s = self._clock.now_s() - self._deadline_s(tick)
        if late_s > LATE_DROP_S:
            self._dropped += 1
            return
        if self._sounding.get(note.pitch):
            self._send(tick, bytes((NOTE_OFF | self._channel, note.pitch, 0)))
        self._sounding[note.pitch] = self._sounding.get(note.pitch, 0) + 1
        self._send(tick, bytes((NOTE_ON | self._channel, note.pitch, note.velocity)))
        self._late_ms.append(round(1000 * late_s, 3))
        self._push(min(note.end_tick, note.start_tick + self._max_note_ticks), _RELEASE, note)

    def _release(self, tick: int, pitch: int) -> None:
        count = self._sounding[pitch] - 1
        if count:
            self._sounding[pitch] = count
        else:
            del self._sounding[pitch]
            self._send(tick, bytes((NOTE_OFF | self._channel, pitch, 0)))

    def _release_all(self) -> None:
        """Release exactly what sounds, at the tick of this moment, then say All Notes Off on the channel used."""
        self._outlet.flush()
        tick = max(self._last_tick, self._tick_now())
        for message in self._pulses.stop() if self._pulses else ():
            self._send(tick, message)
        for pitch in sorted(self._sounding):
            self._send(tick, bytes((NOTE_OFF | self._channel, pitch, 0)))
        self._sounding.clear()
        self._send(tick, bytes((CONTROL_CHANGE | self._channel, ALL_NOTES_OFF, 0)))
        self._outlet.flush()
        self._tell(tick)

    def _tick_now(self) -> int:
        """The tick that is due at this moment, 0 before the music."""
        if self._origin_s is None:
            return 0
        return max(0, self._tempo.tick_at(self._clock.now_s() + self._outlet.ahead_s - self._origin_s))

    def _tell(self, tick: int) -> None:
        """Report what has been sent since the last report."""
        self._report(Sent(tick, tuple(self._sent), tuple(self._late_ms), self._dropped))
        self._sent.clear()
        self._late_ms.clear()
        self._dropped = 0

    def _send(self, tick: int, message: bytes) -> None:
        self._last_tick = max(self._last_tick, tick)
        if message[0] < CLOCK and message[0] != SONG_POSITION:
            # Clock is no part of the take: nobody has to know what of it was sent.
            self._sent.append(message)
        self._outlet.send(tick, message, self._deadline_s(tick))
