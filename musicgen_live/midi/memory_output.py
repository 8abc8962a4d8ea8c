"""An output that stores its messages."""

from __future__ import annotations


class MemoryOutput:
    """Collects `(tick, message)` in `messages`."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, bytes]] = []

    def send(self, tick: int, message: bytes) -> None:
        """Store one message."""
        self.messages.append((tick, message))

    def close(self) -> None:
        """Mark it closed."""
