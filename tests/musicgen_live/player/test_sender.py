"""The player prepares all that is due together before the deadline, and sends it at the deadline."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.player.clock import Mailbox
from musicgen_live.player.commands import Feed, Finish
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.reports import Began, Report, Sent
from tests.support.early_clock import EarlyClock
from tests.support.scripted_clock import at_tempo

LOOK_S = 0.0001


class SlowClock(EarlyClock):
    """An early clock on which each look takes time, as everything does."""

    def now_s(self) -> float:
        self._now_s += LOOK_S
        return self._now_s


class TimedOutput:
    """An output that stores when it was sent to."""

    def __init__(self, clock: SlowClock) -> None:
        self._clock = clock
        self.at_s: list[float] = []

    def send(self, tick: int, message: bytes) -> None:  # noqa: ARG002 (an output)
        self.at_s.append(self._clock._now_s)

    def close(self) -> None:
        pass


def test_a_chord_is_sent_at_its_deadline_however_long_it_takes_to_prepare() -> None:
    clock, reports = SlowClock(), list[Report]()
    output = TimedOutput(clock)
    mailbox: Mailbox = SimpleQueue()
    mailbox.put(Feed(tuple(Note(480, 480, pitch, 80) for pitch in (60, 64, 67, 72))))
    mailbox.put(Finish(960))
    Player(clock, at_tempo(120), [Route(output)], report=reports.append).run(mailbox)
    (origin_s,) = [each.origin_s for each in reports if isinstance(each, Began)]
    late_s = [at_s - (origin_s + 0.5) for at_s in output.at_s[:4]]
    assert late_s == pytest.approx([0.0001, 0.0002, 0.0003, 0.0004])
    (sent,) = [each for each in reports if isinstance(each, Sent) and each.late_ms]
    assert sent.late_ms == pytest.approx((0.1, 0.2, 0.3, 0.4))
