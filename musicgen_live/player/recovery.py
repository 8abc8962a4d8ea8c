"""What players have been told and is still to be done: from it another one can go on where one left off."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.midi.hanging_notes import Owed
from musicgen_live.midi.messages import NOTE_OFF
from musicgen_live.music.notes import Note
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.config import PlayerConfig, Resume
from musicgen_live.player.protocol import (
    Begin,
    Command,
    Cut,
    Feed,
    Finish,
    Heard,
    Report,
    SendControl,
    Sent,
    SetChannel,
    SetTempo,
    Stop,
    TempoSet,
)
from musicgen_live.player.sent_log import Ledger

PRUNE_ABOVE = 1000
"""Notes kept before those that were sent are forgotten."""


class Orders:
    """Kept by whoever commands a player and hears its reports, beside the ledger of what was sent."""

    def __init__(self, config: PlayerConfig, ledger: Ledger) -> None:
        self.tempo_map = TempoMap(((0, config.tempo),))
        """The player's own time, with the tempos that are still to come."""
        self.ledger = ledger
        self._config = config
        self._fed: list[Note] = []
        self._cut: list[Note] = []
        """What the last cut took away: it may have been struck just then."""
        self._ending: Finish | Stop | None = None
        self._begin: Begin | None = None
        self._tempos_asked: list[SetTempo] = []
        """Those of which it has not been said yet what came of them."""
        self._channels = [config.channel]
        """All channels that were played, the present one last."""
        self._controls: dict[bytes, SendControl] = {}
        self._held: dict[str, Owed] = {}
        """What musicians hold, by source."""

    def give(self, command: Command) -> None:
        """Enter a command."""
        if isinstance(command, Feed):
            self._fed.extend(command.notes)
        elif isinstance(command, Cut):
            self._cut = [note for note in self._fed if note.start_tick >= command.tick]
            self._fed = [note for note in self._fed if note.start_tick < command.tick]
            self._ending = None if isinstance(self._ending, Finish) else self._ending
        elif isinstance(command, Finish | Stop):
            self._ending = command
        elif isinstance(command, Begin):
            self._begin = self._begin or command
        elif isinstance(command, SetTempo) and not self._config.timing.follows:
            self._tempos_asked.append(command)
        elif isinstance(command, SetChannel):
            self._channels = [channel for channel in self._channels if channel != command.channel] + [command.channel]
        elif isinstance(command, SendControl):
            self._controls[command.message[:2]] = command

    def hear(self, report: Report) -> None:
        """Enter what a player says came of a command, and what it heard; the ledger has been told."""
        if isinstance(report, TempoSet):
            self._tempos_asked = self._tempos_asked[1:]
            self.tempo_map = self.tempo_map.changed(report.tick, report.tempo)
        elif isinstance(report, Heard):
            self._held.setdefault(report.source, Owed()).hear(report.message)
        elif isinstance(report, Sent) and len(self._fed) > PRUNE_ABOVE and not self._config.timing.follows:
            self._fed = self._not_sent()

    def tick_at(self, at_s: float) -> int | None:
        """The tick of the music at a moment of `time.monotonic`; None before it has run."""
        if (was := self.ledger.followed) is not None:
            if not was.runs:
                return was.tick
            return was.tick + TempoMap(((0, was.tempo),)).tick_at(max(0.0, at_s - was.at_s))
        if self.ledger.origin_s is None:
            return None
        return self.tempo_map.tick_at(at_s - self.ledger.origin_s)

    def commands(self) -> list[Command]:
        """What another player has to be told."""
        controls = list(self._controls.values())
        if isinstance(self._ending, Stop):
            return [self._ending]
        begin = [self._begin] if self._begin and self.ledger.origin_s is None else []
        ending = [self._ending] if self._ending else []
        return [*begin, Feed(tuple(self._not_sent())), *controls, *ending]

    def config_to_resume(self, now_s: float) -> PlayerConfig:
        """What another player is to know; enters into the ledger that what sounded ends, now."""
        ledger, was = self.ledger, self.ledger.followed
        self._settle_tempos(now_s)
        offset = was.take_tick - was.tick if was else 0
        tick = self.tick_at(now_s)
        now_tick = ledger.tick if tick is None or (was and not was.runs) else tick + offset
        owed = {*ledger.owed()}
        # Struck, perhaps, but not reported any more.
        pitches = {n.pitch for n in (*self._fed, *self._cut) if ledger.tick < n.start_tick + offset <= now_tick}
        owed |= {bytes((NOTE_OFF | channel, pitch, 0)) for pitch in pitches for channel in self._channels}
        sent_tick = ledger.tick
        ledger.release_all(now_tick)
        resume = Resume(
            ledger.origin_s,
            tuple((tick, message.hex()) for tick, message in ledger.messages),
            tuple(message.hex() for message in sorted(owed)),
            sent_tick,
            was,
            tuple(ledger.tempos),
            self.tempo_map.changes,
        )
        return replace(self._config, channel=self._channels[-1], resume=resume)

    def let_go(self, now_s: float) -> list[Heard]:
        """What musicians held has to be struck anew to be heard by another player: its releases, as reports."""
        tick = self.tick_at(now_s)
        found = [
            Heard(source, -1 if tick is None else tick, now_s, message)
            for source, owed in self._held.items()
            for message in owed.messages()
        ]
        self._held.clear()
        return found

    def _not_sent(self) -> list[Note]:
        """What another player would need: all where the music may be begun again."""
        if self._config.timing.follows:
            return self._fed
        return [note for note in self._fed if note.start_tick > self.ledger.tick]

    def _settle_tempos(self, now_s: float) -> None:
        """Decide what the player that is gone said nothing of: nobody plays, so a tempo is from its tick on."""
        for asked in self._tempos_asked:
            tick = asked.tick
            if tick <= self.ledger.tick:
                tick = max(0, (self.tick_at(now_s) or 0) + 1)
            self.tempo_map = self.tempo_map.changed(tick, asked.tempo)
        self._tempos_asked = []
