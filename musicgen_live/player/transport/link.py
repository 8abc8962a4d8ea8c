"""Follows an Ableton Link session: its beats, its tempo, and start and stop where the others share them."""

from __future__ import annotations

import math

from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.protocol import Command, LinkState, Notice
from musicgen_live.player.transport.base import ExternalTransport, Started, Stopped, TransportEvent

LEAD_S = 0.05
"""How long before a bar line the decision to begin there has to fall."""

JUMP_TICKS = PPQ // 4
"""A session whose beats differ by more from those expected is another one, or has been joined just now."""


class LinkTransport(ExternalTransport):
    """A `Transport` that is a Link session.

    The music begins at the next bar line of the session, or after so many bars of counting in. A start that is shared
    begins it again, at the next bar line too; a stop that is shared halts it. Link knows no song positions.
    """

    def __init__(
        self, time_signature: TimeSignature, *, count_in_bars: int = 0, resume: Position | None = None
    ) -> None:
        """`resume` is where another player had come to."""
        self._time_signature = time_signature
        self._bar_ticks = time_signature.bar_ticks
        self._count_in_ticks = count_in_bars * self._bar_ticks
        self._resume = resume
        self._state: LinkState | None = None
        self._first_tick = 0.0  # where, in ticks of the session, bar 1 of the music is
        self._halted_at = resume.tick if resume else 0
        self._runs = False

    @property
    def runs(self) -> bool:
        """Whether the music runs."""
        return self._runs

    @property
    def tempo(self) -> float:
        """Quarter notes a minute."""
        return self._state.tempo if self._state else 120.0

    @property
    def timeout_s(self) -> float | None:
        """Never: a session that the others have left goes on here."""
        return None

    @property
    def limit_tick(self) -> int | None:
        """None: jumps are not announced."""
        return None

    def due_s(self, tick: float) -> float:
        """When a tick is due, by what was heard last."""
        assert self._state is not None
        return self._state.at_s + (self._first_tick + tick - self._state.beat * PPQ) * 60 / (PPQ * self._state.tempo)

    def tick_at(self, at_s: float) -> int:
        """The last tick that has begun, or the tick at which the music stands."""
        return math.floor(self._session_tick(at_s) - self._first_tick + 1e-6) if self._runs else self._halted_at

    def timeout(self, now_s: float) -> list[TransportEvent]:  # noqa: ARG002 (of a leader)
        """Nothing: there is no alarm."""
        return []

    def receive(self, command: Command) -> list[TransportEvent]:
        """Take what the session is like now."""
        if not isinstance(command, LinkState):
            return []
        was = self._state
        if was is None:
            self._state = command
            return self._begin_or_go_on(command)
        if self._runs and was.plays and not command.plays:
            halt = Stopped(self.tick_at(command.at_s))
            self._runs, self._halted_at, self._state = False, halt.tick, command
            return [
                halt,
                Notice(f"Stopped at {self._time_signature.format_position(halt.tick)}; the notes are released."),
            ]
        if command.plays and not was.plays:
            events: list[TransportEvent] = [Stopped(self.tick_at(command.at_s))] if self._runs else []
            self._state = command
            return [*events, *self._begin(command)]
        is_jump = abs(self._session_tick(command.at_s) - command.beat * PPQ) > JUMP_TICKS
        was_tick = self.tick_at(command.at_s)
        self._state = command
        return self._realign(command, was_tick) if self._runs and is_jump else []

    def _session_tick(self, at_s: float) -> float:
        assert self._state is not None
        return (self._state.beat + (at_s - self._state.at_s) * self._state.tempo / 60) * PPQ

    def _begin_or_go_on(self, now: LinkState) -> list[TransportEvent]:
        was = self._resume
        if was is None:
            return [Notice(f"In the Link session, at {now.tempo:g} BPM."), *self._begin(now)]
        if was.runs:
            self._runs = True
            # To the nearest quarter: phase is the session's, the rest is where the music would be.
            tick = was.tick + (now.at_s - was.at_s) * now.tempo * PPQ / 60
            self._first_tick = round((now.beat * PPQ - tick) / PPQ) * PPQ
        return []

    def _begin(self, now: LinkState) -> list[TransportEvent]:
        lead_ticks = LEAD_S * now.tempo * PPQ / 60
        bar_line = math.ceil((now.beat * PPQ + lead_ticks) / self._bar_ticks) * self._bar_ticks
        self._first_tick = bar_line + self._count_in_ticks
        self._runs = True
        return [Started(self.tick_at(now.at_s), is_jump=True)]

    def _realign(self, now: LinkState, was_tick: int) -> list[TransportEvent]:
        """The session's beats have jumped: go to the nearest place of the music with the same place in the bar."""
        self._first_tick = round((now.beat * PPQ - was_tick) / self._bar_ticks) * self._bar_ticks
        return [Stopped(was_tick), Started(self.tick_at(now.at_s), is_jump=True)]
