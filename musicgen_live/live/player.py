"""The player: sends every note when it is due, to every output, and leaves none sounding."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from musicgen_live.live.clock import Clock, Mailbox
from musicgen_live.live.count_in import Click, CountIn
from musicgen_live.live.leader import Event, Halt, Leader, Run
from musicgen_live.live.messages import Began, Command, Feed, Finish, Followed, News, Report, Stop
from musicgen_live.live.outlet import Lane, Outlet
from musicgen_live.live.own_time import OwnTime
from musicgen_live.live.part import Part
from musicgen_live.live.pulses import Pulses
from musicgen_live.live.sender import Sender
from musicgen_live.live.take_place import TakePlace, TakeTempo
from musicgen_live.notes import PPQ, Note
from musicgen_live.outputs.base import (
    ALL_NOTES_OFF,
    CONTROL_CHANGE,
    NOTE_OFF,
    NOTE_ON,
    PROGRAM_CHANGE,
)

LATE_DROP_S = 0.25
"""A note that could only begin later than this is left out, its release with it."""

MAX_NOTE_TICKS = 16 * PPQ
"""How long a note sounds at most, if nothing else is said."""

NO_COUNT_IN = CountIn(0, (4, 4))

# In the order in which they are sent at one tick: releases first, so that a repeated note is struck anew.
_RELEASE, _STRIKE = 0, 1


class Player:
    """Plays notes fed to it by tick, in its own time or in that of a leader.

    In its own time, the first notes fed set tick 0 to that very moment, unless it is given, or to the end of the
    count-in; where an output wants its notes ahead of time, so much later. A leader says when the music runs, halts and
    jumps. What was fed is kept: where the music jumps to, it is there at once.

    Deadlines are absolute, as the time has them at the moment. Releases are queued only when their note was really
    struck, so that a dropped note leaves nothing behind. Equal pitches that overlap are counted: a second strike
    releases and strikes again, and the pitch is released when the last of them ends.
    """

    def __init__(  # noqa: PLR0913 (told by name)
        self,
        clock: Clock,
        time: Leader,
        lanes: Sequence[Lane],
        *,
        channel: int = 0,
        program: int | None = None,
        max_note_ticks: int = MAX_NOTE_TICKS,
        sends_clock: bool = False,
        count_in: CountIn = NO_COUNT_IN,
        place: TakePlace | None = None,
        from_tick: int = 0,
        report: Callable[[Report], None],
    ) -> None:
        """`channel` from 0 to 15, `program` from 0 to 127; a note is released after `max_note_ticks` at the latest.

        With `sends_clock`, MIDI clock goes out with the music. `place` says how the music lies in the take, where they
        may differ; `from_tick` is where the music goes on if another player played what is before. `report` is called
        with all that was sent, where the music is, and with troubles.
        """
        self._clock = clock
        self._time = time
        self._outlet = Outlet(lanes, report)
        self._channel = channel
        self._program = program
        self._report = report
        self._max_note_ticks = max_note_ticks
        self._count_in = count_in
        self._place = place or TakePlace(4 * PPQ)
        self._take_tempo = TakeTempo(report)
        self._beat = from_tick // PPQ
        self._part = Part(from_tick)
        self._queue: list[tuple[int, int, int, Note | Click]] = []
        """Releases that are owed, clicks, and notes that came when their time was past."""
        self._queued = 0
        self._sounding: dict[int, int] = {}
        self._end_tick: int | None = None
        self._pulses = Pulses() if sends_clock else None
        self._sender = Sender(self._outlet, self._place, report)

    def run(self, mailbox: Mailbox) -> None:
        """Play until finished or stopped. Whatever happens, what sounds is released; outputs stay open."""
        try:
            if self._program is not None:
                self._send(0, bytes((PROGRAM_CHANGE | self._channel, self._program)))
            if self._pulses and self._time.runs:
                for message in self._pulses.locate(self._tick_now()):
                    self._send(0, message)
            goes_on = True
            while goes_on or self._outlet.next_s is not None:
                due_s, alarm_s = (self._next_deadline_s(), self._time.alarm_s) if goes_on else (None, None)
                waiting_s = self._outlet.next_s
                until_s = min((at_s for at_s in (due_s, waiting_s, alarm_s) if at_s is not None), default=None)
                command: Command | None = self._clock.wait(mailbox, until_s)
                if isinstance(command, Stop):
                    break
                if command is not None:
                    self._obey(command)
                elif until_s == waiting_s:
                    self._outlet.send_next()
                elif until_s == due_s:
                    goes_on = self._send_due()
                else:
                    self._follow(self._time.ring(self._clock.now_s()))
        finally:
            self._release_all()

    def _obey(self, command: Command) -> None:
        if isinstance(command, Finish):
            self._end_tick = command.tick
        elif isinstance(command, Feed):
            if command.notes and isinstance(self._time, OwnTime) and not self._time.runs:
                self._begin(self._time)
            for note in command.notes:
                if not self._part.add(note):
                    self._push(note.start_tick, _STRIKE, note)
        else:
            self._follow(self._time.hear(command))
            self._tell_beat()

    def _begin(self, time: OwnTime) -> None:
        origin_s = self._clock.now_s() + self._outlet.ahead_s + time.length_s(self._count_in.ticks)
        time.begin(origin_s)
        self._report(Began(origin_s))
        self._run_from(-self._count_in.ticks)

    def _push(self, tick: int, kind: int, what: Note | Click) -> None:
        self._queued += 1
        heapq.heappush(self._queue, (tick, kind, self._queued, what))

    def _follow(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Halt):
                self._halt(event.tick)
            elif isinstance(event, Run):
                if event.is_jump:
                    self._jump(event.tick)
                self._run_from(event.tick, is_jump=event.is_jump)
                self._beat = event.tick // PPQ
                self._tell_place(event.tick)
            else:
                self._report(News(event.text))

    def _jump(self, tick: int) -> None:
        self._place.jump(tick)
        self._part.jump(tick)
        self._queue.clear()

    def _run_from(self, tick: int, *, is_jump: bool = False) -> None:
        for click in self._count_in.clicks(tick) if tick < 0 else ():
            self._push(click.start_tick, _STRIKE, click)
        for message in self._pulses.run_from(tick, is_jump=is_jump) if self._pulses else ():
            self._send(tick, message)

    def _halt(self, tick: int) -> None:
        """Release what sounds; the notes that come next stay where they are."""
        self._outlet.flush()
        self._release_sounding(tick)
        self._sender.reach(tick)
        self._queue = [entry for entry in self._queue if entry[1] == _STRIKE and isinstance(entry[3], Note)]
        heapq.heapify(self._queue)
        self._sender.tell(tick)
        self._take_tempo.halt()
        self._report(Followed(tick, self._place.of(tick), self._clock.now_s(), self._time.tempo, runs=False))

    def _tell_beat(self) -> None:
        """Report where the music is if a beat has begun."""
        if self._time.runs and (beat := self._tick_now() // PPQ) != self._beat:
            self._beat = beat
            self._tell_place(beat * PPQ)

    def _tell_place(self, tick: int) -> None:
        at_s, take_tick = self._time.due_s(tick), self._place.of(tick)
        if tick >= 0:
            self._take_tempo.reach(take_tick, at_s, self._time.tempo)
        self._report(Followed(tick, take_tick, at_s, self._time.tempo, runs=True))

    def _next_deadline_s(self) -> float | None:
        if not self._time.runs:
            # Nothing has been fed when a take without a note finishes: it is over at once.
            nothing_to_play = isinstance(self._time, OwnTime) and self._end_tick is not None
            return self._clock.now_s() if nothing_to_play else None
        note_tick = self._next_note_tick()
        pulse_tick = self._next_pulse_tick()
        ticks = [tick for tick in (self._end_tick if note_tick is None else note_tick, pulse_tick) if tick is not None]
        limit_tick = self._time.limit_tick
        if not ticks or (limit_tick is not None and min(ticks) >= limit_tick):
            return None
        return self._deadline_s(min(ticks))

    def _next_note_tick(self) -> int | None:
        ticks = (self._queue[0][0] if self._queue else None, self._part.next_tick)
        return min((tick for tick in ticks if tick is not None), default=None)

    def _next_pulse_tick(self) -> int | None:
        """When the next clock pulse is due, if there is one before the end."""
        if not self._pulses or not self._time.runs:
            return None
        tick = self._pulses.next_tick
        return None if self._end_tick is not None and tick >= self._end_tick else tick

    def _deadline_s(self, tick: int) -> float:
        """When what is due at `tick` has to leave here."""
        return self._time.due_s(tick) - self._outlet.ahead_s

    def _send_due(self) -> bool:
        """Send all that is due at the earliest tick; False if the end of the take was what was due."""
        tick, pulse_tick = self._next_note_tick(), self._next_pulse_tick()
        if self._pulses and pulse_tick is not None and (tick is None or pulse_tick <= tick):
            # Before the notes of the same tick: it is what others are in time by.
            for message in self._pulses.due():
                self._send(pulse_tick, message)
            return True
        if tick is None:
            return False
        while self._queue and self._queue[0][0] == tick:
            _, kind, _, what = heapq.heappop(self._queue)
            if isinstance(what, Click):
                self._click(kind, what)
            elif kind == _RELEASE:
                self._release(tick, what.pitch)
            else:
                self._strike(tick, what)
        for note in self._part.take(tick):
            self._strike(tick, note)
        self._sender.tell(tick)
        return True

    def _click(self, kind: int, click: Click) -> None:
        if kind == _STRIKE:
            self._send(click.start_tick, click.strike)
            self._push(click.end_tick, _RELEASE, click)
        else:
            self._send(click.end_tick, click.release)

    def _strike(self, tick: int, note: Note) -> None:
        late_s = self._clock.now_s() - self._deadline_s(tick)
        if late_s > LATE_DROP_S:
            self._sender.drop()
            return
        if self._sounding.get(note.pitch):
            self._send(tick, bytes((NOTE_OFF | self._channel, note.pitch, 0)))
        self._sounding[note.pitch] = self._sounding.get(note.pitch, 0) + 1
        self._send(tick, bytes((NOTE_ON | self._channel, note.pitch, note.velocity)))
        self._sender.strike(late_s)
        self._push(min(note.end_tick, note.start_tick + self._max_note_ticks), _RELEASE, note)

    def _release(self, tick: int, pitch: int) -> None:
        count = self._sounding[pitch] - 1
        if count:
            self._sounding[pitch] = count
        else:
            del self._sounding[pitch]
            self._send(tick, bytes((NOTE_OFF | self._channel, pitch, 0)))

    def _release_sounding(self, tick: int) -> None:
        for message in self._pulses.stop() if self._pulses else ():
            self._send_now(tick, message)
        for _, kind, _, what in self._queue:
            if kind == _RELEASE and isinstance(what, Click):
                self._send_now(what.start_tick, what.release)
        for pitch in sorted(self._sounding):
            self._send_now(tick, bytes((NOTE_OFF | self._channel, pitch, 0)))
        self._sounding.clear()

    def _release_all(self) -> None:
        """Release exactly what sounds, at the tick of this moment, then say All Notes Off on the channel used."""
        self._outlet.flush()
        tick = self._tick_now()
        self._release_sounding(tick)
        self._send_now(max(tick, 0), bytes((CONTROL_CHANGE | self._channel, ALL_NOTES_OFF, 0)))
        self._outlet.flush()
        self._sender.tell(tick)

    def _tick_now(self) -> int:
        """The tick that is due at this moment, 0 before the music."""
        return self._time.tick_at(self._clock.now_s() + self._outlet.ahead_s)

    def _send(self, tick: int, message: bytes) -> None:
        """Send what is due at `tick`."""
        self._sender.send(tick, message, self._deadline_s(tick))

    def _send_now(self, tick: int, message: bytes) -> None:
        """Send what no tick made due, but something that happened."""
        self._sender.send(tick, message, self._clock.now_s())
