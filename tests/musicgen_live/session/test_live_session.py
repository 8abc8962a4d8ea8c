"""A session's loop: requests, reports, observers, and the end, with a player that only records its commands."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

import pytest

from musicgen_live.config.changes import stepped
from musicgen_live.config.controller_map import NO_BINDINGS, ControllerMap
from musicgen_live.config.controller_map_file import load_controller_map
from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.part_options import PartOptions, all_parts
from musicgen_live.config.settings import Settings
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.interfaces.events import (
    Changed,
    Event,
    Granted,
    Kept,
    MessagesSent,
    PresetSaved,
    Refused,
    UserMessage,
)
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.position import Position
from musicgen_live.player.commands import (
    Annotate,
    Begin,
    Command,
    Feed,
    SendFeedback,
    SetChannel,
    SetPause,
    SetTempo,
    SetThru,
    Stop,
)
from musicgen_live.player.config import Timing
from musicgen_live.player.reports import Began, Done, Received, Report, Sent
from musicgen_live.player.sent_log import SentLog
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.listening.decisions import ListenOptions
from musicgen_live.session.live_session import LiveSession
from musicgen_live.session.options import SessionOptions, Setup
from tests.support.light import light_performance
from tests.support.musician import BAR, SONATINA
from tests.support.scripted_player import started


class RecordedPlayer:
    """A `PlayerHandle` that records commands and returns the reports that a test adds."""

    ahead_s = 0.0

    def __init__(self, wake: Inbox) -> None:
        self.sent_log = SentLog()
        self.commands: list[Command] = []
        self.last_reports: list[Report] = []
        """The reports that follow `Stop`."""
        self._reports: deque[Report] = deque()
        self._wake = wake

    def send(self, command: Command) -> None:
        self.commands.append(command)
        if command == Stop():
            self.report(*self.last_reports)

    def receive(self) -> Report | None:
        if not self._reports:
            return None
        report = self._reports.popleft()
        self.sent_log.record(report)
        return report

    def report(self, *reports: Report) -> None:
        self._reports.extend(reports)
        self._wake.wake()


class Rig:
    """A session, its player, and the events that it published."""

    def __init__(
        self,
        tmp_path: Path,
        *,
        settings: Settings = SONATINA,
        listening: ListenOptions | None = None,
        controls: ControllerMap = NO_BINDINGS,
        timing: Timing = Timing(),  # noqa: B008 (frozen)
        parts: tuple[PartOptions, ...] = (),
    ) -> None:
        self.now_s = 0.0
        self.inbox = Inbox()
        self.player = RecordedPlayer(self.inbox)
        self.events: list[Event] = []
        self.session = LiveSession(
            self.player,
            light_performance(settings, 3),
            SessionOptions(listening, controls=controls, parts=parts),
            Setup(settings, timing, tmp_path, TakeLabel.of("toy", 0, settings)),
            inbox=self.inbox,
            now_s=lambda: self.now_s,
        )
        self.session.observe(self.events.append)

    def work(self, *reports: Report, now_s: float = 0.0) -> None:
        """Handle reports, and do all work at a moment."""
        self.player.report(*reports)
        self.now_s = now_s
        while self.session.turn():
            pass

    def sent(self, kind: type[Command]) -> list[Command]:
        return [command for command in self.player.commands if isinstance(command, kind)]

    def published(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def knob(folder: Path, name: str) -> ControllerMap:
    """A knob with CC 20 that is bound to a parameter."""
    path = folder / "knobs.toml"
    path.write_text(f'[controls]\n"cc 20" = "{name}"\n')
    return load_controller_map(path)


def test_the_first_turn_feeds_a_bar_and_begins(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.session.turn()
    assert [type(command) for command in rig.player.commands] == [Feed, Begin]


def test_music_is_composed_two_bars_ahead_and_no_further(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work()
    assert len(rig.sent(Feed)) == 3


def test_a_count_in_begins_before_anybody_plays(tmp_path: Path) -> None:
    rig = Rig(tmp_path, listening=ListenOptions("answer"), timing=Timing(count_in_bars=1))
    rig.session.start()
    assert rig.player.commands == [Begin()]


def test_without_a_count_in_a_musician_begins(tmp_path: Path) -> None:
    rig = Rig(tmp_path, listening=ListenOptions("answer"))
    rig.session.start()
    rig.work(Received("input", -1, 0.25, b"\x90\x3c\x50"))
    assert rig.player.commands == [Begin(0.25), Annotate("a musician played along")]


def test_sent_messages_are_published(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0), Sent(480, (b"\x90\x3c\x50",), (0.1,)))
    assert rig.published(MessagesSent) == [MessagesSent(480, (b"\x90\x3c\x50",), (0.1,), 0)]


def test_positions_are_published(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0))
    assert rig.published(Position) == [Position(0, 0.0, 120.0, runs=True, take_tick=0)]


def test_of_the_changes_of_a_moment_the_latest_is_applied(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0))
    rig.session.steer(Change("channel", 3))
    rig.session.steer(Change("channel", 5))
    rig.work()
    assert rig.sent(SetChannel) == [SetChannel(4)]
    assert rig.session.values["channel"] == 5


def test_a_fast_knob_sends_a_hundred_tempos_a_second(tmp_path: Path) -> None:
    rig = Rig(tmp_path, controls=knob(tmp_path, "tempo"))
    rig.work(Began(0.0))
    for i in range(3000):
        rig.player.report(Received("control", 0, i / 3000, bytes((0xB0, 20, i % 128))))
        rig.now_s = i / 3000
        rig.session.turn()
    rig.work(now_s=1.1)
    assert 90 <= len(rig.sent(SetTempo)) <= 102
    # The knob stops at 55 of 127.
    assert rig.session.values["tempo"] == pytest.approx(40 + 200 * 55 / 127, abs=1)


def test_composing_goes_on_under_a_flood_of_messages(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.player.report(Began(0.0), *[Received("control", 0, 0.0, b"\xb0\x15\x40")] * 10_000)
    for _ in range(4):
        rig.session.turn()
    assert len(rig.sent(Feed)) == 3


def test_a_refusal_elsewhere_is_published(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    refused = Refused("tempo", "tempo is 'fast'")
    rig.session.refuse(refused)
    rig.work()
    assert rig.published(Refused) == [refused]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change("volume", 3), "there is nothing called 'volume' to change"),
        (Change("answer-bars", 2), "nobody is listened to here; play with --input NAME"),
        (Change("thru", True), "nobody is listened to here; play with --input NAME"),
        (Change("keep"), "There is no whole bar to keep yet; wait for the next bar line."),
        (Change("freeze", "many"), "freeze is 'many'; a whole number is needed"),
    ],
)
def test_an_impossible_change_is_refused_with_a_reason(tmp_path: Path, change: Change, reason: str) -> None:
    rig = Rig(tmp_path)
    rig.session.steer(change)
    rig.work()
    assert rig.published(Refused) == [Refused(change.name, reason)]


def test_pause_is_refused_before_the_music_and_with_another_clock(tmp_path: Path) -> None:
    for timing, reason in (
        (Timing(), "the music has not begun"),
        (Timing("clock"), "the clock that is followed starts and stops the music; do it there"),
    ):
        rig = Rig(tmp_path, timing=timing)
        rig.session.steer(Change("pause", True))
        rig.work()
        assert Refused("pause", reason) in rig.events
        assert rig.sent(SetPause) == []


def test_the_tempo_of_a_followed_clock_cannot_be_changed(tmp_path: Path) -> None:
    rig = Rig(tmp_path, timing=Timing("clock"))
    rig.session.steer(Change("tempo", 90.0))
    rig.work()
    assert rig.published(Refused) == [
        Refused("tempo", "the tempo is that of the clock that is followed; change it there")
    ]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("answer-bars", None, 2),
        ("enter", "bar", "beat"),
        ("respond", "continue", "answer"),
        ("freedom", 0.25, 1.0),
        ("thru", False, True),
    ],
)
def test_listening_changes_at_once(tmp_path: Path, name: str, before: Value, after: Value) -> None:
    rig = Rig(tmp_path, listening=ListenOptions("continue"))
    assert rig.session.values[name] == before
    rig.session.steer(Change(name, after))
    rig.work()
    assert rig.events == [Granted(name, after, 1), Changed(name, after, 1)]
    assert rig.session.values[name] == after
    assert rig.sent(SetThru) == ([SetThru(is_thru=True)] if name == "thru" else [])


def test_three_taps_set_the_tempo(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0))
    for at_s in (2.0, 2.6, 3.2):
        rig.work(now_s=at_s)
        rig.session.steer(Change("tap"))
        rig.work(now_s=at_s)
    granted = [event for event in rig.published(Granted) if isinstance(event, Granted)]
    assert [(event.name, event.value) for event in granted] == [("tempo", 100.0)]


def test_keep_writes_the_latest_whole_bars(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0), Sent(480, (b"\x90\x3c\x50",)), Sent(960, (b"\x80\x3c\x00",)))
    rig.session.steer(Change("keep"))
    rig.work(now_s=4.5)
    (kept,) = rig.published(Kept)
    assert isinstance(kept, Kept)
    assert (kept.first_bar, kept.bars) == (1, 2)
    assert Path(kept.path).parent == tmp_path
    assert Path(kept.path).name.endswith("toy 0 bars 1-2.mid")
    assert Path(kept.path).read_bytes()[:4] == b"MThd"


@pytest.mark.parametrize(
    ("change", "first_bar", "bars"),
    [
        # In the middle of bar 7: bars 2 and 3 were repeated in 4 and 5, and half of them in 6.
        (Change("keep"), 4, 2),
        (Change("keep", 2), 5, 2),
        (Change("keep", 4), 3, 4),
    ],
)
def test_keep_writes_as_many_bars_as_asked_or_frozen(tmp_path: Path, change: Change, first_bar: int, bars: int) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0), Sent(480, (b"\x90\x3c\x50",)), Sent(960, (b"\x80\x3c\x00",)))
    rig.session.steer(Change("freeze", 2))
    rig.work(now_s=5.0)
    rig.session.steer(change)
    rig.work(now_s=13.0)
    (kept,) = rig.published(Kept)
    assert isinstance(kept, Kept)
    assert (kept.first_bar, kept.bars) == (first_bar, bars)


def test_the_take_tells_once_what_was_changed(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0))
    for number, temperature in enumerate((0.5, 0.6)):
        rig.session.steer(Change("temperature", temperature))
        rig.work(now_s=6.0 * number)
    rig.work(now_s=20.0)
    assert [event.value for event in rig.published(Changed) if isinstance(event, Changed)] == [0.5, 0.6]
    assert rig.sent(Annotate) == [Annotate("steered: temperature")]


def test_the_take_tells_that_a_musician_played(tmp_path: Path) -> None:
    rig = Rig(tmp_path, listening=ListenOptions("continue"))
    for at_s, message in ((1.0, b"\x90\x3c\x50"), (1.5, b"\x80\x3c\x00"), (2.0, b"\x90\x3c\x50")):
        rig.work(Received("input", -1, at_s, message), now_s=at_s)
    assert rig.sent(Annotate) == [Annotate("a musician played along")]


def test_the_same_bars_are_kept_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0), Sent(480, (b"\x90\x3c\x50",)), Sent(960, (b"\x80\x3c\x00",)))
    for now_s in (4.5, 4.6, 6.5):
        rig.session.steer(Change("keep"))
        rig.work(now_s=now_s)
    first, second = rig.published(Kept)
    assert isinstance(first, Kept)
    assert rig.published(Refused) == [Refused("keep", f"These bars are kept already: {first.path}")]
    assert len(list(tmp_path.glob("*.mid"))) == 2
    assert isinstance(second, Kept)
    assert second.bars == 3


def test_save_writes_a_preset_and_publishes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path))
    rig = Rig(tmp_path)
    rig.session.steer(Change("save", "mine"))
    rig.work()
    assert list(tmp_path.rglob("mine.toml"))
    assert len(rig.published(UserMessage)) == 1
    # The screen saves by a call, and shows the message itself.
    assert rig.session.save("ours").startswith("The preset ours is saved")
    rig.work()
    assert len(rig.published(UserMessage)) == 1
    assert rig.published(PresetSaved) == [PresetSaved("mine"), PresetSaved("ours")]


def test_a_knob_sets_a_value_and_follows_other_changes(tmp_path: Path) -> None:
    rig = Rig(tmp_path, controls=knob(tmp_path, "velocity"))
    rig.work(Began(0.0))
    rig.work(Received("control", 0, 0.0, b"\xb0\x14\x40"))
    assert [event.name for event in rig.published(Granted) if isinstance(event, Granted)] == ["velocity"]
    rig.session.steer(Change("velocity", 127))
    rig.work()
    assert rig.sent(SendFeedback)[-1] == SendFeedback(b"\xb0\x14\x7f")


def test_the_end_of_the_player_ends_the_session(tmp_path: Path) -> None:
    rig = Rig(tmp_path, settings=SONATINA.changed({"bars": 2}))
    rig.work(Began(0.0))
    rig.player.report(Done())
    assert rig.session.run() is False
    assert Stop() not in rig.player.commands


def test_a_player_that_another_program_ends_is_reported(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0))
    rig.player.report(Done())
    assert rig.session.run() is True
    assert rig.published(UserMessage) == [UserMessage("The process that plays was ended by another program.")]


def test_quit_stops_the_player_and_waits_for_its_end(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.player.last_reports = [Sent(480, (b"\x80\x3c\x00",)), Done()]
    stopped: list[bool] = []
    thread = threading.Thread(target=lambda: stopped.append(rig.session.run()))
    thread.start()
    rig.session.quit()
    thread.join(60)
    assert stopped == [True]
    assert rig.player.commands[-1] == Stop()
    assert rig.events[-1] == MessagesSent(480, (b"\x80\x3c\x00",), (), 0)


def test_a_session_sleeps_until_the_next_bar_line(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.work(Began(0.0), now_s=1.5)
    assert rig.session.wait_s() == pytest.approx(BAR / 960 - 1.5)


LISTENING = ("respond", "enter", "freedom", "thru", "answer-bars")


TYPED = {"chords": Change("chords", "Dm7 G7"), "store": Change("store", "1")}
"""The changes of parameters that no button steps through."""

NEEDED = {
    "play-kept": (Change("keep"),),
    "scene": (Change("store", "1"),),
    "undo": (Change("reroll"),),
    "variant": (Change("reroll"),),
}
"""The changes that have to come first."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_can_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    # A row of the table that no part of the session applies would fail here.
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    listening, parts = ListenOptions("follow") if name in LISTENING else None, PARAMETERS[name].part
    rig = Rig(tmp_path, listening=listening, parts=all_parts([]) if parts else ())
    rig.work(Began(0.0))
    rig.work(now_s=2.5)
    for needed in NEEDED.get(name, ()):
        rig.session.steer(needed)
        rig.work(now_s=2.5)
    before = rig.session.values.get(name)
    change = TYPED.get(name) or stepped(name, before, -1 if PARAMETERS[name].off_is_above else 1)
    rig.session.steer(change)
    rig.work(now_s=2.5)
    assert rig.published(Refused) == []
    if PARAMETERS[name].kind != "action":
        assert rig.session.values[name] == change.value != before


def test_the_music_does_not_move_to_the_channel_of_a_musician(tmp_path: Path) -> None:
    rig = Rig(tmp_path, listening=ListenOptions("follow"))
    for channel in (16, 15):
        rig.session.steer(Change("channel", channel))
        rig.work(now_s=channel)
    reason = "your own notes are recorded on channel 16; choose another one"
    assert rig.published(Refused) == [Refused("channel", reason)]
    assert rig.session.values["channel"] == 15


def test_requests_are_kept_while_the_player_is_replaced(tmp_path: Path) -> None:
    studio, inbox = started(), Inbox()
    setup = Setup(SONATINA, Timing(), tmp_path, TakeLabel.of("toy", 0, SONATINA))
    performance = light_performance(SONATINA, 3)
    session = LiveSession(
        studio.supervisor, performance, SessionOptions(), setup, inbox=inbox, now_s=lambda: studio.now_s
    )
    session.turn()
    studio.on_start = lambda: session.steer(Change("channel", 5))
    studio.players[0].is_dead = True
    session.turn()
    while session.turn():
        pass
    assert len(studio.players) == 2
    assert SetChannel(4) in studio.players[1].commands
    assert session.values["channel"] == 5
