"""A musician plays with the model on the transport of a DAW, which may jump."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from random import Random

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Changed, Event, Granted, Planned, UserMessage
from musicgen_live.interfaces.screen.note_store import PlannedNotes
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.player.commands import Command, Cut, Feed, Replace
from musicgen_live.player.config import Timing
from musicgen_live.player.reports import HistoryForgotten, Received, Report
from musicgen_live.player.sent_log import SentLog
from musicgen_live.session import kept_bars, player_feed
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.listening.decisions import ListenOptions
from musicgen_live.session.live_session import LiveSession
from musicgen_live.session.options import SessionOptions, Setup
from tests.support.light import light_performance
from tests.support.musician import BAR, CONTINUE, SCALE, SONATINA

FOLLOW = ListenOptions("follow")


class Daw:
    """A `PlayerHandle` that follows a DAW at 120 BPM; `sent` are the session's commands, `events` what it publishes."""

    ahead_s = 0.0

    def __init__(self, listen_options: ListenOptions | None = None) -> None:
        performance = light_performance(SONATINA, 3)
        self.now_s = 0.0
        self.sent: list[Command] = []
        self.events: list[Event] = []
        self.sent_log = SentLog()
        self._reports: deque[Report] = deque()
        self.session = LiveSession(
            self,
            performance,
            SessionOptions(listen_options),
            Setup(performance.settings, Timing("clock"), Path("takes"), TakeLabel.of("toy", 0, performance.settings)),
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

    def follow(self, now_s: float, tick: int, take_tick: int, *, runs: bool = True) -> None:
        """Report that the music is at a tick."""
        self._reports.append(Position(tick, now_s, 120.0, runs=runs, take_tick=take_tick))
        self.work(now_s)

    def play(self, now_s: float, first_bar: int, bars: int) -> None:
        """Report that the music runs through bars, from 1, each of 2 s."""
        for i in range(bars):
            self.follow(now_s + 2.0 * i, (first_bar - 1 + i) * BAR, 0)

    def shown(self, *numbers: int) -> list[list[tuple[int, int]]]:
        """Return the notes that the screen shows in bars, as `bars` does."""
        shown = PlannedNotes()
        for event in self.events:
            if isinstance(event, Planned):
                shown.plan(event.tick, event.notes)
        return _in_bars(shown.between(0, 1 << 30), numbers)

    def messages(self) -> list[str]:
        """Return the messages for the user."""
        return [event.text for event in self.events if isinstance(event, UserMessage)]

    def forget_history(self) -> None:
        """Report that the player has none of the notes that it was fed."""
        self.sent.clear()
        self._reports.append(HistoryForgotten())
        self.work(self.now_s)

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
            elif isinstance(command, Replace):
                notes = [n for n in notes if not command.from_tick <= n.start_tick < command.until_tick]
                notes += command.notes
            elif isinstance(command, Feed):
                notes += command.notes
        return notes

    def bars(self, *numbers: int) -> list[list[tuple[int, int]]]:
        """Return the notes that the player has in bars, from 1, as positions within the bar and pitches."""
        return _in_bars(self.planned(), numbers)


def _in_bars(notes: list[Note], numbers: tuple[int, ...]) -> list[list[tuple[int, int]]]:
    return [sorted((n.start_tick % BAR, n.pitch) for n in notes if n.start_tick // BAR == bar - 1) for bar in numbers]


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


def test_a_daw_moved_while_it_stands_ends_a_freeze() -> None:
    daw = Daw(FOLLOW)
    daw.follow(0.0, 0, 0)
    daw.session.steer(Change("freeze", 1))
    daw.work(0.5)
    assert daw.bars(1)[0]
    assert daw.bars(2, 3) == daw.bars(1, 1)
    daw.follow(1.0, 960, 960, runs=False)
    daw.follow(3.0, 20 * BAR + 480, BAR + 480)
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


def test_a_place_far_ahead_is_played_without_the_bars_between() -> None:
    daw = Daw()
    daw.play(0.0, 1, 2)
    daw.follow(4.0, 64 * BAR, 2 * BAR)
    assert {note.start_tick // BAR for note in daw.planned()} == {0, 1, 2, 3, 4, 64, 65, 66}
    assert daw.messages() == [
        "Bar 65 is far from the music so far, which goes on there; the bars between are composed when you play them."
    ]


def test_a_place_far_ahead_is_composed_while_the_daw_stands() -> None:
    daw = Daw()
    daw.follow(0.0, 64 * BAR, 0, runs=False)
    assert all(daw.bars(65, 66, 67))
    composed = daw.planned()
    daw.follow(9.0, 64 * BAR, 0)
    assert daw.planned() == composed


def test_a_nearer_place_has_the_music_that_leads_there() -> None:
    played, located = Daw(), Daw()
    played.play(0.0, 1, 12)
    located.play(0.0, 1, 1)
    located.follow(2.0, 11 * BAR, BAR)
    assert located.messages() == []
    assert located.bars(*range(1, 14)) == played.bars(*range(1, 14))


def test_a_bar_heard_far_ahead_stays_when_the_music_reaches_it() -> None:
    daw = Daw()
    daw.play(0.0, 65, 3)
    heard = daw.bars(65, 66, 67)
    daw.play(9.0, 1, 70)
    assert all(daw.bars(*range(1, 70)))
    assert daw.bars(65, 66, 67) == heard
    fed = [(note.start_tick, note.pitch) for note in daw.planned()]
    assert len(set(fed)) == len(fed)


def test_a_bar_heard_before_is_the_same_again() -> None:
    daw = Daw()
    daw.play(0.0, 1, 4)
    daw.play(8.0, 65, 4)
    heard = daw.bars(1, 2, 3, 4, 65, 66, 67, 68)
    daw.play(16.0, 1, 4)
    daw.play(24.0, 65, 4)
    assert daw.bars(1, 2, 3, 4, 65, 66, 67, 68) == heard


def test_a_change_of_key_holds_at_a_place_left_before() -> None:
    daw = Daw()
    daw.play(0.0, 65, 2)
    daw.play(4.0, 1, 2)
    daw.session.steer(Change("key", "Db major"))
    daw.work(6.1)
    daw.play(8.0, 65, 2)
    pitches = {note.pitch % 12 for note in daw.planned() if note.start_tick >= 64 * BAR}
    assert pitches <= {(pitch + 1) % 12 for pitch in SCALE}


def test_a_transposition_holds_at_a_place_left_before() -> None:
    daw = Daw()
    daw.play(0.0, 65, 2)
    before = daw.bars(65, 66)
    daw.play(4.0, 1, 2)
    daw.session.steer(Change("transpose", 1))
    daw.work(6.1)
    assert daw.bars(65, 66) == [[(tick, pitch + 1) for tick, pitch in bar] for bar in before]


@pytest.mark.parametrize("seed", range(4))
def test_wherever_a_daw_jumps_each_bar_has_one_music(seed: int) -> None:
    random, daw, now_s = Random(seed), Daw(), 0.0
    heard: dict[int, list[tuple[int, int]]] = {}
    for _ in range(12):
        first, count = random.choice([1, 20, 40, 60, 80, 100]) + random.randrange(8), random.randrange(1, 6)
        daw.play(now_s, first, count)
        now_s += 2.0 * count
        assert daw.shown(first + count - 1, first + count) == daw.bars(first + count - 1, first + count)
        for bar in range(first, first + count):
            assert heard.setdefault(bar, *daw.bars(bar)) == daw.bars(bar)[0]
    fed = [(note.start_tick, note.pitch) for note in daw.planned()]
    assert len(set(fed)) == len(fed)


def test_music_that_a_player_has_lost_is_composed_anew_wherever_the_daw_goes() -> None:
    daw = Daw()
    daw.play(0.0, 1, 6)
    lost = daw.bars(1, 2, 7, 8)
    daw.forget_history()
    assert all(daw.bars(7, 8))
    assert not any(before == after for before, after in zip(lost[2:], daw.bars(7, 8), strict=True))
    daw.play(12.0, 1, 2)
    assert all(daw.bars(1, 2, 3, 4))
    assert daw.bars(1, 2) != lost[:2]


@pytest.mark.parametrize("listen_options", [FOLLOW])
def test_music_lost_beside_a_musician_is_composed_anew(listen_options: ListenOptions) -> None:
    daw = Daw(listen_options)
    daw.play(0.0, 1, 6)
    daw.forget_history()
    assert all(daw.bars(7, 8))


def test_of_hours_the_music_left_longest_ago_is_composed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_feed, "MOST_BARS", 8)
    monkeypatch.setattr(kept_bars, "FORGOTTEN_AT_ONCE_BARS", 4)
    daw = Daw()
    daw.play(0.0, 1, 20)
    heard = daw.bars(*range(12, 21))
    assert not any(daw.bars(*range(1, 9)))
    # Bar 15 is remembered, and plays as it did; bar 4 is not, and leads to what is.
    daw.play(40.0, 15, 1)
    assert daw.bars(*range(12, 21)) == heard
    daw.play(42.0, 4, 17)
    assert all(daw.bars(*range(15, 21)))
    fed = [(note.start_tick, note.pitch) for note in daw.planned()]
    assert len(set(fed)) == len(fed)
    assert len({tick // BAR for tick, _ in fed}) <= 12
