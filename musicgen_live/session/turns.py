"""The model's turns beside a musician: begins and ends them, and has the model read what the musician plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from musicgen_live.config.settings import Settings
from musicgen_live.interfaces.events import Planned, TurnBegan
from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Cut
from musicgen_live.session.context import SessionContext
from musicgen_live.session.pending_changes import PendingChanges
from musicgen_live.session.player_feed import PlayerFeed
from musicgen_live.session.playhead import Playhead

if TYPE_CHECKING:
    # Imported for typing only: most starts have no musician.
    from musicgen_live.session.listening.decisions import StartTurn
    from musicgen_live.session.listening.response import Loudness


class Turns:
    """Carries out the decisions of a listener on the plan of a take."""

    def __init__(self, feed: PlayerFeed, playhead: Playhead, context: SessionContext, pending: PendingChanges) -> None:
        self._feed = feed
        self._playhead = playhead
        self._context = context
        self._pending = pending

    def at(self, tick: int) -> tuple[int, int | None] | None:
        """Return the start of the model's turn at a tick, or of a later one, and its end; None without a turn.

        The end is None too if it has none.
        """
        timeline = self._feed.timeline
        has_turn = timeline.has_turn_at(max(tick, timeline.turn_tick))
        return (timeline.turn_tick, timeline.until_tick) if has_turn else None

    def silence(self, from_tick: int, *, ends_notes: bool = False) -> None:
        """End the model's turn at a tick: no note of it begins there or later; with `ends_notes`, none sounds on."""
        # First the player: to take back the turn may need some milliseconds of reading.
        self._context.send(Cut(from_tick, ends_notes))
        self._feed.timeline.end_turn(from_tick)
        self._context.publish(Planned(from_tick, from_tick, ()))
        self._feed.kept.fed_until_tick = from_tick
        self._context.publish(TurnBegan("you", from_tick))
        self._thaw(from_tick)

    def _thaw(self, tick: int) -> None:
        """End a freeze, and publish that."""
        if self._feed.state.freeze_bars:
            self._feed.state = self._feed.state.thawed()
            self._pending.grant([], self._feed.state.values, tick)

    def read(self, notes: tuple[Note, ...], from_tick: int, until_tick: int) -> None:
        """Have the model read notes as the music from one tick to another, and silence before."""
        self._feed.timeline.read(notes, from_tick, until_tick)

    def enter(
        self,
        turn: StartTurn,
        *,
        adapt: Callable[[Settings], Settings] | None = None,
        loudness: Loudness | None = None,
    ) -> None:
        """Begin a turn of the model, which yields if the musician plays on within a beat.

        `adapt` draws the settings, and `loudness` the velocities, to the musician's phrase.
        """
        until_tick = None if turn.bars is None else self._playhead.meters.later_by(turn.bars, turn.at_tick)
        self._feed.enter(turn, loudness)
        self._feed.timeline.begin_turn(turn.at_tick, until_tick, may_rest=turn.may_rest, adapt=adapt)
        self._context.publish(TurnBegan("network", turn.at_tick, until_tick))
        if until_tick is not None:
            self._context.publish(TurnBegan("you", until_tick))

    def recompose(self, notes: tuple[Note, ...], from_tick: int, bar_tick: int) -> None:
        """Have the model read these notes together with its own since a tick, and compose again from a bar line on."""
        if self._feed.composer.is_too_near(bar_tick):
            # Leave that bar as it is, and change the next one.
            bar_tick = self._playhead.meters.later_by(1, bar_tick)
        self._feed.compose_until(bar_tick)
        if self._feed.timeline.can_recompose:
            self._feed.recompose_from(bar_tick, lambda tick: self._feed.timeline.recompose(notes, from_tick, tick))

    def play_on(self) -> None:
        """Have the model play without end: its present turn, or a new one from the next bar line on."""
        self._feed.play_on()
        line_tick = self._feed.composer.first_line()
        self._feed.timeline.play_on(line_tick)
        self._context.publish(TurnBegan("network", line_tick))

    def begin_at(self, tick: int, *, plays: bool) -> None:
        """Drop the plan, as the music has jumped to a tick; changes that waited elsewhere hold there.

        A model that `plays` continues at the next bar line; one that listens reads the bar from its beginning.
        """
        meters = self._playhead.meters
        self._context.send(Cut(0))
        self._feed.kept.fed_until_tick = tick
        self._pending.reach_all()
        self._feed.timeline.move(meters.line_after(tick) if plays else meters.line_before(tick), plays=plays)
        self._thaw(tick)
