"""Programs ended in every way at random moments: no note sounds on at the receiver, and each take is on disk."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from musicgen_live.midi.messages import CONTROL_CHANGE, NOTE_ON
from tests.support.jack import RATE_HZ, JackServer, Receiver, sounding_after, wait_until
from tests.support.playing import LAST_MESSAGE, SILENCE, ends_released, guard_of, note_messages, player_of, playing
from tests.support.strangers import dumped, dumped_messages, listening

pytestmark = pytest.mark.midi

MOMENTS = 10
MAY_BE_LOST_S = 1.0
"""The longest part that a take may lack if no process was left to finish it."""


@dataclass(frozen=True)
class Member:
    """One of several programs that play at once, each to its own jack_midi_dump.

    Separate ones, because the receiver of a killed JACK client misses that cycle, messages of other programs included.
    And jack_midi_dump, because it waits for no interpreter: of ten receivers in Python some missed a cycle now and then
    on a machine with nine processes waiting for each core.
    """

    process: subprocess.Popen[str]
    log: Path
    take: Path

    def messages(self) -> list[bytes]:
        return dumped_messages(self.log)

    def is_silenced(self) -> bool:
        """Return True if All Notes Off was the last message."""
        return self.messages()[-1:] == [LAST_MESSAGE]

    def received_notes(self) -> list[bytes]:
        return [message for message in self.messages() if message[0] != CONTROL_CHANGE]


@contextmanager
def band(jack: JackServer, folder: Path, size: int = MOMENTS) -> Iterator[list[Member]]:
    """Start programs, and wait until all of them play."""
    flags = ("--seed", "5", "--tempo", "300", "--steps", "100000")
    with ExitStack() as stack:
        members = []
        for number in range(size):
            name, log, take = f"dump{number}", folder / f"received{number}.txt", folder / f"take{number}.mid"
            stack.enter_context(listening(jack, f"{name}:input", log, "jack_midi_dump", "-a", name))
            process = stack.enter_context(playing(jack, folder, "--port", f"{name}:input", "--out", take.name, *flags))
            members.append(Member(process, log, take))
        wait_until(lambda: all(member.messages() for member in members), "all of them to play")
        yield members


def end_each_at_its_moment(members: list[Member], seed: str, end: Callable[[Member], None]) -> None:
    """End each after a number of further messages drawn from `seed`."""
    rng = random.Random(seed)
    still_playing = [(member, len(member.messages()) + rng.randint(1, 60)) for member in members]

    def end_due_ones() -> bool:
        for member, count in list(still_playing):
            if len(member.messages()) >= count:
                end(member)
                still_playing.remove((member, count))
        return not still_playing

    wait_until(end_due_ones, "every moment to come")


def lost_s(take: Path, received: list[tuple[float, bytes]]) -> float:
    """Return the time from the first note that a take lacks to the last message; 0 if it lacks none."""
    note_ons = [(at_s, message) for at_s, message in received if message[0] == NOTE_ON]
    recorded = [message for message in note_messages(take) if message[0] == NOTE_ON]
    assert note_ons
    assert recorded == [message for _, message in note_ons[: len(recorded)]]
    return received[-1][0] - note_ons[len(recorded)][0] if len(recorded) < len(note_ons) else 0


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM"])
def test_after_a_clean_end_the_take_equals_the_received_notes(jack: JackServer, tmp_path: Path, way: str) -> None:
    def end(member: Member) -> None:
        if way == "Ctrl-C":  # This reaches all processes of the terminal's group.
            os.killpg(member.process.pid, signal.SIGINT)
        else:
            member.process.terminate()

    with band(jack, tmp_path) as members:
        end_each_at_its_moment(members, way, end)
        for member in members:
            out, err = member.process.communicate(timeout=60)
            assert (member.process.returncode, err) == (0, "")
            assert "Stopped after" in out
            wait_until(member.is_silenced, "All Notes Off")
            assert sounding_after(member.messages()) == set()
    for member in members:
        assert note_messages(member.take) == member.received_notes()
        assert ends_released(member.take)


def test_the_program_killed_its_player_releases_and_finishes(jack: JackServer, tmp_path: Path) -> None:
    with band(jack, tmp_path) as members:
        end_each_at_its_moment(members, "parent", lambda member: member.process.kill())
        for member in members:
            wait_until(member.is_silenced, "All Notes Off")
            assert sounding_after(member.messages()) == set()
        wait_until(lambda: all(note_messages(m.take) == m.received_notes() for m in members), "the whole takes")


def test_with_all_killed_no_note_hangs_and_the_take_is_there(jack: JackServer, tmp_path: Path) -> None:
    """The last second of the take may be missing."""

    def end(member: Member) -> None:
        os.kill(player_of(member.process), signal.SIGKILL)
        member.process.kill()

    with band(jack, tmp_path, 5) as members:
        for member in members:
            guard_of(member.process)
        end_each_at_its_moment(members, "everything", end)
        for member in members:
            wait_until(lambda member=member: sounding_after(member.messages()) == set(), "silence")  # type: ignore[misc]
    for member in members:
        assert ends_released(member.take)
        received = [(frame / RATE_HZ, message) for frame, message in dumped(member.log)]
        assert lost_s(member.take, received) < MAY_BE_LOST_S


def test_the_server_killed_again_and_again(tmp_path: Path) -> None:
    rng = random.Random("server")
    server = JackServer(tmp_path / "jackd.log")
    flags = ("--port", "stranger", "--seed", "5", "--tempo", "300", "--out", "take.mid", "--steps", "100000")
    take = tmp_path / "take.mid"
    with ExitStack() as stack:
        stack.callback(server.stop)
        server.start()
        receiver = stack.enter_context(Receiver(server))
        process = stack.enter_context(playing(server, tmp_path, *flags))
        for number in range(MOMENTS):
            receiver.wait_for(rng.randint(4, 40))
            server.stop(signal.SIGKILL)
            assert ends_released(take)
            if number == 0:
                received = [(each.at_s, each.message) for each in receiver.received]
                assert lost_s(take, received) < MAY_BE_LOST_S
            receiver.kill()
            server.start()
            receiver = stack.enter_context(Receiver(server))
            receiver.wait_for(3)
            assert receiver.messages()[:2] == SILENCE
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert receiver.sounding() == set()
    assert (process.returncode, err) == (0, "")
    assert out.count("The JACK server is gone.") == MOMENTS
    assert ends_released(take)


def test_a_server_that_hangs_at_the_end_leaves_no_note_on(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "stranger", "--seed", "5", "--tempo", "300", "--out", "take.mid", "--steps", "100000")
    with Receiver(jack) as receiver, playing(jack, tmp_path, *flags) as process:
        receiver.wait_for(8)
        guard_of(process)
        os.kill(jack.pid, signal.SIGSTOP)
        try:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            os.kill(jack.pid, signal.SIGCONT)
        wait_until(lambda: receiver.sounding() == set(), "silence")
    assert (process.returncode, err) == (0, "")
    assert ends_released(tmp_path / "take.mid")
