"""Recognises drums, whose pitches are instruments: by their channel, or by the name of their track."""

from __future__ import annotations

import re

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
