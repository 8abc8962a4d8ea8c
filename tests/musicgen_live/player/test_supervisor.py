"""The supervisor of players that die, hang or do not start, without a process or a MIDI server."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.errors import PlayerError
from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Feed, Finish, Stop
from musicgen_live.player.process_client import Gone
from musicgen_live.player.reports import (
    Alive,
    Began,
    Done,
    HistoryForgotten,
    Notice,
    Received,
    Report,
    Sent,
    StartFailed,
    Trouble,
)
from musicgen_live.player.timing import KILLED_TRIES, LOOK_S, SILENT_S, START_LIMIT_S, START_TRIES, STOP_LIMIT_S
from tests.support.scripted_player import READY, Studio, started

NOTES = tuple(Note(480 * i, 240, 60 + i, 80) for i in range(4))


def test_reports_are_returned_in_order_and_recorded() -> None:
    studio = started()
    reports: list[Report] = [Began(0.5), Sent(480, (b"\x90\x3c\x50",), (0.1,)), Alive()]
    studio.players[0].reports.extend(reports)
    assert studio.reports() == reports
    assert studio.supervisor.sent_log.messages == [(480, b"\x90\x3c\x50")]


def test_trouble_and_notices_are_shown() -> None:
    studio = started()
    studio.players[0].reports.extend([Trouble("a port is gone."), Notice("it is back.")])
    studio.reports()
    assert studio.texts == ["a port is gone.", "it is back."]


def test_what_precedes_ready_is_recorded() -> None:
    studio = started([Trouble("a port is missing."), READY])
    assert studio.texts == ["a port is missing."]


def test_a_failed_start_is_reported_with_its_reason() -> None:
    failed = StartFailed("PortError", "There is no port.")
    assert Studio([failed]).supervisor.await_ready() == failed


def test_a_first_player_that_reports_nothing_is_an_error() -> None:
    studio = Studio([])
    with pytest.raises(PlayerError, match="did not open its ports within"):
        studio.supervisor.await_ready()
    assert studio.now_s == pytest.approx(START_LIMIT_S)


def test_a_dead_player_is_replaced_and_the_take_continues() -> None:
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
    assert studio.texts == [
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
    assert "gave no sign of life for two seconds" in studio.texts[0]


def test_a_player_that_does_not_stop_is_replaced_sooner() -> None:
    studio = started()
    studio.supervisor.send(Stop())
    studio.wait(STOP_LIMIT_S + LOOK_S)
    assert [player.was_killed for player in studio.players] == [True, False]
    assert studio.players[1].commands == [Stop()]
    assert "did not end when it was asked to" in studio.texts[0]


def test_a_sign_of_life_ends_silence() -> None:
    studio = started()
    for _ in range(10):
        studio.wait(SILENT_S / 2)
        studio.players[0].reports.append(Alive())
    assert len(studio.players) == 1


def test_time_without_a_call_is_no_silence() -> None:
    # The session was computing, or the machine slept: the player could not report.
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


def test_players_that_are_killed_as_they_start_are_replaced() -> None:
    studio = started([READY], *[[Gone()]] * (KILLED_TRIES - 1))
    studio.others_kill = studio.players[0].is_dead = True
    studio.supervisor.send(Feed(NOTES))
    assert studio.players[KILLED_TRIES].commands == [Feed(NOTES)]


def test_a_program_that_always_kills_the_player_ends_the_music() -> None:
    studio = started([READY], *[[Gone()]] * KILLED_TRIES)
    studio.others_kill = studio.players[0].is_dead = True
    with pytest.raises(PlayerError, match="status -9"):
        studio.supervisor.send(Feed(NOTES))
    assert len(studio.players) == 1 + KILLED_TRIES


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


# --- a history that kills --------------------------------------------------------------------------------------------

DIES = Gone()
"""In the place of a report: the player dies before it is ready."""


def histories(studio: Studio) -> list[int | None]:
    """Return the size of the take, in bytes, that each player was given to continue."""
    return [None if p.config.resume is None else p.config.resume.take.notes[0].size for p in studio.players]


def test_players_that_die_twice_of_a_history_are_followed_by_one_without() -> None:
    studio = started([READY], [DIES], [DIES])
    studio.supervisor.send(Feed(NOTES))
    studio.players[0].reports.extend([Began(0.5), Sent(480, (b"\x90\x3c\x50", b"\x80\x3c\x00"))])
    studio.reports()
    studio.players[0].is_dead = True
    # The session composes anew what the player has lost.
    assert HistoryForgotten() in studio.reports()
    assert histories(studio) == [None, 9, 9, 0]
    assert studio.players[3].commands == [Feed(())]
    assert studio.texts[-1].endswith("died of what had been played before, so it goes on without that.")
    studio.supervisor.send(Feed(NOTES))
    assert studio.players[3].commands[-1] == Feed(NOTES)


def test_players_that_die_when_they_are_ready_count_too() -> None:
    studio = started()
    studio.players[0].reports.extend([Began(0.5), Sent(480, (b"\x90\x3c\x50", b"\x80\x3c\x00"))])
    studio.reports()
    for _ in range(3):
        studio.players[-1].is_dead = True
        studio.reports()
    assert histories(studio) == [None, 9, 9, 0]


def test_the_notes_of_a_history_that_is_forgotten_are_released() -> None:
    studio = started([READY], [DIES], [DIES])
    studio.players[0].reports.extend([Began(0.5), Sent(480, (b"\x90\x3c\x50",))])
    studio.reports()
    studio.players[0].is_dead = True
    studio.reports()
    resume = studio.players[3].config.resume
    assert resume is not None
    assert resume.origin_s == 0.5


def test_deaths_with_a_reason_or_after_notes_keep_the_history() -> None:
    studio = started()
    studio.players[0].reports.extend([Began(0.5), Sent(480, (b"\x90\x3c\x50", b"\x80\x3c\x00"))])
    studio.reports()
    for tick in (960, 1440, 1920):
        studio.players[-1].reports.append(Sent(tick))
        studio.reports()
        studio.players[-1].is_dead = True
        studio.reports()
    for _ in range(3):
        studio.players[-1].reports.append(Trouble("The JACK server is gone."))
        studio.players[-1].is_dead = True
        studio.reports()
    assert histories(studio) == [None] + [9] * 6


def test_players_that_another_program_kills_keep_the_history() -> None:
    studio = started([READY], [DIES], [DIES])
    studio.others_kill = True
    studio.players[0].reports.extend([Began(0.5), Sent(480, (b"\x90\x3c\x50", b"\x80\x3c\x00"))])
    studio.reports()
    studio.players[0].is_dead = True
    studio.reports()
    assert histories(studio) == [None, 9, 9, 9]


def test_the_take_goes_on_in_another_file(tmp_path: Path) -> None:
    take = tmp_path / "evening.mid"
    (tmp_path / "evening part 2.mid").touch()
    studio = Studio([READY], [DIES], [DIES], take=str(take))
    studio.supervisor.await_ready()
    studio.players[0].reports.extend([Began(0.5), Sent(480)])
    studio.reports()
    studio.players[0].is_dead = True
    studio.reports()
    last = studio.players[-1].config
    assert last.take == str(tmp_path / "evening part 3.mid")
    assert studio.texts[-1] == f"The take up to here stays in {take}; it goes on in {last.take}."
    studio.players[-1].is_dead = True
    studio.reports()
    assert studio.players[-1].config.take == last.take
