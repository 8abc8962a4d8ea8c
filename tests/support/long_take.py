"""Hours of music in seconds: a session, the real player and a live take on a clock that jumps.

    python -m tests.support.long_take TAKE HOURS

A process of its own, for its memory. The composer writes four quarter notes a bar without a network. Prints a line of
JSON: notes, the greatest distance of a note from its moment in ticks, and the memory after each hour in MB.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import deque
from pathlib import Path
from queue import SimpleQueue

from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.screen.state import ScreenState
from musicgen_live.midi.messages import is_note_on
from musicgen_live.midi.recorder import Recorder
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.clock import Mailbox
from musicgen_live.player.commands import Command, Stop
from musicgen_live.player.config import PlayerConfig, Timing
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.part_channels import UNSPLIT
from musicgen_live.player.recovery import PendingCommands
from musicgen_live.player.reports import Report
from musicgen_live.player.sent_log import SentLog
from musicgen_live.player.transport.internal import InternalTransport
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.live_session import LiveSession
from musicgen_live.session.options import NO_OPTIONS, Setup
from tests.support.models import toy_bars_bundle

TEMPO = 60.0
HOUR_S = 3600.0
SCALE = (60, 62, 64, 65, 67, 69, 71)


class Quarters(Composer):
    """A composer of four quarter notes a bar."""

    def compose(self) -> Bar:
        """Compose the next bar."""
        start_tick = self.next_tick
        end_tick = start_tick + 4 * PPQ
        ticks = range(start_tick, end_tick, PPQ)
        notes = tuple(Note(tick, PPQ // 2, SCALE[tick // PPQ % len(SCALE)], 80) for tick in ticks)
        self._reach(end_tick, end_tick)
        return Bar(start_tick, end_tick, notes, (0,) * len(notes))


class Checked:
    """An output that compares the moment of each note-on with its tick."""

    def __init__(self, take: LongTake) -> None:
        self._take = take
        self.notes = 0
        self.drift_ticks = 0.0

    def send(self, tick: int, message: bytes) -> None:
        """Check one message."""
        if is_note_on(message):
            self.notes += 1
            drift_ticks = abs(self._take.now_s() * PPQ * TEMPO / 60 - tick)
            self.drift_ticks = max(self.drift_ticks, drift_ticks)

    def close(self) -> None:
        """Do nothing."""


class LongTake:
    """A session's `PlayerHandle` and the player's clock; time stands still until the session has no work left."""

    ahead_s = 0.0

    def __init__(self, path: Path, hours: int) -> None:
        settings = Settings(bars=1_000_000, meter="4/4", tempo=TEMPO)
        performance = Performance.of(settings, toy_bars_bundle(), 1)
        settings = performance.settings
        config = PlayerConfig((), str(path), "toy", TEMPO, settings.time_signature, UNSPLIT, 16 * PPQ)
        self.sent_log = SentLog()
        self._pending = PendingCommands(config, self.sent_log)
        self._reports: deque[Report] = deque()
        self._mailbox: Mailbox = SimpleQueue()
        self._now_s = 0.0
        self._end_s = hours * HOUR_S
        self._next_hour_s = HOUR_S
        self.memory_mb: list[float] = []
        self.session = LiveSession(
            self,
            performance,
            NO_OPTIONS,
            Setup(settings, Timing(), Path("takes"), TakeLabel.of("toy", 0, settings)),
            inbox=Inbox(),
            now_s=self.now_s,
            composer=Quarters(performance),
        )
        self.session.observe(ScreenState().handle)
        self.output = Checked(self)
        recorder = Recorder(path, tempo=TEMPO, live=True)
        transport = InternalTransport(TempoMap(((0, TEMPO),)))
        Player(self, transport, [Route(self.output), Route(recorder)], report=self._reports.append).run(self._mailbox)
        recorder.close()

    def send(self, command: Command) -> None:
        """Put a command of the session into the player's mailbox, as the supervisor does."""
        self._pending.add(command)
        self._mailbox.put(command)

    def receive(self) -> Report | None:
        """Return the player's next report to the session."""
        if not self._reports:
            return None
        report = self._reports.popleft()
        self.sent_log.record(report)
        self._pending.handle(report)
        return report

    def now_s(self) -> float:
        """Return the time of both."""
        return self._now_s

    def reach(self, until_s: float) -> None:
        """Jump to a moment."""
        self._now_s = max(self._now_s, until_s)

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Jump to a moment; before time passes, the session does all its work."""
        while self.session.turn():
            pass
        if not mailbox.empty():
            return mailbox.get_nowait()
        if self._now_s >= self._end_s:
            return Stop()
        wait_s = self._now_s + max(1e-6, self.session.wait_s())
        self._now_s = wait_s if until_s is None else max(self._now_s, min(until_s, wait_s))
        if self._now_s >= self._next_hour_s:
            self._next_hour_s += HOUR_S
            gc.collect()
            status = Path("/proc/self/status").read_text()
            self.memory_mb.append(int(status.partition("RssAnon:")[2].split()[0]) / 1024)
        return None


def main() -> None:
    """Play, and print the figures."""
    take = LongTake(Path(sys.argv[1]), int(sys.argv[2]))
    figures = {"notes": take.output.notes, "drift_ticks": take.output.drift_ticks, "memory_mb": take.memory_mb}
    print(json.dumps(figures))  # noqa: T201 (the test reads it)


if __name__ == "__main__":
    main()
