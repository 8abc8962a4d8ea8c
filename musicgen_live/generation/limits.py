"""Turns the limits of settings into constraints for an encoding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicgen_live.config.settings import Settings, ticks_of
from musicgen_live.encodings import bar_tokens, bars, chords
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import SettingsError
from musicgen_live.generation.chord_size import MOST_NOTES, ChordSize
from musicgen_live.generation.constraints import (
    AnyOf,
    BarOrder,
    Constrained,
    Constraint,
    FixedMask,
)
from musicgen_live.generation.grammar import Grammar, Mask
from musicgen_live.generation.note_limits import FreePitches, OnsetRate, Polyphony
from musicgen_live.generation.repetition_guard import RepetitionGuard, StepsRepetitionGuard
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_PITCH, _DURATION = bar_tokens.ids_of("pitch"), bar_tokens.ids_of("duration")

_ROOM_SEMITONES = 24
"""The room for voicing chords if the settings name only one end of the range."""


def bar_ids_of(time_signature: TimeSignature) -> list[int]:
    """Return the ids of the bar tokens that make up a bar of a time signature."""
    return [_BAR[bar_tokens.TIME_SIGNATURES.index(piece)] for piece in bars.pieces_of(time_signature)]


def limited(
    grammar: Grammar,
    settings: Settings,
    *,
    before: Sequence[Constraint] = (),
    after: Sequence[Constraint] = (),
) -> Constrained:
    """Return a grammar of bars under the limits of settings; every bar has their time signature, or its two halves.

    The order of the constraints is one that leaves no mask empty, because the later ones look at what the earlier ones
    left. `before` are constraints that forbid whatever is left, as for music that continues within a bar; `after` are
    those that give way to the limits, as the end of a take.
    """
    mask = np.ones(len(bar_tokens.VOCABULARY), np.bool_)
    if settings.shortest is not None:
        shortest_units = ticks_of(settings.shortest) * bar_tokens.UNITS // PPQ
        mask[_POSITION.start : _POSITION.stop] = np.array(bar_tokens.POSITIONS) % shortest_units == 0
        mask[_DURATION.start : _DURATION.stop] = np.array(bar_tokens.DURATIONS) >= shortest_units
    constraints: list[Constraint] = [FixedMask(mask), BarOrder(bar_ids_of(settings.time_signature)), *before]
    constraints.append(FreePitches(settings.pitches))
    if settings.chord_size is not None or settings.left_chord_size is not None:
        constraints.append(ChordSize(settings.chord_size or MOST_NOTES, settings.left_chord_size or MOST_NOTES))
    if settings.max_onsets is not None:
        constraints.append(OnsetRate(settings.max_onsets))
    if settings.polyphony is not None:
        constraints.append(Polyphony(settings.polyphony))
    if settings.decode != "pure-argmax":
        constraints.append(RepetitionGuard())
    return Constrained(grammar, [*constraints, *after])


def limited_chords(vocabulary: Vocabulary, settings: Settings) -> Grammar | None:
    """Return a grammar of the notes and chords of a vocabulary that settings allow; None if they allow all.

    An allowed chord has its notes in the key, room in the range and, as voiced, no more notes than may sound at once.
    Draws may not repeat a phrase for ever; argmax has a guard of its own. SettingsError if none is allowed.
    """
    mask = _allowed_chords(vocabulary, settings)
    if settings.decode == "sample":
        return Constrained(AnyOf(mask), [StepsRepetitionGuard()])
    return None if mask.all() else AnyOf(mask)


def _allowed_chords(vocabulary: Vocabulary, settings: Settings) -> Mask:
    """Return the mask `(classes,)` of the notes and chords within the limits; SettingsError if there is none."""
    allowed, (lowest, highest) = set(settings.pitches), voicing(settings)
    mask = np.ones(len(vocabulary), np.bool_)
    if settings.polyphony is None and len(allowed) == len(_PITCH):
        return mask
    for token, i in vocabulary.ids.items():
        pitches = chords.pitches_of(token)
        if token not in chords.PITCHES:
            try:
                pitches = chords.voice(pitches, 0.0, lowest, highest)
            except ValueError:
                mask[i] = False  # The range has no room for this chord.
                continue
        # All voicings of a chord have the same pitch classes and lie in the range.
        mask[i] = allowed.issuperset(pitches) and (settings.polyphony is None or len(pitches) <= settings.polyphony)
    if not mask.any():
        names = [name for name in ("key", "low", "high", "polyphony") if getattr(settings, name) is not None]
        raise SettingsError(f"nothing the model {settings.model} knows fits {', '.join(names)}; loosen one of them")
    return mask


def voicing(settings: Settings) -> tuple[int, int]:
    """Return the lowest and the highest pitch for voicing chords: the range, if the settings have one."""
    lowest, highest = chords.LOWEST_VOICED, chords.HIGHEST_VOICED
    if settings.low is not None:
        lowest = settings.lowest
        highest = max(highest, min(lowest + _ROOM_SEMITONES, 127))
    if settings.high is not None:
        highest = settings.highest
        lowest = lowest if settings.low is not None else min(lowest, max(highest - _ROOM_SEMITONES, 0))
    return lowest, highest
