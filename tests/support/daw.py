"""A DAW's clock as a script: what it sends, and when."""

from __future__ import annotations

from musicgen_live.player.protocol import ClockIn

CLOCK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


def position(sixteenths: int) -> bytes:
    """A song position."""
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


class Daw:
    """Writes down what a DAW sends at 120 BPM unless told otherwise: a pulse each 1/48 s."""

    def __init__(self, at_s: float = 0.0, tempo: float = 120) -> None:
        self.at_s = at_s
        self.tempo = tempo
        self.sent: list[ClockIn] = []

    def says(self, *messages: bytes) -> Daw:
        """Send something now, a millisecond before the next pulse."""
        self.sent.extend(ClockIn(self.at_s - 0.001, message) for message in messages)
        return self

    def pulses(self, count: int) -> Daw:
        """Send pulses; then it is time for the next one."""
        for _ in range(count):
            self.sent.append(ClockIn(self.at_s, CLOCK))
            self.at_s += 60 / 24 / self.tempo
        return self

    def beats(self, count: float) -> Daw:
        """Send the pulses of so many quarters."""
        return self.pulses(round(24 * count))

    def silent(self, seconds: float) -> Daw:
        """Send nothing."""
        self.at_s += seconds
        return self
