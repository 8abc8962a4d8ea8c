"""Follows an Ableton Link session: its beats, its tempo, and shared starts and stops."""

from __future__ import annotations

import math

from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Command, LinkState
from musicgen_live.player.reports import Notice
from musicgen_live.player.transport.base import ExternalTransport, Started, Stopped, TransportEvent

LEAD_S = 0.05
"""The time before a bar line by which the decision to begin there must be made."""

JUMP_TICKS = PPQ // 4
"""Beats that deviate by more from their place in the bar are those of another session, or of one just joined; in bars
shorter than a quarter, by more than a fourth of the bar."""


class LinkTransport(ExternalTransport):
    """A `Transport` in time with a Link session.

    After `begin`, when there are notes, the music begins at the next bar line of the session, or after a count-in from
    there. A shared start begins it again, also at the next bar line; a shared stop stops it. Link has no song
    positions.
    """

    def __init__(
        self, time_signature: TimeSignature, *, count_in_ticks: int = 0, resume: Position | None = None
    ) -> None:
        """Make a transport; `resume` is the position that a previous player had reached."""
        self._time_signature = time_signature
        self._bar_ticks = time_signature.bar_ticks
        self._count_in_ticks = count_in_ticks
        self._resume = resume
        self._may_begin = self._has_begun = resume is not None
        self._state: LinkState | None = None
        self._first_tick = 0  # the session's tick of bar 1 of the music, on a bar line
        self._stopped_tick = resume.tick if resume else 0
        self._runs = False

    @property
    def runs(self) -> bool:
        """True while the music runs."""
        return self._runs

    @property
    def tempo(self) -> float:
        """The session's tempo in quarter notes per minute."""
        return self._state.tempo if self._state else 120.0

    @property
    def awaits_begin(self) -> bool:
        """True before `begin`."""
        return not self._may_begin

    def begin(self, at_s: float | None, *, earliest_s: float, count_in_ticks: int = 0) -> float | None:
        """Let the music begin at the session's next bar line, whose moment is not known yet; return None."""
        del at_s, earliest_s, count_in_ticks
        self._may_begin = True
        return None

    @property
    def timeout_s(self) -> float | None:
        """None, because a session that all other peers have left continues here."""
        return None

    @property
    def limit_tick(self) -> int | None:
        """None, because Link announces no jumps."""
        return None

    def due_s(self, tick: float) -> float:
        """Return the moment at which a tick is due, by the last state received."""
        assert self._state is not None
        return self._state.at_s + (self._first_tick + tick - self._state.beat * PPQ) * 60 / (PPQ * self._state.tempo)

    def tick_at(self, at_s: float) -> int:
        """Return the last tick that has begun, or the tick at which the music stands still."""
        return math.floor(self._session_tick(at_s) - self._first_tick + 1e-6) if self._runs else self._stopped_tick

    def timeout(self, now_s: float) -> list[TransportEvent]:
        """Return nothing: there is no timeout."""
        del now_s
        return []

    def receive(self, command: Command) -> list[TransportEvent]:
        """Handle the present state of the session."""
        if not isinstance(command, LinkState):
            return []
        last = self._state
        if last is None or not self._has_begun:
            self._state = command
            return self._begin_first(command) if not self._has_begun else self._continue(command)
        if self._runs and last.plays and not command.plays:
            tick = self.tick_at(command.at_s)
            self._runs, self._stopped_tick, self._state = False, tick, command
            where = self._time_signature.format_position(tick)
            return [Stopped(tick), Notice(f"Stopped at {where}; the notes are released.")]
        if command.plays and not last.plays:
            events: list[TransportEvent] = [Stopped(self.tick_at(command.at_s))] if self._runs else []
            self._state = command
            return [*events, *self._begin(command)]
        deviation_ticks = command.beat * PPQ - self._session_tick(command.at_s)
        expected_tick = self.tick_at(command.at_s)
        self._state = command
        if self._in_phase(deviation_ticks):
            self._first_tick += self._whole_bars(deviation_ticks)
            return []
        return self._realign(command, expected_tick) if self._runs else []

    def _whole_bars(self, ticks: float) -> int:
        """Return the nearest number of ticks that is a number of bars."""
        return round(ticks / self._bar_ticks) * self._bar_ticks

    def _in_phase(self, deviation_ticks: float) -> bool:
        """Return True if a deviation leaves bar lines where they are; Link keeps the beat of a bar, not its number."""
        return abs(deviation_ticks - self._whole_bars(deviation_ticks)) <= min(JUMP_TICKS, self._bar_ticks // 4)

    def _session_tick(self, at_s: float) -> float:
        assert self._state is not None
        return (self._state.beat + (at_s - self._state.at_s) * self._state.tempo / 60) * PPQ

    def _begin_first(self, now: LinkState) -> list[TransportEvent]:
        if not self._may_begin:
            return []
        self._has_begun = True
        return [Notice(f"In the Link session, at {now.tempo:g} BPM."), *self._begin(now)]

    def _continue(self, now: LinkState) -> list[TransportEvent]:
        """Continue from the position that a previous player had reached."""
        position = self._resume
        if position is not None and position.runs:
            self._runs = True
            # To the nearest bar: the phase comes from the session, the bar from the elapsed time.
            self._put_near(position.tick + (now.at_s - position.at_s) * now.tempo * PPQ / 60, now)
        return []

    def _begin(self, now: LinkState) -> list[TransportEvent]:
        lead_ticks = LEAD_S * now.tempo * PPQ / 60
        bar_line = math.ceil((now.beat * PPQ + lead_ticks) / self._bar_ticks) * self._bar_ticks
        self._first_tick = bar_line + self._count_in_ticks
        self._runs = True
        return [Started(self.tick_at(now.at_s), is_jump=True)]

    def _realign(self, now: LinkState, expected_tick: int) -> list[TransportEvent]:
        """Follow the session's beats, which have jumped, to the nearest tick with their position in the bar.

        Music that has not begun waits for another bar line: a peer that joins a session has begun one of its own.
        """
        if expected_tick < 0:
            return [Stopped(expected_tick), *self._begin(now)]
        self._put_near(expected_tick, now)
        return [Stopped(expected_tick), Started(self.tick_at(now.at_s), is_jump=True)]

    def _put_near(self, tick: float, now: LinkState) -> None:
        """Put the music at the tick nearest to `tick` with the session's position in the bar."""
        self._first_tick = self._whole_bars(now.beat * PPQ - tick)
