"""Recognises drums, whose pitches are instruments: by their channel, their bank, or the name of their track."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

DRUMS_CHANNEL = 10
DRUMS_BANKS = frozenset({120, 127})
"""Values of Bank Select (CC 0) that make a channel drums: those of General MIDI 2 and of Yamaha's XG."""

_DRUMS = frozenset({
    "drum", "drums", "drumkit", "drumset", "drumstel", "percussion", "percussions", "perc", "schlagzeug", "schlagwerk",
    "perkussion", "trommel", "trommeln", "slagwerk", "slagverk", "slagtøj", "trommer", "trummor", "rummut",
    "batterie", "caisse", "tambour", "tambours", "batteria", "tamburi", "percussioni", "bateria", "batería",
    "percusión", "percusion", "tambores", "percussão", "perkusja", "bębny", "bicí", "bicie", "bubny", "bubnjevi",
    "udaraljke", "dob", "dobok", "ütősök", "davul", "tobe", "percuție", "trống", "ударные", "ударная", "ударный",
    "барабан", "барабаны",
    "ударні", "барабани", "τύμπανα", "ντραμς", "κρουστά", "ドラム", "ドラムス", "ドラムセット", "打楽器",
    "パーカッション", "鼓", "鼓组", "鼓組", "架子鼓", "爵士鼓", "打击乐", "打擊樂", "드럼", "드럼세트", "타악기",
    "퍼커션", "طبول", "תופים", "kick", "snare", "hihat", "hat", "toms", "cymbal", "cymbals", "cymbales", "clap",
    "claps",
})  # fmt: skip
_BESIDE_DRUMS = frozenset({
    "kit", "set", "standard", "acoustic", "electric", "electronic", "midi", "gm", "rock", "pop", "jazz", "funk",
    "latin", "power", "room", "studio", "brush", "dance", "live", "bass", "hi", "closed", "open", "side", "left",
    "right", "hand", "main", "track", "channel", "ch", "part", "loop", "beat", "tr", "rhythm", "machine", "e", "l", "r",
    "claire", "grosse", "acoustique", "acústica", "akustisch", "установка", "инструменты",
})  # fmt: skip

_STEMS = (
    "drum", "percus", "perkus", "schlagzeug", "schlagwerk", "trommel", "batter", "bater", "snare", "cymbal", "hihat",
    "conga", "bongo", "djembe", "cajon", "tambour", "ударн", "барабан", "ドラム", "パーカッション", "鼓", "드럼",
)  # fmt: skip


def is_named_drums(name: str) -> bool:
    """Return True if a track names itself drums, such as `Drums 1`, `Jazz Kit (drums)` or `Schlagzeug`.

    Every word has to fit, because `Steel Drums` and `Pitched Percussion` are notes, and `Drum Boogie` is a title.
    """
    words = re.findall(r"[^\W\d_]+", _normal(name))
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


def is_perhaps_drums(name: str) -> bool:
    """Return True if a name has to do with drums, such as `Steel Drums`, `Drum Boogie` or `Bob (drums)`."""
    return any(stem in _normal(name) for stem in _STEMS)


def _normal(name: str) -> str:
    return normalize("NFKC", name).casefold()
