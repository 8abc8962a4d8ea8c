"""What a player process is told before it begins."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from musicgen_live.port_plan import PortPlan


@dataclass(frozen=True)
class Resume:
    """What a player needs to know to go on with a take whose player is gone."""

    origin_s: float | None
    """Where tick 0 was, on `time.monotonic`; None if nothing had begun."""
    history: tuple[tuple[int, str], ...]
    """The messages of the take so far, as (tick, hex), with what sounded released at the end."""
    owed: tuple[int, ...]
    """The pitches that may still sound at the receivers."""


@dataclass(frozen=True)
class PlayerConfig:
    """Where and how to play; `take` is the path to record to, None for no recording."""

    ports: tuple[PortPlan, ...]
    take: str | None
    take_name: str
    tempo: float
    meter: tuple[int, int]
    """Beats a bar, and the note that is a beat."""
    channel: int
    """0 to 15, as on the wire."""
    program: int | None
    """0 to 127, as on the wire."""
    max_note_ticks: int
    sends_clock: bool = False
    resume: Resume | None = None

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> PlayerConfig:
        """The inverse of `to_line`."""
        fields = json.loads(line)
        fields["meter"] = tuple(fields["meter"])
        fields["ports"] = tuple(PortPlan(**port) for port in fields["ports"])
        if resume := fields["resume"]:
            history = tuple((tick, message) for tick, message in resume["history"])
            fields["resume"] = Resume(resume["origin_s"], history, tuple(resume["owed"]))
        return cls(**fields)
