"""A musician plays with the model on the transport of a DAW, which may jump."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from musicgen_live.config.parameters import Change
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.events import Changed, Event, Granted
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.player.config import Timing
from musicgen_live.player.protocol import Command, Cut, Feed, Received, Report
from musicgen_live.player.sent_log import SentLog
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.listening.decisions import ListenOptions
from musicgen_live.session.live_session import LiveSession
from musicgen_live.session.options import SessionOptions, Setup
from tests.support.musician import BAR, CONTINUE, SONATINA

FOLLOW = ListenOptions("follow")


class Daw:
    """A `PlayerHandle` that follows a DAW at 120 BPM; `sent` are the session's commands, `events` what it publishes."""

    ahead_s = 0.0

    def __init__(self, listen_options: ListenOptions) -> None:
        performance = Performance.load(SONATINA, 3)
        self.now_s = 0.0
        self.sent: list[Command] = []
        self.events: list[Event] = []
        self.sent_log = SentLog()
        self._reports: deque[Report] = deque()
        self.session = LiveSession(
            self,
            performance,
            SessionOptions(listen_options),
            Setup(performance.settings, Timing("clock"), Path("takes")),
            inbox=Inbox(),
            now_s=lambda: self.now_s,
        )
        self.session.observe(self.events.append)

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def receive(self) -> Report | None:
        return self._reports.popleft() if self._reports else None

    def work(self, now_s: float) -> None:
        """Have the session do all work at a moment."""
        self.now_s = now_s
        while self.session.turn():
            pass

    def follow(self, now_s: float, tick: int, take_tick: int) -> None:
        """Report that the music is at a tick."""
        self._reports.append(Position(tick, now_s, 120.0, runs=True, take_tick=take_tick))
        self.work(now_s)

    def receive_key(self, now_s: float, tick: int, message: str) -> None:
        """Report a message of the keyboard, in hex."""
        self._reports.append(Received("input", tick, now_s, bytes.fromhex(message)))
        self.work(now_s)

    def planned(self) -> list[Note]:
        """Return the notes that the player has now."""
        notes: list[Note] = []
        for command in self.sent:
            if isinstance(command, Cut):
                notes = [note for note in notes if note.start_tick < command.tick]
            elif isinstance(command, Feed):
                notes += command.notes
        return notes

    def bars(self, *numbers: int) -> list[list[tuple[int, int]]]:
        """Return the notes that the player has in bars, from 1, as positions within the bar and pitches."""
        return [
            sorted((n.start_tick % BAR, n.pitch) for n in self.planned() if n.start_tick // BAR == bar - 1)
            for bar in numbers
        ]


@pytest.mark.parametrize(
    "listen_options", [CONTINUE, ListenOptions("continue", "beat"), ListenOptions("answer"), FOLLOW]
)
def test_a_musician_plays_right_after_the_daw_locates(listen_options: ListenOptions) -> None:
    daw = Daw(listen_options)
    daw.follow(0.0, 0, 0)
    daw.follow(1.0, 2 * BAR + 480, BAR + 480)
    daw.receive_key(1.5, 2 * BAR + 960, "903c50")
    daw.receive_key(1.8, 2 * BAR + 1248, "803c00")
    daw.work(2.9)
    latest = [command for command in daw.sent if isinstance(command, Feed) and command.notes][-1]
    assert latest.notes[0].start_tick >= 3 * BAR


def test_a_jump_of_the_daw_ends_a_freeze() -> None:
    daw = Daw(FOLLOW)
    daw.follow(0.0, 0, 0)
    daw.session.steer(Change("freeze", 1))
    daw.work(0.5)
    assert daw.bars(1)[0]
    assert daw.bars(2, 3) == daw.bars(1, 1)
    daw.follow(1.0, 20 * BAR + 480, BAR + 480)
    assert daw.session.values["freeze"] == 0
    assert [event for event in daw.events if isinstance(event, Granted)] == [
        Granted("freeze", 1, 2),
        Granted("freeze", 0, 21),
    ]
    # In effect where the music is now, though the freeze itself never was.
    assert [event for event in daw.events if isinstance(event, Changed)][-1] == Changed("freeze", 0, 21)
    assert min(note.start_tick for note in daw.planned()) >= 21 * BAR
    first, second, third = daw.bars(22, 23, 24)
    assert first
    assert first != second != third != first
