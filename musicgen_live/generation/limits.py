"""What settings ask for, made into rules for an encoding."""

from __future__ import annotations

import numpy as np

from musicgen_live.config.settings import Settings, ticks_of
from musicgen_live.encodings import bar_tokens, chords
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import SettingsError
from musicgen_live.generation.constraints import (
    AnyOf,
    Constrained,
    Constraint,
    EarliestPosition,
    FixedMask,
    OnsetRate,
    PitchSet,
    Polyphony,
)
from musicgen_live.generation.grammar import Grammar
from musicgen_live.generation.repetition_guard import RepetitionGuard
from musicgen_live.music.notes import PPQ

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")
_PITCH, _DURATION = bar_tokens.ids_of("pitch"), bar_tokens.ids_of("duration")

_ROOM = 24
"""Semitones for voicing chords where only one end of the range is said."""


def limited(grammar: Grammar, settings: Settings, floor: EarliestPosition | None = None) -> Constrained:
    """A grammar of bars with the limits of settings; every bar has their time signature, which has a token.

    The order is one in which no row is left empty. Where music is to go on within a bar, `floor` says where.
    """
    row = np.ones(len(bar_tokens.VOCABULARY), np.bool_)
    row[_BAR.start : _BAR.stop] = False
    row[_BAR[bar_tokens.TIME_SIGNATURES.index(settings.time_signature)]] = True
    if settings.shortest is not None:
        shortest_units = ticks_of(settings.shortest) * bar_tokens.UNITS // PPQ
        row[_POSITION.start : _POSITION.stop] = np.array(bar_tokens.POSITIONS) % shortest_units == 0
        row[_DURATION.start : _DURATION.stop] = np.array(bar_tokens.DURATIONS) >= shortest_units
    constraints: list[Constraint] = [FixedMask(row)]
    if floor is not None:
        constraints.append(floor)
    if len(settings.pitches) < len(_PITCH):
        constraints.append(PitchSet(settings.pitches))
    if settings.max_onsets is not None:
        constraints.append(OnsetRate(settings.max_onsets))
    if settings.polyphony is not None:
        constraints.append(Polyphony(settings.polyphony))
    if settings.decode != "pure-argmax":
        constraints.append(RepetitionGuard())
    return Constrained(grammar, constraints)


def limited_chords(vocabulary: Vocabulary, settings: Settings) -> AnyOf | None:
    """The notes and chords of a vocabulary that settings allow; None where they allow all.

    A chord's notes are in the key, it has room in the range, and as voiced no more notes than may sound at once.
    SettingsError if none is allowed.
    """
    if settings.polyphony is None and len(settings.pitches) == 128:
        return None
    allowed, (lowest, highest) = set(settings.pitches), voicing(settings)
    row = np.zeros(len(vocabulary), np.bool_)
    for token, i in vocabulary.ids.items():
        pitches = chords.pitches_of(token)
        if token not in chords.PITCHES:
            try:
                pitches = chords.voice(pitches, 0.0, lowest, highest)
            except ValueError:
                continue  # There is no room for this chord.
        # All voicings of a chord have the same pitch classes, and lie in the range.
        row[i] = allowed.issuperset(pitches) and (settings.polyphony is None or len(pitches) <= settings.polyphony)
    if not row.any():
        names = [name for name in ("key", "low", "high", "polyphony") if getattr(settings, name) is not None]
        raise SettingsError(f"nothing the model {settings.model} knows fits {', '.join(names)}; loosen one of them")
    return AnyOf(row)


def voicing(settings: Settings) -> tuple[int, int]:
    """The lowest and the highest pitch of chords without octave: the range, where one is said."""
    lowest, highest = chords.LOWEST_VOICED, chords.HIGHEST_VOICED
    if settings.low is not None:
        lowest = settings.lowest
        highest = max(highest, min(lowest + _ROOM, 127))
    if settings.high is not None:
        highest = settings.highest
        lowest = lowest if settings.low is not None else min(lowest, max(highest - _ROOM, 0))
    return lowest, highest
