"""Lets musician and model play on where a DAW jumps: maps their ticks, which only rise, to the ticks of the DAW."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from musicgen_live.interfaces.events import BarBegan, Changed, Event, Granted, Observer, Planned, Played, TurnBegan
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.position import Position
from musicgen_live.player.commands import Command, Cut, Feed, Finish, Replace, SetMute, YieldTo
from musicgen_live.player.reports import HistoryForgotten, Received, Report
from musicgen_live.session.jumps import Jump, JumpDetector

PHASE_TICKS = PPQ // 8
"""A jump to a place that lies this much earlier in the bar stays in the bar: a DAW announces jumps a little late."""

BEHIND_TICKS = PPQ
"""The player forgets the music that lies this far behind."""


class Unroller:
    """Stands between the session and a player that follows a DAW.

    A tick of the session is a tick of the DAW plus an offset, a whole number of bars. At a jump of the DAW the offset
    changes so that the session's ticks go on, in the same place of a bar; what is planned from there on is fed again
    at the DAW's new ticks. As soon as the DAW's cycle is known, the player has the music after its end also at its
    beginning, before the DAW goes back.
    """

    def __init__(self, send: Callable[[Command], None], publish: Observer, bar_ticks: int) -> None:
        """Stand before a player to `send` to, and observers to `publish` to; both get ticks of the DAW."""
        self._send = send
        self._publish = publish
        self._bar_ticks = bar_ticks
        self._jumps = JumpDetector()
        self._offset = 0
        self._notes: list[Note] = []
        """The notes fed that are not far behind, by ticks of the session."""
        self._planned_until_tick = 0
        self._finish: Finish | None = None
        self._yield_to: YieldTo | None = None
        self._behind_tick = 0
        """The DAW's tick before which the player has forgotten the music of the present pass."""
        self._next_pass: tuple[Note, ...] = ()
        """The notes that the player has at the beginning of the cycle, by ticks of the DAW."""
        self._has_restarted = False
        self._bar_began = (0, 0)
        """The latest bar that began, as the session counts, and the number published for it."""

    # --- to the player ---------------------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Send the player a command with ticks of the session."""
        if isinstance(command, Feed):
            self._notes = sorted([*self._notes, *command.notes])
            self._send(Feed(self._shifted(command.notes)))
            self._send_next_pass()
        elif isinstance(command, Cut):
            del self._notes[bisect_left(self._notes, command.tick, key=_onset) :]
            self._finish = None
            self._yield_to = None
            self._send(replace(command, tick=max(0, command.tick - self._offset)))
            self._send_next_pass()
        elif isinstance(command, Finish):
            self._finish = command
            self._send(Finish(command.tick - self._offset))
        elif isinstance(command, YieldTo):
            self._yield_to = command
            self._send_yield_to()
        elif isinstance(command, SetMute) and command.tick is not None:
            self._send(replace(command, tick=command.tick - self._offset))
        elif not isinstance(command, Replace):
            # `Replace` forgets old bars, which the player has forgotten already.
            self._send(command)

    def _send_yield_to(self) -> None:
        if (turn := self._yield_to) is not None:
            self._send(YieldTo(max(0, turn.from_tick - self._offset), turn.until_tick - self._offset))

    def _shifted(self, notes: Sequence[Note]) -> tuple[Note, ...]:
        return tuple(note.later_by(-self._offset) for note in notes)

    def _between(self, from_tick: int, until_tick: int) -> list[Note]:
        first, last = (bisect_left(self._notes, tick, key=_onset) for tick in (from_tick, until_tick))
        return self._notes[first:last]

    @property
    def _next_pass_tick(self) -> int | None:
        """The tick of the session at which the DAW goes back to the beginning of its cycle; None without a cycle."""
        cycle = self._jumps.cycle
        return None if cycle is None else self._tick_after(cycle.until_tick + self._offset, cycle.from_tick)

    def _tick_after(self, tick: int, daw_tick: int) -> int:
        """Return the first tick of the session from a tick on that is at the place in the bar of a tick of the DAW."""
        return tick + (daw_tick - tick) % self._bar_ticks

    def _send_next_pass(self) -> None:
        """Have the player play the next pass as far as it is planned, where the present one has passed."""
        cycle, tick = self._jumps.cycle, self._next_pass_tick
        if cycle is None or tick is None or self._behind_tick <= cycle.from_tick:
            return
        notes = tuple(
            replace(note, start_tick=note.start_tick - tick + cycle.from_tick)
            for note in self._between(tick, tick + self._behind_tick - cycle.from_tick)
        )
        if notes != self._next_pass:
            self._next_pass = notes
            self._send(Replace(cycle.from_tick, self._behind_tick, notes))

    # --- from the player -------------------------------------------------------------------------------------------

    def handle(self, report: Report) -> Report:
        """Return a report of the player with ticks of the session."""
        if isinstance(report, Position):
            jump = self._jumps.receive(report)
            if jump is not None and jump.after_stop:
                self._has_restarted = True
            elif jump is not None:
                self._jump(jump)
            elif report.runs:
                self._pass(report.tick)
            return replace(report, tick=report.tick + self._offset)
        if isinstance(report, HistoryForgotten):
            self._notes, self._next_pass = [], ()
        if isinstance(report, Received) and self._offset:
            return replace(report, tick=max(0, report.tick + self._offset))
        return report

    def has_restarted(self, now_s: float) -> bool:
        """Return True if the music stands still, or stood still, for a while and went to another place meanwhile."""
        return self._has_restarted or self._jumps.stands_elsewhere(now_s)

    def begin_again(self) -> Position:
        """Forget the music and count as the DAW does, after a restart; return the position of the DAW."""
        position = self._jumps.position
        self._offset, self._notes, self._finish, self._yield_to, self._next_pass = 0, [], None, None, ()
        self._behind_tick, self._has_restarted = max(0, position.tick), False
        self._jumps.settle()
        return position

    def _jump(self, jump: Jump) -> None:
        """Go on at another tick of the DAW."""
        tick = self._tick_after(jump.from_tick + self._offset - PHASE_TICKS, jump.to_tick)
        self._offset = tick - jump.to_tick
        self._behind_tick, self._next_pass = jump.to_tick, ()
        self._notes = self._between(tick, self._planned_until_tick)
        notes = self._shifted(self._notes)
        self._send(Cut(0))
        self._send(Feed(notes))
        if self._finish is not None:
            self._send(Finish(self._finish.tick - self._offset))
        self._send_yield_to()
        self._publish(Planned(jump.to_tick, max(jump.to_tick, self._planned_until_tick - self._offset), notes))
        if self._bar_began[0] == (bar := tick // self._bar_ticks + 1):
            # The session took it for the bar behind the end of the loop.
            self._begin_bar(bar)

    def _pass(self, daw_tick: int) -> None:
        """Have the player forget what lies behind a tick of the DAW, and give it the next pass there."""
        behind_tick = daw_tick - BEHIND_TICKS
        if behind_tick <= self._behind_tick:
            return
        self._send(Replace(self._behind_tick, behind_tick))
        self._behind_tick = behind_tick
        self._notes = self._notes[bisect_left(self._notes, behind_tick + self._offset, key=_onset) :]
        self._send_next_pass()

    # --- to the observers ------------------------------------------------------------------------------------------

    def publish(self, event: Event) -> None:
        """Publish an event with ticks and bars of the session."""
        if isinstance(event, Planned):
            self._planned_until_tick = event.until_tick
            tick, until_tick = (max(0, tick - self._offset) for tick in (event.tick, event.until_tick))
            event = Planned(tick, until_tick, self._shifted(event.notes))
        elif isinstance(event, TurnBegan):
            end_tick = None if event.until_tick is None else event.until_tick - self._offset
            event = replace(event, tick=event.tick - self._offset, until_tick=end_tick)
        elif isinstance(event, Position | Played):
            event = replace(event, tick=event.tick - self._offset)
        elif isinstance(event, BarBegan):
            self._begin_bar(event.bar)
            return
        elif isinstance(event, Granted | Changed):
            event = replace(event, bar=self._bar_of_daw(event.bar))
        self._publish(event)

    def _begin_bar(self, bar: int) -> None:
        """Publish that a bar has begun, unless that was published."""
        if self._bar_began != (bar, number := self._bar_of_daw(bar)):
            self._bar_began = bar, number
            self._publish(BarBegan(number))

    def _bar_of_daw(self, bar: int) -> int:
        """Return the number that the DAW has for a bar of the session; both count from 1."""
        tick, cycle, next_tick = (bar - 1) * self._bar_ticks, self._jumps.cycle, self._next_pass_tick
        daw_tick = tick - self._offset
        if cycle is not None and next_tick is not None and tick >= next_tick:
            daw_tick = cycle.from_tick + (tick - next_tick) % (cycle.until_tick - cycle.from_tick)
        return max(0, daw_tick) // self._bar_ticks + 1


def _onset(note: Note) -> int:
    return note.start_tick
