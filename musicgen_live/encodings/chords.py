"""Encodes and decodes `chords`, the recipe's own encoding: one token per step, a pitch name or a chord.

A note has music21's name (`C4`, `E-5`, `F#3`); a chord is its pitch classes in normal order, joined by points
(`0.4.7`). The encoding has no rhythm, and a chord has no octave and no spacing. So every token lasts one step here, and
chords are voiced near the last notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from musicgen_live.music.notes import PPQ, Note

NAME = "chords"

# music21 spells the notes of a MIDI file with these names. A few names are ambiguous ("E-1" is E flat in octave 1 and
# E in octave -1); the higher pitch, which a piano has, comes last and wins.
_SPELLINGS = ("C", "C#", "D", "E-", "E", "F", "F#", "G", "G#", "A", "B-", "B")
PITCHES: dict[str, int] = {f"{_SPELLINGS[pitch % 12]}{pitch // 12 - 1}": pitch for pitch in range(128)}

LOWEST_VOICED = 45
HIGHEST_VOICED = 84
"""Chords are voiced from A2 to C6: below, close chords sound muddy; above, thin."""
_CENTRE = 62.0
# The share of the last notes' distance from the centre that the next chord keeps; with all of it, chords would drift.
_FOLLOW = 0.7
_CHORD_TICKS = PPQ // 8
# The largest distance of the centre from the middle of a range, in semitones.
_REACH = 6.0


def pitches_of(token: str) -> tuple[int, ...]:
    """Return the MIDI pitch of a token that is a name, or the pitch classes (0 to 11) of one that is a chord.

    ValueError on a token of another encoding.
    """
    if token in PITCHES:
        return (PITCHES[token],)
    try:
        classes = tuple(int(part) for part in token.split("."))
    except ValueError:
        raise ValueError(f"{token!r} is neither a pitch name nor a chord in normal order") from None
    if not all(0 <= pitch_class < 12 for pitch_class in classes):
        raise ValueError(f"{token!r} names pitch classes outside 0 to 11")
    return classes


def voice(
    pitch_classes: tuple[int, ...], near: float, lowest: int = LOWEST_VOICED, highest: int = HIGHEST_VOICED
) -> tuple[int, ...]:
    """Voice 1 to 12 pitch classes (0 to 11) as a close chord with its mean pitch nearest to `near`.

    Every inversion in every octave from `lowest` to `highest` is tried; the lower one wins a tie.
    A single pitch class was an octave in the score (music21's normal order folds it), and becomes one again.
    ValueError if no voicing fits.
    """
    classes = sorted(set(pitch_classes))
    best: tuple[float, tuple[int, ...]] | None = None
    for bottom in range(lowest, highest + 1):
        if bottom % 12 not in classes:
            continue
        if len(classes) == 1:
            chord: tuple[int, ...] = (bottom, bottom + 12)
        else:
            chord = tuple(sorted(bottom + (pitch_class - bottom) % 12 for pitch_class in classes))
        distance = abs(sum(chord) / len(chord) - near)
        if chord[-1] <= highest and (best is None or distance < best[0]):
            best = (distance, chord)
    if best is None:
        raise ValueError(f"no place for the pitch classes {pitch_classes}")
    return best[1]


def encode(notes: Iterable[Note], tokens: Sequence[str]) -> list[int]:
    """Return the ids of sorted notes in a vocabulary; notes that begin within a thirty-second are one chord.

    A chord that is not in the vocabulary becomes its highest note; a note that is not in it is left out. ValueError on
    a token of another encoding.
    """
    singles = {PITCHES[token]: i for i, token in enumerate(tokens) if token in PITCHES}
    classes = {frozenset(pitches_of(token)): i for i, token in enumerate(tokens) if token not in PITCHES}
    onsets: list[tuple[int, set[int]]] = []
    for note in notes:
        if not onsets or note.start_tick - onsets[-1][0] > _CHORD_TICKS:
            onsets.append((note.start_tick, set()))
        onsets[-1][1].add(note.pitch)
    ids: list[int] = []
    for _, pitches in onsets:
        token_id = singles.get(max(pitches))
        if len(pitches) > 1:
            token_id = classes.get(frozenset(pitch % 12 for pitch in pitches), token_id)
        if token_id is not None:
            ids.append(token_id)
    return ids


class ChordsDecoder:
    """Turns tokens into notes, one step each; keeps the register of the last notes."""

    def __init__(
        self, step_ticks: int, velocity: int, lowest: int = LOWEST_VOICED, highest: int = HIGHEST_VOICED
    ) -> None:
        """Make a decoder with tokens of `step_ticks` (from 1) each and notes of one `velocity` (1 to 127).

        Chords are voiced from `lowest` to `highest`, around the usual centre or as near to it as the range allows.
        """
        self.until_tick = 0
        self._lowest = lowest
        self._highest = highest
        self._centre = min(max(_CENTRE, (lowest + highest) / 2 - _REACH), (lowest + highest) / 2 + _REACH)
        self._step_ticks = step_ticks
        self._velocity = velocity
        self.near = self._centre
        """The pitch near which the next chord is voiced."""

    def decode(self, token: str) -> list[Note]:
        """Return the notes of the next token; ValueError on a token of another encoding."""
        pitches = pitches_of(token)
        if token not in PITCHES:
            pitches = voice(pitches, self.near, self._lowest, self._highest)
        self.near = self._centre + _FOLLOW * (sum(pitches) / len(pitches) - self._centre)
        start = self.until_tick
        self.until_tick += self._step_ticks
        return [Note(start, self._step_ticks, pitch, self._velocity) for pitch in pitches]

    def snapshot(self) -> tuple[int, float]:
        """Return the state."""
        return self.until_tick, self.near

    def restore(self, state: tuple[int, float]) -> None:
        """Return to a state."""
        self.until_tick, self.near = state
