"""Computes the control tokens that label music in a bar encoding: given style; measured key, density and texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import BARS_LEFT
from musicgen_live.generation.density_bias import (
    DENSE_FROM_NOTES_PER_QUARTER,
    FULL_FROM_NOTES_PER_ONSET,
    SPARSE_BELOW_NOTES_PER_QUARTER,
    THIN_BELOW_NOTES_PER_ONSET,
)
from musicgen_live.music.key_detection import PROFILES
from musicgen_live.music.scales import MODES

from .dataset import Ids
from .phrases import phrase_ends
from .references import references_of, shown_ids
from .token_kinds import is_kind

REMINDER_BARS = (4, 16)
"""Training repeats the control tokens after a random number of bars in this range."""
OMIT_CONTROL = 0.25
"""Probability that training omits a control token other than the style, so that players may omit it too."""
ANY_STYLE = 0.1
"""Probability that training replaces the style with `style any`."""
SHOW_REFERENCES, SHOW_PHRASES, SHOW_END = 0.5, 0.5, 0.9
"""Probabilities that training shows the references of a passage's bars, marks its ends of phrases, and counts the last
bars of a piece down."""


def described(ids: Ids) -> tuple[str, ...]:
    """Return key, density and texture of a passage as control tokens; no tokens if it has no notes."""
    notes = int(is_kind(ids, "pitch").sum())
    if not notes:
        return ()
    bars = bar_tokens.VOCABULARY.decode(ids[is_kind(ids, "bar")].tolist())
    quarters = sum(bar_tokens.bar_units(bar) for bar in bars) / bar_tokens.UNITS
    onsets = int(is_kind(ids, "position").sum())
    per_quarter, per_onset = notes / quarters, notes / onsets
    density = "sparse" if per_quarter < SPARSE_BELOW_NOTES_PER_QUARTER else "medium"
    density = "dense" if per_quarter >= DENSE_FROM_NOTES_PER_QUARTER else density
    texture = "thin" if per_onset < THIN_BELOW_NOTES_PER_ONSET else "medium"
    texture = "full" if per_onset >= FULL_FROM_NOTES_PER_ONSET else texture
    return f"key {_key(ids)}", f"density {density}", f"texture {texture}"


def _key(ids: Ids) -> str:
    """Return the name of the best of 24 keys: that whose profile correlates most with the pitch classes' durations.

    The method is that of Krumhansl and Schmuckler (in Krumhansl 1990).
    """
    # A duration follows every pitch.
    pitched = np.flatnonzero(is_kind(ids, "pitch"))
    units = np.array(bar_tokens.DURATIONS)[ids[pitched + 1] - bar_tokens.ids_of("duration").start]
    weights = np.bincount((ids[pitched] - bar_tokens.ids_of("pitch").start) % 12, units, minlength=12)
    if np.ptp(weights) == 0:
        return bar_tokens.CONTROL_TOKENS["key"][0]
    return bar_tokens.CONTROL_TOKENS["key"][int(np.argmax(_KEY_PROFILES @ (weights - weights.mean())))]


def _key_profiles() -> NDArray[np.float64]:
    """Return a row for each key token, of mean 0 and length 1, so that products compare as correlations do."""
    rows = np.array([np.roll(PROFILES[mode], tonic) for mode in MODES for tonic in range(12)])
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


_KEY_PROFILES = _key_profiles()


def with_header(style: str, ids: Ids) -> Ids:
    """Put a header before a piece in bars: its style and the measured control tokens."""
    header = bar_tokens.header((f"style {style}", *described(ids)))
    return np.concatenate([np.array(bar_tokens.VOCABULARY.encode(header), np.uint16), ids])


@dataclass(frozen=True)
class Labelled:
    """A piece with control tokens, and the reference shown after each of its tokens."""

    ids: Ids
    shown: NDArray[np.int32]
    relations: NDArray[np.int32]


def labelled(piece: Ids, rng: np.random.Generator) -> Labelled:
    """Label a piece anew: a header for each of its passages, which have 4 to 16 bars, and marks of single bars.

    Key, density and texture are those of the passage. Some labels are omitted at random, so that players may omit them
    too; in the same way the references of a passage are shown or not.
    """
    vocabulary, classes = bar_tokens.VOCABULARY, len(bar_tokens.VOCABULARY)
    bars = np.flatnonzero(is_kind(piece, "bar"))
    style, ends = vocabulary.tokens[int(piece[0])], phrase_ends(piece)
    shown, relations = shown_ids(piece, references_of(piece), classes)
    counts_down = rng.random() < SHOW_END
    inserted: dict[int, list[str]] = {}
    first = 0
    while first < len(bars):
        last = min(first + int(rng.integers(REMINDER_BARS[0], REMINDER_BARS[1] + 1)), len(bars))
        start, stop = bars[first], bars[last] if last < len(bars) else len(piece)
        kept = [token for token in described(piece[start:stop]) if rng.random() >= OMIT_CONTROL]
        inserted[first] = list(bar_tokens.header((*kept, style if rng.random() >= ANY_STYLE else "style any")))
        if rng.random() >= SHOW_REFERENCES:
            shown[start:stop], relations[start:stop] = classes, 0
        marks_phrases = rng.random() < SHOW_PHRASES
        for bar in range(first, last):
            tokens = inserted.setdefault(bar, [])
            if counts_down and len(bars) - bar in BARS_LEFT:
                tokens.append(f"bars-left {len(bars) - bar}")
            if marks_phrases and ends[bar]:
                tokens.append("phrase end")
        first = last
    parts: list[tuple[Ids, NDArray[np.int32], NDArray[np.int32]]] = []
    for bar, start in enumerate(bars):
        stop = bars[bar + 1] if bar + 1 < len(bars) else len(piece)
        if marked := inserted.get(bar):
            before = np.array(vocabulary.encode(marked), np.uint16)
            parts.append((before, np.full(len(marked), classes, np.int32), np.zeros(len(marked), np.int32)))
        parts.append((piece[start:stop], shown[start:stop], relations[start:stop]))
    return Labelled(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
