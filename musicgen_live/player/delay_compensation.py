"""Several outputs as one: each may be given its messages a little later than the others. Knows no port."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from musicgen_live.errors import PortError
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from musicgen_live.midi.output import Output
from musicgen_live.player.protocol import Trouble


@dataclass(frozen=True)
class Route:
    """An output and its latency: how much earlier than the music it has to be sent to, in seconds; may be negative."""

    output: Output
    latency_s: float = 0.0
    is_take: bool = False
    """Whether this output records what the others are sent."""


class DelayCompensation:
    """Sends to the lane of the greatest latency at once and to the others after the difference.

    A lane with no latency to speak of, such as a file, is a lane too: what it gets late, it gets with its own tick.
    """

    def __init__(self, routes: Sequence[Route], tell: Callable[[Trouble], None]) -> None:
        self.ahead_s = max((0.0, *(route.latency_s for route in routes)))
        """How long before a message is due it has to be handed over."""
        self._lanes = [(route.output, self.ahead_s - route.latency_s) for route in routes]
        self._takes = [route.output for route in routes if route.is_take]
        self._tell = tell
        self._waiting: list[tuple[float, int, int, bytes, Output]] = []
        self._count = 0

    @property
    def next_s(self) -> float | None:
        """When a message that waits here is to be sent, on the clock that `send` was told."""
        return self._waiting[0][0] if self._waiting else None

    def send(self, tick: int, message: bytes, at_s: float) -> None:
        """Send a message that was to be handed over at `at_s`."""
        for output, delay_s in tuple(self._lanes):
            if delay_s > 0:
                self._count += 1
                heapq.heappush(self._waiting, (at_s + delay_s, self._count, tick, message, output))
            else:
                self._send_now(output, tick, message)

    def send_at_once(self, tick: int, message: bytes) -> None:
        """Send a message to every lane now.

        What waits for the same key goes before it, so that no lane has the two the wrong way round.
        """
        if message[0] & 0xF0 in (NOTE_ON, NOTE_OFF):
            same = sorted(entry for entry in self._waiting if _is_same_key(entry[3], message))
            self._waiting = [entry for entry in self._waiting if not _is_same_key(entry[3], message)]
            heapq.heapify(self._waiting)
            for *_, waiting_tick, waiting_message, output in same:
                self._send_now(output, waiting_tick, waiting_message)
        for output, _ in tuple(self._lanes):
            self._send_now(output, tick, message)

    def record(self, tick: int, message: bytes) -> None:
        """Have a message in the take, and send it nowhere."""
        for output in self._takes:
            self._send_now(output, tick, message)

    def send_next(self) -> None:
        """Send the message that `next_s` is about."""
        *_, tick, message, output = heapq.heappop(self._waiting)
        self._send_now(output, tick, message)

    def flush(self) -> None:
        """Send what waits at once, but for notes that have not begun."""
        while self._waiting:
            *_, tick, message, output = heapq.heappop(self._waiting)
            if message[0] & 0xF0 != NOTE_ON:
                self._send_now(output, tick, message)

    def _send_now(self, output: Output, tick: int, message: bytes) -> None:
        if not any(output is known for known, _ in self._lanes):
            return  # It failed while the message waited.
        try:
            output.send(tick, message)
        except PortError as error:
            self._lanes = [route for route in self._lanes if route[0] is not output]
            self._tell(Trouble(str(error)))


def _is_same_key(one: bytes, other: bytes) -> bool:
    return one[0] & 0xF0 in (NOTE_ON, NOTE_OFF) and (one[0] ^ other[0]) & 0x0F == 0 and one[1] == other[1]
