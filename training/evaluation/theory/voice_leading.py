"""Measures how the top line and the bass move, and how far apart voices are."""

from __future__ import annotations

import numpy as np

from ..passages import Passage, Units

_SIXTEENTH = 6
"""Units from one moment to the next at which what sounds is looked at."""


def line_of(passage: Passage, *, top: bool) -> Units:
    """Return the highest or the lowest pitch of every onset, in order."""
    firsts = np.flatnonzero(np.diff(passage.onsets, prepend=-1))
    if not len(firsts):
        return passage.pitches
    line: Units = (np.maximum if top else np.minimum).reduceat(passage.pitches, firsts)
    return line


def repeats_of(line: Units) -> float:
    """Return the share of a line's steps that stay on the pitch, 0 to 1."""
    return float((np.diff(line) == 0).mean()) if len(line) > 1 else 0.0


def clashes_of(passage: Passage) -> float:
    """Return the share of the moments with several notes in which a minor second or major seventh sounds, 0 to 1."""
    moments = passage.roll[::_SIXTEENTH]
    moments = moments[moments.sum(axis=1) > 1]
    classes = np.stack([moments[:, pitch_class::12].any(axis=1) for pitch_class in range(12)], axis=1)
    return _mean((classes & np.roll(classes, 1, axis=1)).any(axis=1))


def restrikes_of(passage: Passage) -> float:
    """Return the share of the notes that are struck while their pitch still sounds, 0 to 1."""
    order = np.lexsort([passage.onsets, passage.pitches])
    pitches, onsets = passage.pitches[order], passage.onsets[order]
    ends = onsets + passage.durations[order]
    struck = (np.diff(pitches) == 0) & (onsets[1:] < ends[:-1])
    return float(struck.sum() / max(1, len(pitches)))


def line_features(passage: Passage) -> dict[str, float]:
    """Return features of the top line and the bass by name."""
    features: dict[str, float] = {}
    for name, top in (("top line", True), ("bass", False)):
        line = line_of(passage, top=top)
        moves = np.diff(line)
        steps = np.abs(moves)
        directions = np.sign(moves[moves != 0])
        features |= {
            f"{name}: repeats": repeats_of(line),
            f"{name}: steps": _mean((steps > 0) & (steps <= 2)),
            f"{name}: leaps over an octave": _mean(steps > 12),
            f"{name}: mean interval": _mean(steps),
            f"{name}: turns": _mean(directions[1:] != directions[:-1]),
            f"{name}: range": float(np.ptp(line)) if len(line) else 0.0,
            f"{name}: height": _mean(line),
        }
    return features


def voice_features(passage: Passage) -> dict[str, float]:
    """Return features of what sounds together, and of the register, by name."""
    moments = [sounding for sounding in _moments(passage) if len(sounding)]
    chords = [sounding for sounding in moments if len(sounding) > 1]
    sizes = np.array([len(sounding) for sounding in moments])
    return {
        "spread of the pitches": float(passage.pitches.std()) if len(passage.pitches) else 0.0,
        "span of what sounds": _mean(np.array([sounding[-1] - sounding[0] for sounding in chords])),
        "widest gap between voices": _mean(np.array([np.diff(sounding).max() for sounding in chords])),
        "seconds sound": clashes_of(passage),
        "number of voices changes": _mean(np.diff(sizes) != 0),
        "silence": float(1 - passage.roll.any(axis=1).mean()),
    }


def _moments(passage: Passage) -> list[Units]:
    """Return the pitches that sound at every sixteenth, rising."""
    return [np.flatnonzero(row) for row in passage.roll[::_SIXTEENTH]]


def _mean(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> float:
    return float(values.astype(np.float64).mean()) if len(values) else 0.0
