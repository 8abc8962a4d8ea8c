"""The log of a take: all messages that players reported as sent, from which a new player continues."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import NOTE_OFF
from musicgen_live.music.position import Position
from musicgen_live.player.protocol import Began, LeftOut, Report, Sent, TakeTempo


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

    def __init__(self) -> None:
        self.origin_s: float | None = None
        self.tick = -1
        """All messages due up to this tick of the take have been sent or dropped."""
        self.messages: list[tuple[int, bytes]] = []
        self.position: Position | None = None
        """The last position that an external transport reported."""
        self.tempos: list[tuple[int, float]] = []
        self.restarts = 0
        self._late_ms = array("d")
        self._dropped = 0

    def record(self, report: Report) -> None:
        """Add a report; reports about other things are ignored."""
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
        elif isinstance(report, LeftOut):
            self._leave_out(report.message)

    def _leave_out(self, message: bytes) -> None:
        """Forget the latest message that equals this one."""
        for index in range(len(self.messages) - 1, -1, -1):
            if self.messages[index][1] == message:
                del self.messages[index]
                return

    @property
    def music_tick(self) -> int:
        """The tick of the music that was reported last, which may be up to a beat old."""
        return self.position.tick if self.position else self.tick

    def hanging(self) -> list[bytes]:
        """Return the messages that release all sounding notes: note-offs, pedals up, pitch bends to the centre."""
        hanging = HangingNotes()
        for _, message in self.messages:
            hanging.update(message)
        return hanging.messages()

    def sounding(self) -> list[tuple[int, int]]:
        """Return the notes that were not released, as (channel, pitch)."""
        return [(message[0] & 0x0F, message[1]) for message in self.hanging() if message[0] & 0xF0 == NOTE_OFF]

    def release_all(self, tick: int) -> None:
        """Add releases of all sounding notes at `tick`, because their player is gone."""
        self.messages.extend((max(tick, self.tick), message) for message in self.hanging())

    def summary(self) -> Summary:
        """Return the figures so far."""
        late_ms = sorted(self._late_ms)
        if not late_ms:
            return Summary(dropped=self._dropped, restarts=self.restarts)

        def quantile(share: float) -> float:
            return late_ms[min(len(late_ms) - 1, math.ceil(share * len(late_ms)) - 1)]

        return Summary(len(late_ms), self._dropped, quantile(0.5), quantile(0.99), late_ms[-1], self.restarts)
