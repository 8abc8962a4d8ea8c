"""Computes the control tokens that label music in a bar encoding: given style; measured mode, density and texture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.density_bias import (
    DENSE_FROM_NOTES_PER_QUARTER,
    FULL_FROM_NOTES_PER_ONSET,
    SPARSE_BELOW_NOTES_PER_QUARTER,
    THIN_BELOW_NOTES_PER_ONSET,
)
from musicgen_live.music.key_detection import PROFILES
from training.data.dataset import Ids
from training.data.token_kinds import is_kind

REMINDER_BARS = (8, 32)
"""Training repeats the control tokens after a random number of bars in this range."""
OMIT_CONTROL = 0.3
"""Probability that training omits a control token other than the style, so that players may omit it too."""
ANY_STYLE = 0.1
"""Probability that training replaces the style with `style any`."""


def described(ids: Ids) -> tuple[str, ...]:
    """Return mode, density and texture of a passage as control tokens; no tokens if it has no notes."""
    labels = _density_and_texture(ids)
    return (_mode(ids), *labels) if labels else ()


def _density_and_texture(ids: Ids) -> tuple[str, ...]:
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
    return f"density {density}", f"texture {texture}"


def _mode(ids: Ids) -> str:
    """Return the mode of the best of 24 keys: that whose profile correlates most with the pitch classes' durations.

    The method is that of Krumhansl and Schmuckler (in Krumhansl 1990).
    """
    # A duration follows every pitch.
    pitched = np.flatnonzero(is_kind(ids, "pitch"))
    units = np.array(bar_tokens.DURATIONS)[ids[pitched + 1] - bar_tokens.ids_of("duration").start]
    weights = np.bincount((ids[pitched] - bar_tokens.ids_of("pitch").start) % 12, units, minlength=12)
    if np.ptp(weights) == 0:
        return "mode major"
    fits = {
        (float(np.corrcoef(weights, np.roll(profile, tonic))[0, 1]), f"mode {mode}")
        for mode, profile in PROFILES.items()
        for tonic in range(12)
    }
    return max(fits)[1]


def with_header(style: str, ids: Ids) -> Ids:
    """Put a header before a piece in bars: its style and the measured control tokens."""
    header = bar_tokens.header((f"style {style}", *described(ids)))
    return np.concatenate([np.array(bar_tokens.VOCABULARY.encode(header), np.uint16), ids])


def with_reminders(piece: Ids, rng: np.random.Generator) -> Ids:
    """Repeat the header of a piece every `REMINDER_BARS`, each time with labels of the following passage.

    The mode stays that of the whole piece. Some tokens are omitted at random: see `OMIT_CONTROL` and `ANY_STYLE`.
    """
    bars = np.flatnonzero(is_kind(piece, "bar"))
    tokens = bar_tokens.VOCABULARY.decode(piece[: bars[0]].tolist())
    style, mode = tokens[0], [token for token in tokens if token.startswith("mode ")]
    parts: list[NDArray[np.uint16]] = []
    first = 0
    while first < len(bars):
        end = first + int(rng.integers(REMINDER_BARS[0], REMINDER_BARS[1] + 1))
        passage = piece[bars[first] : bars[end] if end < len(bars) else len(piece)]
        labels = [*mode, *_density_and_texture(passage)]
        kept = [token for token in labels if rng.random() >= OMIT_CONTROL]
        header = bar_tokens.header((*kept, style if rng.random() >= ANY_STYLE else "style any"))
        parts += [np.array(bar_tokens.VOCABULARY.encode(header), np.uint16), passage]
        first = end
    return np.concatenate(parts)
