"""Finds the key of notes, and measures how well notes stay in a key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicgen_live.music.key_detection import PROFILES

from ..passages import Passage, Units

_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10, 11)}
"""Minor with both its sevenths."""
_KEYS = [(tonic, mode) for mode in PROFILES for tonic in range(12)]
SECTION_BARS = 4


@dataclass(frozen=True)
class Key:
    """A tonic, 0 to 11, a mode, and the correlation of the notes with the profile of the key, -1 to 1."""

    tonic: int
    mode: str
    fit: float

    @property
    def triad(self) -> frozenset[int]:
        """The pitch classes of the tonic chord."""
        third = 4 if self.mode == "major" else 3
        return frozenset((self.tonic + step) % 12 for step in (0, third, 7))

    def share(self, pitches: Units) -> float:
        """Return the share of the notes that are in the scale, 0 to 1; 1 without notes."""
        return float(np.isin((pitches - self.tonic) % 12, _SCALES[self.mode]).mean()) if len(pitches) else 1.0


def key_of(pitches: Units, durations: Units) -> Key:
    """Return the best of the 24 keys by the method of Krumhansl and Schmuckler; C major with a fit of 0 without one."""
    weights = np.bincount(pitches % 12, durations, minlength=12)
    if np.ptp(weights) == 0:
        return Key(0, "major", 0.0)
    fits = np.corrcoef(np.vstack([weights, _profiles()]))[0, 1:]
    best = int(fits.argmax())
    return Key(*_KEYS[best], float(fits[best]))


def _profiles() -> NDArray[np.float64]:
    return np.array([np.roll(PROFILES[mode], tonic) for tonic, mode in _KEYS])


def key_features(passage: Passage) -> dict[str, float]:
    """Return features of the key of a passage, and of its sections of 4 bars, by name."""
    key = key_of(passage.pitches, passage.durations)
    bars = passage.bar_of(passage.onsets)
    sections = [bars // SECTION_BARS == section for section in np.unique(bars // SECTION_BARS)]
    keys = [key_of(passage.pitches[chosen], passage.durations[chosen]) for chosen in sections]
    shares = [own.share(passage.pitches[chosen]) for own, chosen in zip(keys, sections, strict=True)]
    return {
        "fit of the key": key.fit,
        "notes in the key": key.share(passage.pitches),
        "notes in the key of 4 bars": float(np.mean(shares)) if shares else 1.0,
        "keys of 4 bars": len({(own.tonic, own.mode) for own in keys}) / max(1, len(keys)),
    }
