"""`play` that follows a clock over JACK: the received notes, their moments, and the plan that they must follow."""

from __future__ import annotations

import itertools
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from musicgen_live.midi.messages import NOTE_ON
from tests.support.clock_senders import CLOCK_PORT
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.playing import playing

MOST_CUT_OFF = 8
"""The notes of the last chords before a stop."""

FLAGS = ("--port", "stranger", "--sync", "clock", "--seed", "5", "--out", "take.mid")


def pitches_from(plan: list[tuple[int, int]], tick: int, count: int) -> list[int]:
    """Return the first `count` pitches of the music from a tick on."""
    return [pitch for at_tick, pitch in plan if at_tick >= tick][:count]


def pitches_received(receiver: Receiver, after: int = 0) -> list[int]:
    """Return the pitches of the note-ons on channel 1 that were received after the first `after` messages."""
    return [message[1] for message in receiver.messages()[after:] if message[0] == NOTE_ON]


def recorded_counts(take: Sequence[int], runs: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Yield, if a take has the pitches of all runs, how many it has of each: a stop may cut off the last as they begin.

    What a stop cuts off as it begins is heard, but is not part of the take.
    """
    if not runs:
        if not take:
            yield ()
        return
    first, *others = runs
    for count in range(len(first), max(0, len(first) - MOST_CUT_OFF) - 1, -1):
        if list(take[:count]) == list(first[:count]):
            yield from ((count, *rest) for rest in recorded_counts(take[count:], others))


def onsets_s(receiver: Receiver, after: int = 0) -> list[float]:
    """Return the moments of note-ons; a chord is one onset."""
    found: list[float] = []
    for received in receiver.received[after:]:
        if received.message[0] == NOTE_ON and (not found or received.at_s - found[-1] > 0.03):
            found.append(received.at_s)
    return found


def intervals_s(receiver: Receiver) -> list[float]:
    """Return the time from each onset to the next."""
    return [later_s - at_s for at_s, later_s in itertools.pairwise(onsets_s(receiver))]


def latest_interval_s(receiver: Receiver) -> float:
    """Return the median of the last eight intervals, 0 without any."""
    return statistics.median(intervals_s(receiver)[-8:] or [0.0])


def wait_for_notes(receiver: Receiver, count: int, after: int = 0) -> None:
    """Wait until `count` notes were received after the first `after` messages."""
    what = f"{count} notes; at first there were {pitches_received(receiver, after)}"
    wait_until(lambda: len(pitches_received(receiver, after)) >= count, what)


def wait_for_silence(receiver: Receiver) -> None:
    """Wait until nothing was received for half a second, and check that no note sounds."""
    wait_until(
        lambda: not receiver.received or time.monotonic() - receiver.received[-1].at_s > 0.5, "nothing to be sent"
    )
    assert receiver.sounding() == set()


def interrupt(process: subprocess.Popen[str]) -> str:
    """End `play` with Ctrl-C, and return its output."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=40)
    assert (process.returncode, err) == (0, "")
    return out


@contextmanager
def following(jack: JackServer, folder: Path, *flags: str) -> Iterator[tuple[Receiver, subprocess.Popen[str]]]:
    """Run `play` with an external clock, and a receiver of its notes."""
    with Receiver(jack) as receiver, playing(jack, folder, *FLAGS, *flags) as process:
        own_port = CLOCK_PORT if "--clock-port" not in flags else "musicgen-live clock:from"
        wait_until(lambda: any(port.startswith(own_port) for port in jack.ports()), "the clock's port")
        # The receiver is connected a moment later.
        time.sleep(0.5)
        yield receiver, process
