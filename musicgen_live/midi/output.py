"""What every output promises: a port, a file or a list takes the same messages at the same ticks."""

from __future__ import annotations

from typing import Protocol


class Output(Protocol):
    """Takes MIDI channel messages, and those of MIDI clock, in the order in which they sound. One thread at a time."""

    def send(self, tick: int, message: bytes) -> None:
        """Take one message (status byte and its data) due at `tick` of the take; a port sends it at once.

        What is below tick 0 is no part of the take; a count-in's clicks, which are there, are on every port the same.
        """
        ...

    def close(self) -> None:
        """Finish. Nothing is sent afterwards; a second call does nothing."""
        ...
