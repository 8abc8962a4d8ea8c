"""The step of a take: one token and the notes that it completes."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.music.notes import Note


@dataclass(frozen=True)
class Step:
    """One token of a take."""

    token_id: int
    notes: tuple[Note, ...]
    """The notes that the token completes."""
    until_tick: int
    """No later step adds a note that starts before this tick."""
