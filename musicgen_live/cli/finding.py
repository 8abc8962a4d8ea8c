"""A finding of `doctor`: the result of one check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, with advice on what to type if it is not well: only then there is something to mend."""

    name: str
    is_well: bool
    found: str
    advice: str | None = None
