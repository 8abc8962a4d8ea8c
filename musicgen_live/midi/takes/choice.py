"""Finds a take by what a user types: `last`, or a part of its name."""

from __future__ import annotations

from collections.abc import Sequence

from musicgen_live.errors import TakeError
from musicgen_live.midi.takes.index import TakeEntry

LAST = "last"
_MOST_NAMED = 5


def choose(text: str, entries: Sequence[TakeEntry]) -> TakeEntry:
    """Return the take that a text means, of takes with the latest first; TakeError if there is none, or several.

    A whole name, with or without `.mid`, means that take, though others contain it.
    """
    if not entries:
        raise TakeError("there is no take yet; type: musicgen-live play")
    wanted = text.strip().casefold().removesuffix(".mid")
    if wanted == LAST:
        return entries[0]
    found = [entry for entry in entries if entry.name.casefold() == wanted]
    found = found or [entry for entry in entries if wanted in entry.name.casefold()]
    if not found:
        raise TakeError(f"there is no take {text!r}; musicgen-live takes list shows those that there are")
    if len({entry.name for entry in found}) == 1 < len(found):
        paths = ", ".join(str(entry.path) for entry in found[:_MOST_NAMED])
        raise TakeError(
            f"{text!r} is the name of {len(found)} takes, the latest: {paths}; give the file of one of them"
        )
    if len(found) > 1:
        names = ", ".join(repr(entry.name) for entry in found[:_MOST_NAMED])
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise TakeError(f"{text!r} is a part of {len(found)} names: {names}{more}; type more of one of them")
    return found[0]
