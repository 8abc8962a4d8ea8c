"""Recognises drums, whose pitches are instruments: by their channel, or by the name of their track."""

from __future__ import annotations

import re
from collections.abc import Iterable

DRUMS_CHANNEL = 10

_DRUMS = frozenset({
    "drum", "drums", "drumkit", "drumset", "percussion", "percussions", "perc", "schlagzeug", "perkussion", "trommel",
    "trommeln", "batterie", "batteria", "bateria", "batería", "percussioni", "percusión", "percussão", "slagwerk",
    "trummor", "perkusja", "ударные", "барабаны", "ドラム", "kick", "snare", "hihat", "hat", "toms", "cymbal",
    "cymbals", "clap", "claps",
})  # fmt: skip
_BESIDE_DRUMS = frozenset({
    "kit", "set", "standard", "acoustic", "electric", "electronic", "midi", "gm", "rock", "pop", "jazz", "funk",
    "latin", "power", "room", "studio", "brush", "dance", "live", "bass", "hi", "closed", "open", "side", "left",
    "right", "hand", "main", "track", "channel", "ch", "part", "loop", "beat", "tr", "rhythm",
})  # fmt: skip


def is_named_drums(name: str) -> bool:
    """Return True if a track names itself drums, such as `Drums 1`, `Jazz Kit (drums)` or `Schlagzeug`.

    Every word has to fit, because `Steel Drums` and `Pitched Percussion` are notes, and `Drum Boogie` is a title.
    """
    words = re.findall(r"[^\W\d_]+", name.casefold())
    return not _DRUMS.isdisjoint(words) and _DRUMS.union(_BESIDE_DRUMS).issuperset(words)


def drums_remarks(parts: Iterable[tuple[str, int, int]]) -> tuple[str, ...]:
    """Return a remark that drums are left out, given the name, track number and channel of each part of drums.

    No remark without parts.
    """
    left_out = {
        (name or f"track {track}") + (f", channel {channel}" if channel == DRUMS_CHANNEL else "")
        for name, track, channel in parts
    }
    return (f"drums are left out ({'; '.join(sorted(left_out))})",) if left_out else ()
