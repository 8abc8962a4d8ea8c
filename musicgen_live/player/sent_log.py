"""The log of a take: what players reported as sent, from which a new player continues."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import NOTE_OFF, in_force
from musicgen_live.midi.take_tracks import ONE_TRACK, NamedTrack, PackedTake, TakeTracks
from musicgen_live.music.notes import PPQ
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature, parse_time_signature
from musicgen_live.player.reports import Began, LeftOut, Paused, Recorded, Report, Sent, TakeMeter, TakeTempo, TakeText
from musicgen_live.player.take_tail import TakeTail

LATEST_TICKS = 256 * PPQ
"""The latest messages are kept one by one: 64 bars of 4/4, or 8 bars of 32/4."""

_LATE_STEPS_PER_MS = 1000
"""Delays are counted to a microsecond, as they are reported."""


@dataclass(frozen=True)
class Summary:
    """The figures of a take: notes sent and dropped, and the delays of note-ons in milliseconds."""

    notes: int = 0
    dropped: int = 0
    late_median_ms: float = 0.0
    late_p99_ms: float = 0.0
    late_max_ms: float = 0.0
    restarts: int = 0
    """The number of times that the player process was started again."""


class SentLog:
    """The state of a take by its player's reports: messages, tick, position and tempos."""

    def __init__(self, tracks: Sequence[NamedTrack] = ONE_TRACK) -> None:
        """Start empty, for a take with these tracks of notes."""
        self.tracks = tuple(tracks)
        self.origin_s: float | None = None
        self.paused_tick: int | None = None
        """The tick at which the internal transport stands still in a pause."""
        self.tick = -1
        """All messages due up to this tick of the take have been sent or dropped."""
        self.messages: list[tuple[int, bytes]] = []
        """The latest, by tick; of those more than `LATEST_TICKS` back, only what is in force."""
        self.position: Position | None = None
        """The last position that an external transport reported."""
        self.tempos: list[tuple[int, float]] = []
        """The latest, from the one that held `LATEST_TICKS` ago."""
        self.restarts = 0
        self._take = TakeTracks(tracks)
        self._tail = TakeTail(self._take)
        self._meter: TimeSignature | None = None
        """The time signature, if it has changed."""
        self._hanging = HangingNotes()
        self._kept_from_tick = 0
        self._late: Counter[int] = Counter()
        """The number of note-ons by their delay, in microseconds."""
        self._max_late_ms = -math.inf
        self._dropped = 0

    def record(self, report: Report) -> None:
        """Add a report; reports about other things are ignored."""
        if isinstance(report, Began):
            self.origin_s, self.paused_tick = report.origin_s, None
        elif isinstance(report, Paused):
            self.paused_tick = report.tick
        elif isinstance(report, Position):
            self.position = report
        elif isinstance(report, TakeTempo):
            self.tempos.append((report.take_tick, report.tempo))
            self._take.set_tempo(report.take_tick, report.tempo)
        elif isinstance(report, TakeText):
            self._take.add_text(report.take_tick, report.text)
        elif isinstance(report, TakeMeter):
            self._meter = parse_time_signature(report.meter)
            self._take.set_meter(report.take_tick, self._meter)
        elif isinstance(report, Sent):
            self.tick = max(self.tick, report.tick)
            for message in report.messages:
                self._add(report.tick, message)
            self._late.update(round(late_ms * _LATE_STEPS_PER_MS) for late_ms in report.late_ms)
            self._max_late_ms = max(self._max_late_ms, *report.late_ms, -math.inf)
            self._dropped += report.dropped
            if self.tick > self._kept_from_tick + 2 * LATEST_TICKS:
                self._forget_before(self.tick - LATEST_TICKS)
        elif isinstance(report, Recorded):
            self._add(report.tick, report.message)
        elif isinstance(report, LeftOut):
            self._leave_out(report.message)

    def forget(self) -> None:
        """Forget all messages, and begin another take with the present tempo."""
        self.messages.clear()
        self._take, self._hanging = TakeTracks(self.tracks), HangingNotes()
        self._tail = TakeTail(self._take)
        for _, tempo in self.tempos[-1:]:
            self._take.set_tempo(0, tempo)
        if self._meter is not None:
            self._take.set_meter(0, self._meter)

    def _add(self, tick: int, message: bytes) -> None:
        self.messages.append((tick, message))
        self._hanging.update(message)
        self._tail.send(tick, message)

    def _leave_out(self, message: bytes) -> None:
        """Forget the latest message that equals this note-on."""
        self._tail.leave_out(message)
        self._hanging.update(bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0)))
        for index in range(len(self.messages) - 1, -1, -1):
            if self.messages[index][1] == message:
                del self.messages[index]
                return

    def _forget_before(self, tick: int) -> None:
        first = bisect_left(self.messages, tick, key=itemgetter(0))
        self.messages[:first] = in_force(self.messages[:first])
        first_tempo = bisect_right(self.tempos, tick, key=itemgetter(0)) - 1
        del self.tempos[: max(0, first_tempo)]
        self._kept_from_tick = tick

    @property
    def music_tick(self) -> int:
        """The tick of the music that was reported last, which may be up to a beat old."""
        return self.position.tick if self.position else self.tick

    def take(self) -> PackedTake:
        """Return the whole take, for a new player to continue."""
        self._tail.close()
        return self._take.packed()

    def hanging(self) -> list[bytes]:
        """Return the messages that release all sounding notes: note-offs, pedals up, pitch bends to the centre."""
        return self._hanging.messages()

    def sounding(self) -> list[tuple[int, int]]:
        """Return the notes that were not released, as (channel, pitch)."""
        return [(message[0] & 0x0F, message[1]) for message in self.hanging() if message[0] & 0xF0 == NOTE_OFF]

    def release_all(self, tick: int) -> None:
        """Add releases of all sounding notes at `tick`, because their player is gone."""
        for message in self.hanging():
            self._add(max(tick, self.tick), message)

    def summary(self) -> Summary:
        """Return the figures so far."""
        notes = self._late.total()
        if not notes:
            return Summary(dropped=self._dropped, restarts=self.restarts)

        def quantile_ms(share: float) -> float:
            rank = min(notes, math.ceil(share * notes))
            for late in sorted(self._late):
                rank -= self._late[late]
                if rank <= 0:
                    # The counts are rounded, the maximum is not.
                    return min(late / _LATE_STEPS_PER_MS, self._max_late_ms)
            raise AssertionError("no note has that rank")

        return Summary(notes, self._dropped, quantile_ms(0.5), quantile_ms(0.99), self._max_late_ms, self.restarts)
