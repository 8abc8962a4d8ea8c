"""The guard of a player: the messages that it sends if player and session are killed, and its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from musicgen_live.player import guard
from musicgen_live.player.guard import Guard, SoundingPort, has_ended
from tests.support.jack import wait_until
from tests.support.playing import child_pids

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no list of child processes here")


def hexes(*messages: str) -> list[bytes]:
    return [bytes.fromhex(message) for message in messages]


def guards() -> list[int]:
    """Return the ids of the guards that this process has started and that run."""
    return child_pids(os.getpid(), b"musicgen_live.player.guard")


@pytest.fixture
def started() -> Iterator[Guard]:
    """A guard whose process runs."""
    own = Guard()
    own.record(0, bytes.fromhex("903c50"))
    own.start(["no such port"])
    wait_until(lambda: guards() != [], "the process of the guard")
    yield own
    own.close()


def test_what_sounds_is_released() -> None:
    port = SoundingPort()
    for message in hexes("903c50", "923e50", "b04040", "b04000", "923e00", "b14040"):
        port.update(0.0, message)
    assert port.releases() == hexes("803c00", "b14000")


def test_a_note_off_of_the_last_moment_is_sent_again() -> None:
    port = SoundingPort()
    for at_s, message in zip((1.0, 1.0, 1.8, 2.4), hexes("903c50", "903e50", "803c40", "803e40"), strict=True):
        port.update(at_s, message)
    assert port.releases() == hexes("803e00")


def test_its_process_starts_after_the_first_message_and_ends_with_close() -> None:
    own = Guard()
    own.start(["no such port"])
    assert guards() == []
    own.record(0, b"\xf8")
    own.start(["no such port"])
    assert guards() == []
    own.record(0, bytes.fromhex("903c50"))
    own.start(["no such port"])
    own.start(["no such port"])
    wait_until(lambda: len(guards()) == 1, "one process")
    own.close()
    own.close()
    assert guards() == []


def test_its_death_does_not_disturb_the_player(started: Guard) -> None:
    os.kill(guards()[0], signal.SIGKILL)
    wait_until(lambda: guards() == [], "the death of the guard")
    for _ in range(3):
        started.record(0, bytes.fromhex("903c50"))


def test_a_player_goes_on_without_a_guard_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    own = Guard()
    for _ in range(2):
        own.record(0, bytes.fromhex("903c50"))
        own.start(["no such port"])
    own.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files


def test_a_guard_that_stands_still_does_not_hold_up_the_player(started: Guard) -> None:
    os.kill(guards()[0], signal.SIGSTOP)
    for _ in range(20_000):
        started.record(0, bytes.fromhex("903c50"))
    assert guards() == []


def test_a_session_that_runs_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "SESSION_ENDS_S", 0.01)
    assert not has_ended(os.getpid())


def test_a_session_nobody_waits_for_has_ended() -> None:
    session = subprocess.Popen([sys.executable, "-c", ""])
    wait_until(lambda: has_ended(session.pid), "the end of the session")
    session.wait()
    assert has_ended(session.pid)
