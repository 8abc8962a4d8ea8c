"""The player: sends every note when it is due, to every output, and leaves none sounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.agenda import NOTE_END
from musicgen_live.player.clock import Clock, Mailbox
from musicgen_live.player.count_in import Click, CountIn
from musicgen_live.player.delay_compensation import DelayCompensation, Route
from musicgen_live.player.input import MusicianInput
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.position_reporter import PositionReporter
from musicgen_live.player.protocol import (
    Began,
    Begin,
    Command,
    Cut,
    Feed,
    Finish,
    Incoming,
    InputGone,
    Notice,
    Report,
    SendFeedback,
    SetChannel,
    SetTempo,
    Stop,
    TempoChanged,
)
from musicgen_live.player.schedule import Schedule
from musicgen_live.player.sender import Sender
from musicgen_live.player.take_timeline import TakeTimeline
from musicgen_live.player.time_signals import TimingMessages
from musicgen_live.player.transport.base import Started, Stopped, Transport, TransportEvent
from musicgen_live.player.transport.internal import InternalTransport
from musicgen_live.player.voices import Voices

LATE_DROP_S = 0.25
"""A note that could only begin later than this is left out, its release with it."""

LATE_CHANGE_S = 0.03
"""So late, notes are struck that were changed when the music had gone past them; what is later is left out."""

MAX_NOTE_TICKS = 16 * PPQ
"""How long a note sounds at most, if nothing else is said."""

NO_COUNT_IN = CountIn(0, TimeSignature(4, 4))


class Player:
    """Plays notes fed to it by tick, in its own time or in that of a leader, and what musicians play at inputs.

    In its own time, the first notes fed set tick 0 to that very moment, unless it is given, or to the end of the
    count-in; where an output wants its notes ahead of time, so much later. A leader says when the music runs, halts and
    jumps. What was fed is kept: where the music jumps to, it is there at once.

    Deadlines are absolute, as the time has them at the moment. Releases are queued only when their note was really
    struck, so that a dropped note leaves nothing behind. Equal pitches that overlap are counted (see `Voices`).
    """

    def __init__(  # noqa: PLR0913 (told by name)
        self,
        clock: Clock,
        transport: Transport,
        routes: Sequence[Route],
        *,
        channel: int = 0,
        program: int | None = None,
        max_note_ticks: int = MAX_NOTE_TICKS,
        sends_clock: bool = False,
        count_in: CountIn = NO_COUNT_IN,
        take_timeline: TakeTimeline | None = None,
        from_tick: int = 0,
        loopback: LoopbackFilter | None = None,
        send_feedback: Callable[[bytes], None] | None = None,
        report: Callable[[Report], None],
    ) -> None:
        """`channel` from 0 to 15, `program` from 0 to 127; a note is released after `max_note_ticks` at the latest.

        With `sends_clock`, MIDI clock goes out with the music. `take_timeline` maps the music to the take where they
        may differ; the music continues at `from_tick` if another player played what precedes it. The ports tell
        `loopback` what they send; `send_feedback` sends to the devices that control. The player calls `report` with all
        that it sent and received, with its position, and with troubles.
        """
        self._clock = clock
        self._transport = transport
        self._delay_compensation = DelayCompensation(routes, report)
        self._report = report
        self._max_note_ticks = max_note_ticks
        self._take_timeline = take_timeline or TakeTimeline(4 * PPQ)
        self._position_reporter = PositionReporter(transport, self._take_timeline, from_tick, report)
        self._schedule = Schedule(from_tick)
        self._voices = Voices(channel, program)
        self._timing_messages = TimingMessages(count_in, self._schedule.agenda, sends_clock=sends_clock)
        self._sender = Sender(self._delay_compensation, self._take_timeline, report)
        self._input = MusicianInput(self._voices, self._sender, loopback or LoopbackFilter(clock.now_s), report)
        self._send_feedback = send_feedback

    def run(self, mailbox: Mailbox) -> None:
        """Play until finished or stopped. Whatever happens, what sounds is released; outputs stay open."""
        try:
            self._voices.choose_program(0, self._send)
            if self._transport.runs:
                self._timing_messages.locate(self._tick_now(), self._send)
            goes_on = True
            while goes_on or self._delay_compensation.next_s is not None:
                due_s, alarm_s = (self._next_deadline_s(), self._transport.timeout_s) if goes_on else (None, None)
                waiting_s = self._delay_compensation.next_s
                until_s = min((at_s for at_s in (due_s, waiting_s, alarm_s) if at_s is not None), default=None)
                command: Command | None = self._clock.wait(mailbox, until_s)
                if isinstance(command, Stop):
                    break
                if command is not None:
                    self._obey(command)
                elif until_s == waiting_s:
                    self._delay_compensation.send_next()
                elif until_s == due_s:
                    goes_on = self._send_due()
                else:
                    self._handle_transport(self._transport.timeout(self._clock.now_s()))
        finally:
            self._release_all()

    def _obey(self, command: Command) -> None:
        if isinstance(command, Finish):
            self._schedule.end_tick = command.tick
        elif isinstance(command, Feed):
            self._feed(command.notes)
        elif isinstance(command, Cut):
            self._schedule.cut(command.tick, self._past_tick())
        elif isinstance(command, SetChannel):
            self._move(command.channel)
        elif isinstance(command, SendFeedback):
            if self._send_feedback:
                self._send_feedback(command.message)
        elif isinstance(command, Incoming | InputGone):
            self._handle_input(command)
        elif isinstance(command, Begin | SetTempo):
            if isinstance(self._transport, InternalTransport):
                self._obey_in_own_time(command, self._transport)
        else:
            self._handle_transport(self._transport.receive(command))
            self._position_reporter.report_beat(self._tick_now())

    def _obey_in_own_time(self, command: Begin | SetTempo, transport: InternalTransport) -> None:
        if isinstance(command, SetTempo):
            tick = transport.set_tempo(
                command.tick, command.tempo, self._clock.now_s() + self._delay_compensation.ahead_s
            )
            self._report(TempoChanged(tick, command.tempo))
        elif not transport.runs:
            self._begin(transport, command.at_s)

    def _feed(self, notes: Sequence[Note]) -> None:
        if notes and isinstance(self._transport, InternalTransport) and not self._transport.runs:
            self._begin(self._transport)
        self._schedule.feed(notes)

    def _past_tick(self) -> int:
        """What stands for something else and begins before this tick would be heard to come late."""
        if not self._transport.runs:
            return 0
        return self._transport.tick_at(self._clock.now_s() + self._delay_compensation.ahead_s - LATE_CHANGE_S)

    def _move(self, channel: int) -> None:
        """Go on on another channel; what sounded is not struck again there."""
        if channel == self._voices.channel:
            return
        self._delay_compensation.flush()
        self._schedule.forget_releases()
        self._voices.move(channel, max(0, self._tick_now()), self._send_aside)
        self._input.forget_early()
        self._sender.report_if_sent()

    def _handle_input(self, command: Incoming | InputGone) -> None:
        at_s = command.at_s if isinstance(command, Incoming) else self._clock.now_s()
        take_timeline = self._position_reporter.at(at_s)
        if min(take_timeline) >= 0:
            self._position_reporter.report_tempos(take_timeline[0])
        if isinstance(command, Incoming):
            self._input.receive(command, take_timeline)
        else:
            self._input.lose(command.port, at_s, take_timeline)
        self._sender.report_if_sent()

    def _begin(self, transport: InternalTransport, at_s: float | None = None) -> None:
        now_s = self._clock.now_s()
        count_in_ticks = self._timing_messages.count_in.ticks
        origin_s = (
            now_s + self._delay_compensation.ahead_s + transport.length_s(count_in_ticks) if at_s is None else at_s
        )
        transport.begin(origin_s)
        self._report(Began(origin_s))
        tick = -count_in_ticks if at_s is None else self._tick_now()
        self._timing_messages.run_from(tick, self._send, is_jump=tick > 0)
        self._position_reporter.report_tempos(tick)
        self._input.begin(transport.tick_at)
        self._sender.report_if_sent()

    def _handle_transport(self, events: Sequence[TransportEvent]) -> None:
        for event in events:
            if isinstance(event, Stopped):
                self._halt(event.tick)
            elif isinstance(event, Started):
                if event.is_jump:
                    self._take_timeline.jump(event.tick)
                    self._schedule.jump(event.tick)
                self._timing_messages.run_from(event.tick, self._send, is_jump=event.is_jump)
                self._position_reporter.run_from(event.tick)
            else:
                self._report(Notice(event.text))

    def _halt(self, tick: int) -> None:
        """Release what the music has sounding; the notes that come next stay where they are."""
        self._delay_compensation.flush()
        self._timing_messages.end(tick, self._send_now)
        self._voices.let_go(None, tick, self._send_now)
        self._sender.reach(tick)
        self._schedule.halt()
        self._sender.report(tick)
        self._position_reporter.halt(tick, self._clock.now_s())

    def _next_deadline_s(self) -> float | None:
        if not self._transport.runs:
            # Nothing has been fed when a take without a note finishes: it is over at once.
            nothing_to_play = isinstance(self._transport, InternalTransport) and self._schedule.end_tick is not None
            return self._clock.now_s() if nothing_to_play else None
        note_tick = self._schedule.next_tick
        note_or_end_tick = self._schedule.end_tick if note_tick is None else note_tick
        ticks = [tick for tick in (note_or_end_tick, self._next_pulse_tick()) if tick is not None]
        limit_tick = self._transport.limit_tick
        if not ticks or (limit_tick is not None and min(ticks) >= limit_tick):
            return None
        return self._deadline_s(min(ticks))

    def _next_pulse_tick(self) -> int | None:
        """When the next clock pulse is due, if there is one before the end."""
        tick, end_tick = self._timing_messages.next_pulse_tick, self._schedule.end_tick
        is_over = tick is None or (end_tick is not None and tick >= end_tick)
        return None if is_over or not self._transport.runs else tick

    def _deadline_s(self, tick: int) -> float:
        """When what is due at `tick` has to leave here."""
        return self._transport.due_s(tick) - self._delay_compensation.ahead_s

    def _send_due(self) -> bool:
        """Send all that is due at the earliest tick; False if the end of the take was what was due."""
        tick, pulse_tick = self._schedule.next_tick, self._next_pulse_tick()
        if pulse_tick is not None and (tick is None or pulse_tick <= tick):
            # Before the notes of the same tick: it is what others are in time by.
            self._timing_messages.send_pulse(pulse_tick, self._send)
            return True
        if tick is None:
            return False
        self._position_reporter.report_tempos(tick)
        for kind, what in self._schedule.take(tick):
            if isinstance(what, Click):
                self._timing_messages.click(kind, what, self._send)
            elif kind == NOTE_END:
                self._voices.release(None, what.pitch, tick, self._send)
            else:
                self._strike(tick, what)
        self._sender.report(tick)
        return True

    def _strike(self, tick: int, note: Note) -> None:
        late_s = self._clock.now_s() - self._deadline_s(tick)
        if late_s > LATE_DROP_S:
            self._sender.drop()
            return
        self._voices.note_on(None, (note.pitch, note.velocity), tick, self._send)
        self._sender.note_on(late_s)
        self._schedule.agenda.put(min(note.end_tick, note.start_tick + self._max_note_ticks), NOTE_END, note)

    def _release_all(self) -> None:
        """Release exactly what sounds, at the tick of this moment, then say All Notes Off on the channel used."""
        self._delay_compensation.flush()
        tick = self._tick_now()
        self._timing_messages.end(tick, self._send_aside)
        self._position_reporter.report_tempos(max(tick, 0))
        self._voices.release_all(max(tick, 0), self._send_aside)
        self._sender.report_if_sent()

    def _tick_now(self) -> int:
        """The tick that is due at this moment, 0 before the music."""
        return self._transport.tick_at(self._clock.now_s() + self._delay_compensation.ahead_s)

    def _send(self, tick: int, message: bytes) -> None:
        """Send what is due at `tick`."""
        self._sender.send(tick, message, self._deadline_s(tick))

    def _send_now(self, tick: int, message: bytes) -> None:
        """Send what no tick made due, but something that happened."""
        self._sender.send(tick, message, self._clock.now_s())

    def _send_aside(self, tick: int, message: bytes) -> None:
        """Send to all outputs at once what something that happened made due, wherever the music stands."""
        self._sender.send_at_once(self._position_reporter.take_tick(tick), message)
