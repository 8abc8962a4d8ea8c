"""The supervisor of players that die, hang or do not start, without a process or a MIDI server."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.errors import PlayerError
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.process_client import Gone
from musicgen_live.player.protocol import (
    Alive,
    Began,
    Command,
    Done,
    Feed,
    Finish,
    Notice,
    Ready,
    Received,
    Report,
    Sent,
    StartFailed,
    Trouble,
)
from musicgen_live.player.supervisor import PlayerSupervisor
from musicgen_live.player.timing import LOOK_S, SILENT_S, START_LIMIT_S, START_TRIES

NOTES = tuple(Note(480 * i, 240, 60 + i, 80) for i in range(4))
READY = Ready(("out",))


class ScriptedPlayer:
    """A `RunningPlayer` that reports what it is given, and dies when it is told to."""

    def __init__(self, studio: Studio, config: PlayerConfig, reports: list[Report]) -> None:
        self.config = config
        self.commands: list[Command] = []
        self.reports: deque[Report | Gone] = deque(reports)
        self.is_dead = self.was_killed = self.was_closed = False
        self._studio = studio

    def send(self, command: Command) -> None:
        if self.is_dead:
            raise self.failure()
        self.commands.append(command)

    def receive(self, timeout_s: float = 0.0) -> Report | Gone | None:
        if self.reports:
            return self.reports.popleft()
        self._studio.now_s += timeout_s
        return Gone() if self.is_dead else None

    def kill(self) -> None:
        self.is_dead = self.was_killed = True

    def close(self) -> None:
        self.is_dead = self.was_closed = True

    def failure(self) -> PlayerError:
        return PlayerError("the process that plays ended with status -9. Its last words: none")


class Studio:
    """A supervisor, the players that it starts, the words that it says, and a clock."""

    def __init__(self, *starts: list[Report]) -> None:
        """`starts` are what each player reports at first; those after them are ready at once."""
        self.now_s = 0.0
        self.words: list[str] = []
        self.players: list[ScriptedPlayer] = []
        self._starts = deque(starts)
        config = PlayerConfig((PortOptions("out"),), None, "toy", 120.0, TimeSignature(4, 4), 0, None, 7680)
        self.supervisor = PlayerSupervisor(config, self.words.append, start=self._start, now_s=lambda: self.now_s)

    def _start(self, config: PlayerConfig, wake: Callable[[], None]) -> ScriptedPlayer:
        del wake
        self.players.append(ScriptedPlayer(self, config, self._starts.popleft() if self._starts else [READY]))
        return self.players[-1]

    def reports(self) -> list[Report]:
        found: list[Report] = []
        while (report := self.supervisor.receive()) is not None:
            found.append(report)
        return found

    def wait(self, seconds: float) -> None:
        """Look for reports as often as a session does."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += LOOK_S
            self.supervisor.receive()


def started(*starts: list[Report]) -> Studio:
    studio = Studio(*starts)
    assert studio.supervisor.await_ready() == READY
    return studio


def test_reports_are_returned_in_order_and_recorded() -> None:
    studio = started()
    reports: list[Report] = [Began(0.5), Sent(480, (b"\x90\x3c\x50",), (0.1,)), Alive()]
    studio.players[0].reports.extend(reports)
    assert studio.reports() == reports
    assert studio.supervisor.sent_log.messages == [(480, b"\x90\x3c\x50")]


def test_trouble_and_notices_are_said() -> None:
    studio = started()
    studio.players[0].reports.extend([Trouble("a port is gone."), Notice("it is back.")])
    studio.reports()
    assert studio.words == ["a port is gone.", "it is back."]


def test_what_precedes_ready_is_recorded() -> None:
    studio = started([Trouble("a port is missing."), READY])
    assert studio.words == ["a port is missing."]


def test_a_player_that_cannot_start_says_why() -> None:
    failed = StartFailed("PortError", "There is no port.")
    assert Studio([failed]).supervisor.await_ready() == failed


def test_a_first_player_that_reports_nothing_is_an_error() -> None:
    studio = Studio([])
    with pytest.raises(PlayerError, match="did not open its ports within"):
        studio.supervisor.await_ready()
    assert studio.now_s == pytest.approx(START_LIMIT_S)


def test_a_dead_player_is_replaced_by_one_that_goes_on() -> None:
    studio = started()
    studio.supervisor.send(Feed(NOTES))
    studio.supervisor.send(Finish(1920))
    studio.players[0].reports.extend([Began(0.0), Sent(480, (b"\x90\x3c\x50",), (0.1,))])
    studio.players[0].is_dead = True
    studio.reports()
    first, second = studio.players
    assert first.was_closed
    assert second.commands == [Feed(NOTES[2:]), Finish(1920)]
    assert second.config.resume is not None
    assert second.config.resume.origin_s == 0.0
    # The note that sounded is released by the player that replaces it.
    assert "803c00" in second.config.resume.hanging
    assert studio.supervisor.sent_log.restarts == 1
    assert studio.words == [
        "The process that plays ended with status -9. Another one goes on in its place.",
    ]


def test_a_command_to_a_dead_player_reaches_the_next_one() -> None:
    studio = started()
    studio.players[0].is_dead = True
    studio.supervisor.send(Feed(NOTES))
    assert studio.players[1].commands == [Feed(NOTES)]


def test_a_command_is_sent_once_to_each_player() -> None:
    studio = started()
    studio.supervisor.send(Feed(NOTES))
    assert studio.players[0].commands == [Feed(NOTES)]


def test_a_silent_player_is_killed_and_replaced() -> None:
    studio = started()
    studio.wait(SILENT_S + LOOK_S)
    assert studio.players[0].was_killed
    assert len(studio.players) == 2
    assert "gave no sign of life for two seconds" in studio.words[0]


def test_a_sign_of_life_ends_silence() -> None:
    studio = started()
    for _ in range(10):
        studio.wait(SILENT_S / 2)
        studio.players[0].reports.append(Alive())
    assert len(studio.players) == 1


def test_time_in_which_nobody_looked_is_no_silence() -> None:
    # The session computed, or the machine slept: the player had no chance to be heard.
    studio = started()
    studio.now_s += 100 * SILENT_S
    studio.supervisor.receive()
    assert len(studio.players) == 1


def test_held_keys_are_released_when_a_player_is_replaced() -> None:
    studio = started()
    pressed = Received("input", 10, 0.0, b"\x90\x40\x50")
    studio.players[0].reports.extend([Began(0.0), pressed])
    studio.players[0].is_dead = True
    reports = studio.reports()
    assert reports[:2] == [Began(0.0), pressed]
    assert [r.message for r in reports if isinstance(r, Received)][1:] == [b"\x80\x40\x00"]


def test_last_reports_of_a_killed_player_are_not_lost() -> None:
    studio = started()
    studio.players[0].reports.append(Began(0.0))
    studio.players[0].is_dead = True
    studio.supervisor.send(Feed(NOTES))
    assert studio.reports() == [Began(0.0)]


def test_a_replacement_that_fails_is_tried_again() -> None:
    failed: list[Report] = [StartFailed("PortError", "There is no port.")]
    studio = started([READY], failed, [])
    studio.players[0].is_dead = True
    studio.supervisor.send(Feed(NOTES))
    assert [player.was_killed for player in studio.players] == [True, True, True, False]
    assert studio.players[-1].commands == [Feed(NOTES)]
    assert studio.supervisor.sent_log.restarts == START_TRIES


def test_after_the_last_try_the_reason_is_raised() -> None:
    failed: list[Report] = [StartFailed("PortError", "There is no port.")]
    studio = started([READY], *[failed] * START_TRIES)
    studio.players[0].is_dead = True
    with pytest.raises(PlayerError, match="There is no port"):
        studio.supervisor.receive()
    assert len(studio.players) == 1 + START_TRIES


def test_a_new_try_may_succeed_later() -> None:
    failed: list[Report] = [StartFailed("PortError", "There is no port.")]
    studio = started([READY], *[failed] * START_TRIES)
    studio.players[0].is_dead = True
    with pytest.raises(PlayerError):
        studio.supervisor.receive()
    studio.supervisor.send(Feed(NOTES))
    assert studio.players[-1].commands == [Feed(NOTES)]


def test_closing_records_the_last_reports() -> None:
    studio = started()
    studio.players[0].reports.extend([Began(0.0), Sent(480, (b"\x80\x3c\x00",)), Done()])
    studio.supervisor.close()
    assert studio.players[0].was_closed
    assert studio.supervisor.sent_log.tick == 480
    studio.supervisor.close()
