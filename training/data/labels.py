"""What can be said of music in bars before it is heard: its style as given; mode, density and texture as measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens
from musicgen_live.music.key_detection import PROFILES
from training.data.dataset import Ids

SPARSE_BELOW_NOTES_PER_QUARTER = 3.5
DENSE_FROM_NOTES_PER_QUARTER = 5.6
THIN_BELOW_NOTES_PER_ONSET = 1.75
FULL_FROM_NOTES_PER_ONSET = 2.4
"""Each pair parts 16-bar passages of baroque, classical, romantic and ragtime piano music into thirds."""

REMINDER_BARS = (8, 32)
"""In training, the controls are said again after a number of bars in this range, drawn each time."""
SILENT = 0.3
"""How often in training a control that is not the style is left out, so that a player need not say it."""
ANY_STYLE = 0.1
"""How often in training the style is kept back."""

_BAR, _PITCH = bar_tokens.ids_of("bar"), bar_tokens.ids_of("pitch")
_POSITION, _DURATION = bar_tokens.ids_of("position"), bar_tokens.ids_of("duration")


def described(ids: Ids) -> tuple[str, ...]:
    """Mode, density and texture of a passage as control tokens; none of them if no note sounds in it."""
    how_full = _density_and_texture(ids)
    return (_mode(ids), *how_full) if how_full else ()


def _density_and_texture(ids: Ids) -> tuple[str, ...]:
    notes = int(_is(ids, _PITCH).sum())
    if not notes:
        return ()
    bars = bar_tokens.VOCABULARY.decode(ids[_is(ids, _BAR)].tolist())
    quarters = sum(bar_tokens.bar_units(bar) for bar in bars) / bar_tokens.UNITS
    onsets = int(_is(ids, _POSITION).sum())
    a_quarter, an_onset = notes / quarters, notes / onsets
    density = "sparse" if a_quarter < SPARSE_BELOW_NOTES_PER_QUARTER else "medium"
    density = "dense" if a_quarter >= DENSE_FROM_NOTES_PER_QUARTER else density
    texture = "thin" if an_onset < THIN_BELOW_NOTES_PER_ONSET else "medium"
    texture = "full" if an_onset >= FULL_FROM_NOTES_PER_ONSET else texture
    return f"density {density}", f"texture {texture}"


def _is(ids: Ids, kind: range) -> NDArray[np.bool_]:
    return (ids >= kind.start) & (ids < kind.stop)


def _mode(ids: Ids) -> str:
    """That of the best of 24 keys, by the correlation of the pitch classes' summed durations with a key's profile.

    The method is Krumhansl's and Schmuckler's (in Krumhansl 1990).
    """
    # A duration follows every pitch.
    pitched = np.flatnonzero(_is(ids, _PITCH))
    units = np.array(bar_tokens.DURATIONS)[ids[pitched + 1] - _DURATION.start]
    weights = np.bincount((ids[pitched] - _PITCH.start) % 12, units, minlength=12)
    if np.ptp(weights) == 0:
        return "mode major"
    fits = {
        (float(np.corrcoef(weights, np.roll(profile, tonic))[0, 1]), f"mode {mode}")
        for mode, profile in PROFILES.items()
        for tonic in range(12)
    }
    return max(fits)[1]


def with_header(style: str, ids: Ids) -> Ids:
    """A piece in bars, ids without a header, behind its style and all that can be said of it."""
    header = bar_tokens.header((f"style {style}", *described(ids)))
    return np.concatenate([np.array(bar_tokens.VOCABULARY.encode(header), np.uint16), ids])


def with_reminders(piece: Ids, rng: np.random.Generator) -> Ids:
    """A piece whose controls are said at its head and again every `REMINDER_BARS`, each time for what follows.

    The mode stays that of the piece. What is said is thinned out: see `SILENT` and `ANY_STYLE`.
    """
    bars = np.flatnonzero(_is(piece, _BAR))
    tokens = bar_tokens.VOCABULARY.decode(piece[: bars[0]].tolist())
    style, mode = tokens[0], [token for token in tokens if token.startswith("mode ")]
    parts: list[NDArray[np.uint16]] = []
    at = 0
    while at < len(bars):
        until = at + int(rng.integers(REMINDER_BARS[0], REMINDER_BARS[1] + 1))
        passage = piece[bars[at] : bars[until] if until < len(bars) else len(piece)]
        known = [*mode, *_density_and_texture(passage)]
        said = [token for token in known if rng.random() >= SILENT]
        header = bar_tokens.header((*said, style if rng.random() >= ANY_STYLE else "style any"))
        parts += [np.array(bar_tokens.VOCABULARY.encode(header), np.uint16), passage]
        at = until
    return np.concatenate(parts)
