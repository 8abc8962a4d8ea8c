"""A DAW's clock as a script of messages and their moments."""

from __future__ import annotations

from musicgen_live.player.commands import ClockIn

CLOCK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


def song_position(sixteenths: int) -> bytes:
    """Return a song position message."""
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


class Daw:
    """Collects the messages of a DAW; at 120 BPM, the default, there is a pulse every 1/48 s."""

    def __init__(self, at_s: float = 0.0, tempo: float = 120) -> None:
        self.at_s = at_s
        self.tempo = tempo
        self.sent: list[ClockIn] = []

    def sends(self, *messages: bytes) -> Daw:
        """Send messages now, a millisecond before the next pulse."""
        self.sent.extend(ClockIn(self.at_s - 0.001, message) for message in messages)
        return self

    def pulses(self, count: int) -> Daw:
        """Send pulses, and wait until the next one is due."""
        for _ in range(count):
            self.sent.append(ClockIn(self.at_s, CLOCK))
            self.at_s += 60 / 24 / self.tempo
        return self

    def beats(self, count: float) -> Daw:
        """Send the pulses of a number of quarters."""
        return self.pulses(round(24 * count))

    def silent(self, seconds: float) -> Daw:
        """Send nothing for a time."""
        self.at_s += seconds
        return self
