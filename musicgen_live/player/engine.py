"""The player: sends every note when it is due, to every output, and leaves none sounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from musicgen_live.midi.messages import is_note_on
from musicgen_live.midi.output import Output
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.player.clock import Clock, Mailbox
from musicgen_live.player.clock_out import TimingMessages
from musicgen_live.player.commands import (
    Annotate,
    Begin,
    ChoosePort,
    Command,
    Cut,
    Feed,
    Finish,
    Incoming,
    InputGone,
    Panic,
    Replace,
    SendFeedback,
    SetChannel,
    SetMeter,
    SetMute,
    SetPause,
    SetProgram,
    SetTempo,
    SetThru,
    Stop,
    YieldTo,
)
from musicgen_live.player.count_in import NO_COUNT_IN, Click, CountIn
from musicgen_live.player.delay_compensation import DelayCompensation, Route
from musicgen_live.player.endings import Endings
from musicgen_live.player.input import MusicianInput
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.mute import Mutes
from musicgen_live.player.part_channels import UNSPLIT, PlayerPart
from musicgen_live.player.part_voices import PartVoices
from musicgen_live.player.position_reporter import PositionReporter
from musicgen_live.player.reports import Began, Received, Report, TakeText, TempoChanged
from musicgen_live.player.schedule import NOTE_END, Fed, Schedule
from musicgen_live.player.sender import Sender
from musicgen_live.player.take_tail import SETTLED_TICKS
from musicgen_live.player.take_timeline import TakeTimeline
from musicgen_live.player.timing import LATE_CHANGE_S, LATE_DROP_S, MAX_NOTE_TICKS
from musicgen_live.player.transport.base import Located, Started, Stopped, Transport, TransportEvent
from musicgen_live.player.voices import Voices


@dataclass(frozen=True)
class PlayerOptions:
    """The sound of a player, its timing messages, and the tick at which it begins."""

    parts: tuple[PlayerPart, ...] = UNSPLIT
    """The parts of the music, or one without a name."""
    own_channel: int = 15
    """The channel of what musicians play, 0 to 15, which no part has."""
    max_note_ticks: int = MAX_NOTE_TICKS
    """The longest that a note sounds."""
    sends_clock: bool = False
    """True to send MIDI clock with the music."""
    count_in: CountIn = NO_COUNT_IN
    from_tick: int = 0
    """The first tick to play, for a player that replaces another one."""


PLAIN = PlayerOptions()


class Player:
    """Plays notes fed to it by tick, in the time of a transport, and the messages of musicians at the inputs.

    With the internal transport, tick 0 is the moment of the first `Feed` or the end of the count-in, plus the greatest
    latency of an output, unless a `Begin` command sets it. Notes are kept after they were played, so after a jump of
    the transport they play at once.

    Deadlines are absolute moments by the transport's present estimate. A release is queued only when its note was sent,
    so a dropped note leaves nothing behind. Equal pitches that overlap are counted (see `Voices`).
    """

    def __init__(
        self,
        clock: Clock,
        transport: Transport,
        routes: Sequence[Route],
        *,
        report: Callable[[Report], None],
        options: PlayerOptions = PLAIN,
        take_timeline: TakeTimeline | None = None,
        loopback: LoopbackFilter | None = None,
        send_feedback: Callable[[bytes], None] = lambda _: None,
        choose_port: Callable[[ChoosePort], Output | None] = lambda _: None,
        move_ports: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Make a player; `report` gets the messages sent and received, positions, and troubles.

        `take_timeline` maps the music to the take where they may differ. The ports record in `loopback` what they send;
        `send_feedback` sends to MIDI controllers; `choose_port` opens another port, and returns one more output;
        `move_ports` tells the ports that the music moves to another channel.
        """
        self._clock = clock
        self._transport = transport
        self._report = report
        self._options = options
        self._delay_compensation = DelayCompensation(routes, report)
        self._take_timeline = take_timeline or TakeTimeline(4 * PPQ)
        self._position_reporter = PositionReporter(transport, self._take_timeline, options.from_tick, report)
        self._schedule = Schedule(options.from_tick)
        self._voices = PartVoices(options.parts)
        self._timing = TimingMessages(options.count_in, self._schedule.queue, sends_clock=options.sends_clock)
        self._sender = Sender(self._delay_compensation, self._take_timeline, report)
        self._move_ports = move_ports
        self._input = MusicianInput(
            Voices(options.own_channel), self._sender, loopback or LoopbackFilter(clock.now_s), self._report_input
        )
        self._yield_to: YieldTo | None = None
        self._mutes = Mutes()
        self._endings = Endings(self._voices, self._schedule, self._timing, self._delay_compensation, self._sender)
        self._handlers: dict[type[Command], Callable[[Any], None]] = {
            Finish: self._finish,
            Feed: self._feed,
            Cut: self._cut,
            YieldTo: self._set_yield,
            Replace: self._replace,
            SetChannel: self._change_channel,
            SetMute: self._set_mute,
            SetProgram: self._set_program,
            SetPause: self._set_pause,
            SetThru: self._set_thru,
            Panic: self._panic,
            Annotate: self._annotate,
            SetMeter: self._position_reporter.set_meter,
            ChoosePort: lambda command: self._add_output(choose_port(command)),
            SendFeedback: lambda command: send_feedback(command.message),
            Incoming: self._handle_input,
            InputGone: self._handle_input,
            SetTempo: self._set_tempo,
            Begin: lambda command: self._begin(command.at_s),
        }
        """The functions for all commands but those of an external transport."""

    def run(self, mailbox: Mailbox) -> None:
        """Play until finished or stopped. Release all notes even after an error; outputs stay open."""
        try:
            self._voices.choose_programs(0, self._send)
            if self._transport.runs:
                self._timing.locate(self._tick_now(), self._send)
            plays = True
            while plays or self._delay_compensation.next_s is not None:
                due_s, timeout_s = (self._next_deadline_s(), self._transport.timeout_s) if plays else (None, None)
                waiting_s = self._delay_compensation.next_s
                until_s = min((at_s for at_s in (due_s, waiting_s, timeout_s) if at_s is not None), default=None)
                command: Command | None = self._clock.wait(mailbox, until_s)
                if isinstance(command, Stop):
                    break
                if command is not None:
                    self._handle(command)
                elif until_s is not None and until_s == waiting_s:
                    self._clock.reach(until_s)
                    self._delay_compensation.send_next()
                elif until_s is not None and until_s == due_s:
                    plays = self._send_due(until_s)
                elif until_s is not None:
                    self._clock.reach(until_s)
                    self._handle_transport(self._transport.timeout(self._clock.now_s()))
        finally:
            self._release_all()
            self._delay_compensation.close()

    def settle(self) -> int:
        """Have the take get what it keeps in any case; return the tick of the take up to which that is.

        Call it several times a second, or a long note is in the take only when the next message comes.
        """
        tick = self._sender.reached
        if self._transport.runs:
            # Not `_tick_now`: a stop is where the music is heard to be.
            music_tick, limit_tick = self._transport.tick_at(self._clock.now_s()), self._transport.limit_tick
            if limit_tick is not None:
                music_tick = min(music_tick, limit_tick)
            tick = self._take_timeline.of(music_tick) - SETTLED_TICKS
        self._delay_compensation.settle(tick)
        return tick

    def _handle(self, command: Command) -> None:
        handler = self._handlers.get(type(command))
        if handler is not None:
            handler(command)
        else:
            self._handle_transport(self._transport.receive(command))
            self._position_reporter.report_beat(self._tick_now())

    def _finish(self, command: Finish) -> None:
        self._schedule.end_tick = command.tick

    def _set_tempo(self, command: SetTempo) -> None:
        now_s = self._clock.now_s() + self._delay_compensation.ahead_s
        if (tick := self._transport.set_tempo(command.tick, command.tempo, now_s)) is not None:
            self._report(TempoChanged(tick, command.tempo))

    def _feed(self, command: Feed) -> None:
        if command.notes:
            self._begin()
        self._schedule.feed([*command.notes, *command.pedal])

    def _set_yield(self, command: YieldTo) -> None:
        self._yield_to = command

    def _report_input(self, report: Report) -> None:
        """Report a musician's message, to which the music may yield."""
        turn = self._yield_to
        if turn and isinstance(report, Received) and report.source == "input" and is_note_on(report.message):
            self._yield_to = None
            if report.tick < turn.until_tick:
                self._cut(Cut(turn.from_tick, ends_notes=True))
        self._report(report)

    def _cut(self, command: Cut) -> None:
        self._yield_to = None
        self._schedule.cut(command.tick, self._past_tick())
        if command.ends_notes:
            self._endings.cut(command.tick, max(0, self._tick_now()), self._send_aside)

    def _replace(self, command: Replace) -> None:
        # Nothing is behind a playhead that has not begun: it stands at 0.
        past_tick = 0 if self._transport.awaits_begin else max(0, self._tick_now())
        items: list[Fed] = [*command.notes, *command.pedal]
        self._schedule.replace(command.from_tick, command.until_tick, items, past_tick)

    def _past_tick(self) -> int:
        """Return the tick before which replacement notes are already too late to play."""
        if not self._transport.runs:
            return 0
        return self._transport.tick_at(self._clock.now_s() + self._delay_compensation.ahead_s - LATE_CHANGE_S)

    def _change_channel(self, command: SetChannel) -> None:
        """Continue on another channel; notes that sound now are released and not repeated there."""
        voices = self._voices.of("")
        if command.channel == voices.channel:
            return
        tick = max(0, self._tick_now())
        # With thru they are on the channel of the music.
        self._end_own_notes(tick)
        self._endings.all(tick, self._send_aside)
        voices.channel = command.channel
        self._move_ports(command.channel)
        voices.choose_program(tick, self._send_aside)
        self._sender.report_if_sent()

    def _set_mute(self, command: SetMute) -> None:
        self._mutes.set(command, self._tick_now())
        if command.is_muted and command.tick is None:
            self._endings.mute(max(0, self._tick_now()), self._send_aside, command.part)

    def _set_program(self, command: SetProgram) -> None:
        self._endings.mute(max(0, self._tick_now()), self._send_aside, command.part)
        for voices in self._voices.some(command.part):
            voices.change_program(command.program, command.bank, max(0, self._tick_now()), self._send_aside)
        self._sender.report_if_sent()

    def _set_thru(self, command: SetThru) -> None:
        self._input.set_thru(is_thru=command.is_thru)

    def _panic(self, _command: Panic) -> None:
        now_s = self._clock.now_s()
        self._input.release_all(now_s, self._position_reporter.at(now_s))
        self._endings.panic(max(0, self._tick_now()), self._send_aside)

    def _annotate(self, command: Annotate) -> None:
        tick = max(0, self._tick_now())
        take_tick = self._position_reporter.take_tick(tick)
        if self._transport.runs:
            # The tracks of a take are written in order.
            self._position_reporter.report_tempos(tick)
        self._report(TakeText(take_tick, command.text))

    def _add_output(self, output: Output | None) -> None:
        if output is not None:
            self._delay_compensation.add(output)

    def _set_pause(self, command: SetPause) -> None:
        """Let the music of the internal transport stand still, or run on."""
        now_s = self._clock.now_s() + self._delay_compensation.ahead_s
        tick = self._transport.pause(now_s) if command.is_paused else self._transport.go_on(now_s)
        if tick is None:
            return
        if command.is_paused:
            self._endings.stop(tick, self._send_now)
            self._position_reporter.pause(tick, self._clock.now_s())
        else:
            self._report(Began(self._transport.due_s(0)))
            self._timing.run_from(tick, self._send, is_jump=False)

    def _handle_input(self, command: Incoming | InputGone) -> None:
        at_s = command.at_s if isinstance(command, Incoming) else self._clock.now_s()
        ticks = self._position_reporter.at(at_s)
        if min(ticks) >= 0:
            self._position_reporter.report_tempos(ticks[0])
        if isinstance(command, Incoming):
            self._input.receive(command, ticks)
        else:
            self._input.lose_port(command.port, at_s, ticks)
        self._sender.report_if_sent()

    def _begin(self, at_s: float | None = None) -> None:
        """Begin the music if the transport is internal and has not begun."""
        if not self._transport.awaits_begin:
            return
        earliest_s = self._clock.now_s() + self._delay_compensation.ahead_s
        count_in_ticks = self._options.count_in.ticks
        origin_s = self._transport.begin(at_s, earliest_s=earliest_s, count_in_ticks=count_in_ticks)
        if origin_s is None:
            return
        self._report(Began(origin_s))
        tick = -count_in_ticks if at_s is None else self._tick_now()
        self._timing.run_from(tick, self._send, is_jump=tick > 0)
        self._position_reporter.report_tempos(tick)
        self._input.begin(self._transport.tick_at)
        self._sender.report_if_sent()

    def _handle_transport(self, events: Sequence[TransportEvent]) -> None:
        for event in events:
            if isinstance(event, Stopped):
                self._endings.stop(event.tick, self._send_now)
                self._position_reporter.stop(event.tick, self._clock.now_s())
            elif isinstance(event, Started):
                if event.is_jump:
                    self._yield_to = None
                    self._take_timeline.jump(event.tick)
                    self._schedule.jump(event.tick)
                    self._mutes.jump()
                self._timing.run_from(event.tick, self._send, is_jump=event.is_jump)
                self._position_reporter.run_from(event.tick)
            elif isinstance(event, Located):
                self._take_timeline.jump(event.tick)
                self._position_reporter.stop(event.tick, self._clock.now_s())
            else:
                self._report(event)

    def _next_deadline_s(self) -> float | None:
        if not self._transport.runs:
            # A take without a note finishes before anything was fed: it is over at once.
            nothing_to_play = self._transport.awaits_begin and self._schedule.end_tick is not None
            return self._clock.now_s() if nothing_to_play else None
        note_tick = self._schedule.next_tick
        note_or_end_tick = self._schedule.end_tick if note_tick is None else note_tick
        ticks = [tick for tick in (note_or_end_tick, self._next_pulse_tick()) if tick is not None]
        limit_tick = self._transport.limit_tick
        if not ticks or (limit_tick is not None and min(ticks) >= limit_tick):
            return None
        return self._deadline_s(min(ticks))

    def _next_pulse_tick(self) -> int | None:
        """Return the tick of the next clock pulse before the end, None if there is none."""
        tick, end_tick = self._timing.next_pulse_tick, self._schedule.end_tick
        is_over = tick is None or (end_tick is not None and tick >= end_tick)
        return None if is_over or not self._transport.runs else tick

    def _deadline_s(self, tick: int) -> float:
        """Return the moment at which the player must send a message that is due at `tick`."""
        return self._transport.due_s(tick) - self._delay_compensation.ahead_s

    def _send_due(self, due_s: float) -> bool:
        """Send all messages due at the earliest tick, at `due_s`; return False if that is the end of the take."""
        tick, pulse_tick = self._schedule.next_tick, self._next_pulse_tick()
        with self._sender.together(self._clock.now_s, partial(self._clock.reach, due_s)):
            if pulse_tick is not None and (tick is None or pulse_tick <= tick):
                # Clock pulses go first: other devices take their timing from them.
                self._timing.send_pulse(pulse_tick, self._send)
                return True
            if tick is None:
                return False
            self._position_reporter.report_tempos(tick)
            for kind, item in self._schedule.take(tick):
                self._send_item(kind, tick, item)
        self._sender.report(tick)
        return True

    def _send_item(self, kind: int, tick: int, item: Click | PedalPress | Note) -> None:
        if isinstance(item, Click):
            self._timing.click(kind, item, self._send)
        elif isinstance(item, PedalPress):
            self._move_pedal(kind, tick, item)
        elif kind == NOTE_END:
            self._voices.of(item.part).release(None, item.pitch, tick, self._send)
        else:
            self._note_on(tick, item)

    def _move_pedal(self, kind: int, tick: int, press: PedalPress) -> None:
        """Put the sustain pedal down, unless the music is muted or it is too late; or let it up."""
        if kind == NOTE_END:
            self._voices.lift_pedal(tick, self._send)
        elif not self._mutes.at(tick) and self._clock.now_s() - self._deadline_s(tick) <= LATE_DROP_S:
            self._voices.press_pedal(tick, self._send)
            self._schedule.queue.put(press.end_tick, NOTE_END, press)

    def _note_on(self, tick: int, note: Note) -> None:
        if self._mutes.at(tick, note.part):
            return
        if self._clock.now_s() - self._deadline_s(tick) > LATE_DROP_S:
            self._sender.count_drop()
            return
        self._voices.of(note.part).note_on(None, (note.pitch, note.velocity), tick, self._send)
        self._sender.count_note_on()
        end_tick = min(note.end_tick, note.start_tick + self._options.max_note_ticks)
        self._schedule.queue.put(end_tick, NOTE_END, note)

    def _release_all(self) -> None:
        """Release exactly the notes that sound, at the present tick, then send All Notes Off on each channel."""
        self._delay_compensation.flush()
        tick = self._tick_now()
        self._timing.stop(tick, self._send_aside)
        self._position_reporter.report_tempos(max(tick, 0))
        self._end_own_notes(max(tick, 0))
        self._endings.end(max(tick, 0), self._send_aside)

    def _end_own_notes(self, tick: int) -> None:
        self._input.end_notes(self._clock.now_s(), self._position_reporter.take_tick(tick))

    def _tick_now(self) -> int:
        """Return the tick that is due now, 0 before the music."""
        return self._transport.tick_at(self._clock.now_s() + self._delay_compensation.ahead_s)

    def _send(self, tick: int, message: bytes) -> None:
        """Send a message that is due at `tick`."""
        self._sender.send(tick, message, self._deadline_s(tick))

    def _send_now(self, tick: int, message: bytes) -> None:
        """Send a message that is due now because of an event."""
        self._sender.send(tick, message, self._clock.now_s())

    def _send_aside(self, tick: int, message: bytes) -> None:
        """Send a message to all outputs at once, without delay compensation, even if the music stands still."""
        self._sender.send_at_once(self._position_reporter.take_tick(tick), message)
