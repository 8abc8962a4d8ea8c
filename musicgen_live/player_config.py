"""What a player process is told before it begins."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class PlayerConfig:
    """One of `port` and `virtual` names the port; `take` is the path to record to, None for no recording."""

    port: str | None
    virtual: str | None
    take: str | None
    take_name: str
    tempo: float
    channel: int
    """0 to 15, as on the wire."""
    program: int | None
    """0 to 127, as on the wire."""

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> PlayerConfig:
        """The inverse of `to_line`."""
        return cls(**json.loads(line))
