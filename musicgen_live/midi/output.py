"""The protocol of outputs: a port, a file or a list takes the same messages at the same ticks."""

from __future__ import annotations

from typing import Protocol


class Output(Protocol):
    """Takes MIDI channel messages and MIDI clock in the order in which they sound. Used by one thread at a time."""

    def send(self, tick: int, message: bytes) -> None:
        """Take one message (status byte and data) due at `tick` of the take; a port sends it at once.

        Ticks below 0 are not part of the take; the clicks of a count-in are there, and are the same on every port.
        """
        ...

    def close(self) -> None:
        """Finish: nothing is sent afterwards. A second call does nothing."""
        ...
