"""The account of a take: all that players said they sent, so that another can go on where one left off."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import NOTE_OFF
from musicgen_live.music.position import Position
from musicgen_live.player.protocol import Began, Report, Sent, TakeTempo


@dataclass(frozen=True)
class Summary:
    """How a take went: notes sent and dropped, and how late note-ons were sent, in milliseconds."""

    notes: int = 0
    dropped: int = 0
    late_median_ms: float = 0.0
    late_p99_ms: float = 0.0
    late_max_ms: float = 0.0
    restarts: int = 0
    """How often the process that plays had to be started anew."""


class SentLog:
    """Kept by whoever hears a player's reports."""

    def __init__(self) -> None:
        self.origin_s: float | None = None
        self.tick = -1
        """Everything due up to this tick of the take has been sent or dropped."""
        self.messages: list[tuple[int, bytes]] = []
        self.position: Position | None = None
        """Where the music was when it was last told, if it follows someone."""
        self.tempos: list[tuple[int, float]] = []
        self.restarts = 0
        self._late_ms = array("d")
        self._dropped = 0

    def record(self, report: Report) -> None:
        """Enter a report; those that say nothing about what was sent are passed over."""
        if isinstance(report, Began):
            self.origin_s = report.origin_s
        elif isinstance(report, Position):
            self.position = report
        elif isinstance(report, TakeTempo):
            self.tempos.append((report.take_tick, report.tempo))
        elif isinstance(report, Sent):
            self.tick = max(self.tick, report.tick)
            self.messages.extend((report.tick, message) for message in report.messages)
            self._late_ms.extend(report.late_ms)
            self._dropped += report.dropped

    @property
    def music_tick(self) -> int:
        """The tick of the music that has been reached, which may be told as late as a beat afterwards."""
        return self.position.tick if self.position else self.tick

    def hanging(self) -> list[bytes]:
        """What has to be sent so that nothing of what was sent sounds on: note-offs, pedals up."""
        owed = HangingNotes()
        for _, message in self.messages:
            owed.update(message)
        return owed.messages()

    def sounding(self) -> list[tuple[int, int]]:
        """The notes, as (channel, pitch), that were struck and not released."""
        return [(message[0] & 0x0F, message[1]) for message in self.hanging() if message[0] & 0xF0 == NOTE_OFF]

    def release_all(self, tick: int) -> None:
        """Enter that what sounds ended at `tick`, because the player that played it is gone."""
        self.messages.extend((max(tick, self.tick), message) for message in self.hanging())

    def summary(self) -> Summary:
        """The figures so far."""
        late_ms = sorted(self._late_ms)
        if not late_ms:
            return Summary(dropped=self._dropped, restarts=self.restarts)

        def quantile(share: float) -> float:
            return late_ms[min(len(late_ms) - 1, math.ceil(share * len(late_ms)) - 1)]

        return Summary(len(late_ms), self._dropped, quantile(0.5), quantile(0.99), late_ms[-1], self.restarts)
