"""What players have been told and is still to be done: from it another one can go on where one left off."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.midi.hanging_notes import HangingNotes
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
    Received,
    Report,
    SendFeedback,
    Sent,
    SetChannel,
    SetTempo,
    Stop,
    TempoChanged,
)
from musicgen_live.player.sent_log import SentLog

PRUNE_ABOVE = 1000
"""Notes kept before those that were sent are forgotten."""


class PendingCommands:
    """Kept by whoever commands a player and hears its reports, beside the ledger of what was sent."""

    def __init__(self, config: PlayerConfig, sent_log: SentLog) -> None:
        self.tempo_map = TempoMap(((0, config.tempo),))
        """The player's own time, with the tempos that are still to come."""
        self.sent_log = sent_log
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
        self._controls: dict[bytes, SendFeedback] = {}
        self._held: dict[str, HangingNotes] = {}
        """What musicians hold, by source."""

    def add(self, command: Command) -> None:
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
        elif isinstance(command, SendFeedback):
            self._controls[command.message[:2]] = command

    def handle(self, report: Report) -> None:
        """Enter what a player says came of a command, and what it heard; the ledger has been told."""
        if isinstance(report, TempoChanged):
            self._tempos_asked = self._tempos_asked[1:]
            self.tempo_map = self.tempo_map.changed(report.tick, report.tempo)
        elif isinstance(report, Received):
            self._held.setdefault(report.source, HangingNotes()).update(report.message)
        elif isinstance(report, Sent) and len(self._fed) > PRUNE_ABOVE and not self._config.timing.follows:
            self._fed = self._not_sent()

    def tick_at(self, at_s: float) -> int | None:
        """The tick of the music at a moment of `time.monotonic`; None before it has run."""
        if (followed := self.sent_log.position) is not None:
            return max(followed.tick, followed.tick_at(at_s))
        if self.sent_log.origin_s is None:
            return None
        return self.tempo_map.tick_at(at_s - self.sent_log.origin_s)

    def commands(self) -> list[Command]:
        """What another player has to be told."""
        controls = list(self._controls.values())
        if isinstance(self._ending, Stop):
            return [self._ending]
        begin = [self._begin] if self._begin and self.sent_log.origin_s is None else []
        ending = [self._ending] if self._ending else []
        return [*begin, Feed(tuple(self._not_sent())), *controls, *ending]

    def config_to_resume(self, now_s: float) -> PlayerConfig:
        """What another player is to know; enters into the ledger that what sounded ends, now."""
        sent_log, was = self.sent_log, self.sent_log.position
        self._settle_tempos(now_s)
        offset = was.take_offset_ticks if was else 0
        tick = self.tick_at(now_s)
        now_tick = sent_log.tick if tick is None or (was and not was.runs) else tick + offset
        owed = {*sent_log.hanging()}
        # Struck, perhaps, but not reported any more.
        pitches = {n.pitch for n in (*self._fed, *self._cut) if sent_log.tick < n.start_tick + offset <= now_tick}
        owed |= {bytes((NOTE_OFF | channel, pitch, 0)) for pitch in pitches for channel in self._channels}
        sent_tick = sent_log.tick
        sent_log.release_all(now_tick)
        resume = Resume(
            sent_log.origin_s,
            tuple((tick, message.hex()) for tick, message in sent_log.messages),
            tuple(message.hex() for message in sorted(owed)),
            sent_tick,
            was,
            tuple(sent_log.tempos),
            self.tempo_map.changes,
        )
        return replace(self._config, channel=self._channels[-1], resume=resume)

    def release_held_keys(self, now_s: float) -> list[Received]:
        """What musicians held has to be struck anew to be heard by another player: its releases, as reports."""
        tick = self.tick_at(now_s)
        found = [
            Received(source, -1 if tick is None else tick, now_s, message)
            for source, owed in self._held.items()
            for message in owed.messages()
        ]
        self._held.clear()
        return found

    def _not_sent(self) -> list[Note]:
        """What another player would need: all where the music may be begun again."""
        if self._config.timing.follows:
            return self._fed
        return [note for note in self._fed if note.start_tick > self.sent_log.tick]

    def _settle_tempos(self, now_s: float) -> None:
        """Decide what the player that is gone said nothing of: nobody plays, so a tempo is from its tick on."""
        for asked in self._tempos_asked:
            tick = asked.tick
            if tick <= self.sent_log.tick:
                tick = max(0, (self.tick_at(now_s) or 0) + 1)
            self.tempo_map = self.tempo_map.changed(tick, asked.tempo)
        self._tempos_asked = []
