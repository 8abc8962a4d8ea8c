"""Sends to several outputs as one, with a delay for each output. Knows no port."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from musicgen_live.errors import PortError
from musicgen_live.midi.messages import NOTE_ON, is_note
from musicgen_live.midi.output import Output
from musicgen_live.player.reports import Trouble
from musicgen_live.player.take_tail import TakeTail


@dataclass(frozen=True)
class Route:
    """An output and its latency: its messages are sent this much ahead of the music, in seconds; may be negative."""

    output: Output
    latency_s: float = 0.0
    is_take: bool = False
    """True for the output that records the messages of the others."""


class DelayCompensation:
    """Sends at once to the route of the greatest latency, and to the others after the difference.

    This includes routes without a latency: a file gets its messages after that delay, but with the tick at which they
    were due.
    """

    def __init__(self, routes: Sequence[Route], report: Callable[[Trouble], None]) -> None:
        self.ahead_s = max((0.0, *(route.latency_s for route in routes)))
        """The time by which `send` must be called before a message is due."""
        self._delayed_outputs: list[tuple[Output, float]] = []
        self._takes: list[TakeTail] = []
        for route in routes:
            output = TakeTail(route.output) if route.is_take else route.output
            self._delayed_outputs.append((output, self.ahead_s - route.latency_s))
            if isinstance(output, TakeTail):
                self._takes.append(output)
        self._report = report
        self._waiting: list[tuple[float, int, int, bytes, Output]] = []
        self._count = 0

    @property
    def next_s(self) -> float | None:
        """The moment at which the next delayed message is due, on the clock of `at_s` in `send`."""
        return self._waiting[0][0] if self._waiting else None

    def add(self, output: Output) -> None:
        """Send to one more output, without a latency, from now on."""
        self._delayed_outputs.append((output, self.ahead_s))

    def send(self, tick: int, message: bytes, at_s: float) -> None:
        """Send a message that was due here at `at_s`."""
        for output, delay_s in tuple(self._delayed_outputs):
            if delay_s > 0:
                self._count += 1
                heapq.heappush(self._waiting, (at_s + delay_s, self._count, tick, message, output))
            else:
                self._send_now(output, tick, message)

    def send_at_once(self, tick: int, message: bytes) -> None:
        """Send a message to every output now.

        Delayed messages for the same key go first, so that no output gets the two in the wrong order.
        """
        if is_note(message):
            same_key = sorted(entry for entry in self._waiting if _is_same_key(entry[3], message))
            self._waiting = [entry for entry in self._waiting if not _is_same_key(entry[3], message)]
            heapq.heapify(self._waiting)
            for *_, waiting_tick, waiting_message, output in same_key:
                self._send_now(output, waiting_tick, waiting_message)
        for output, _ in tuple(self._delayed_outputs):
            self._send_now(output, tick, message)

    def record(self, tick: int, message: bytes) -> None:
        """Add a message to the take without sending it anywhere."""
        for output in self._takes:
            self._send_now(output, tick, message)

    def leave_out(self, message: bytes) -> None:
        """Take the latest message that equals this one back from the take; call it after `flush`."""
        for take in self._takes:
            take.leave_out(message)

    def settle(self, tick: int) -> None:
        """Have the take get its messages up to a tick, which nothing leaves out any more."""
        for take in self._takes:
            take.settle(tick)

    def close(self) -> None:
        """Have the take get its latest messages."""
        for take in self._takes:
            take.close()

    def send_next(self) -> None:
        """Send the messages that are due at `next_s`."""
        due_s = self._waiting[0][0]
        while self._waiting and self._waiting[0][0] == due_s:
            *_, tick, message, output = heapq.heappop(self._waiting)
            self._send_now(output, tick, message)

    def flush(self) -> None:
        """Send all delayed messages at once, except note-ons to ports, where nobody has heard those notes yet."""
        while self._waiting:
            *_, tick, message, output = heapq.heappop(self._waiting)
            if message[0] & 0xF0 != NOTE_ON or output in self._takes:
                self._send_now(output, tick, message)

    def _send_now(self, output: Output, tick: int, message: bytes) -> None:
        if not any(output is known for known, _ in self._delayed_outputs):
            return  # It failed while the message waited.
        try:
            output.send(tick, message)
        except PortError as error:
            self._delayed_outputs = [entry for entry in self._delayed_outputs if entry[0] is not output]
            self._report(Trouble(str(error)))


def _is_same_key(one: bytes, other: bytes) -> bool:
    return is_note(one) and (one[0] ^ other[0]) & 0x0F == 0 and one[1] == other[1]
