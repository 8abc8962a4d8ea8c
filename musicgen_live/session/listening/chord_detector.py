"""The chord that is in force on a keyboard on which somebody holds chords. Knows moments in seconds, no clock."""

from __future__ import annotations

from musicgen_live.music.chord_symbols import Chord, chord_of
from musicgen_live.session.listening.keyboard import Keyboard, Release

SETTLE_S = 0.03
"""How long after the last strike a chord is taken as it is: fingers do not land together."""
OVERLAP_S = 0.2
"""A key of the chord before that comes up this soon after the next one was struck is no part of that."""


class ChordDetector:
    """Told what is heard, says when another chord is in force.

    A chord stays in force when its keys come up, until the next one, so that the hands are free. Keys that are struck
    while others are held join them. One note alone, in octaves too, changes nothing: it is a slip, or a melody. The
    sustain pedal counts for nothing, as it would mix one chord with the next.
    """

    def __init__(self, settle_s: float = SETTLE_S) -> None:
        self.chord: Chord | None = None
        """The chord in force, whose symbol says it as settings do; None before there was any."""
        self.timeout_s: float | None = None
        """When `reach` has to be called next, if nothing is heard before; None for not at all."""
        self._settle_s = settle_s
        self._keyboard = Keyboard(has_pedal=False)
        self._held: set[int] = set()
        self._before: set[int] = set()
        self._pitches: set[int] = set()
        self._struck_s = 0.0

    def receive(self, at_s: float, message: bytes) -> Chord | None:
        """A message came in at a moment, which never goes back; the new chord if one came into force by then."""
        chord = self.reach(at_s)
        for key in self._keyboard.receive(message):
            if isinstance(key, Release):
                self._release(at_s, key.pitch)
            else:
                self._strike(at_s, key.pitch)
        return chord

    def reach(self, at_s: float) -> Chord | None:
        """Time has gone on to a moment; the new chord if one came into force."""
        if self.timeout_s is None or at_s < self.timeout_s:
            return None
        self.timeout_s = None
        classes = {pitch % 12 for pitch in self._pitches}
        if len(classes) < 2:
            return None
        chord = chord_of(classes, min(self._pitches) % 12)
        if chord == self.chord:
            return None
        self.chord = chord
        return chord

    def _strike(self, at_s: float, pitch: int) -> None:
        if self.timeout_s is None:
            # The first key of a chord; what is held already may be of it, or of the one before.
            self._before = set(self._held)
            self._pitches = set(self._held)
        self._held.add(pitch)
        self._before.discard(pitch)
        self._pitches.add(pitch)
        self._struck_s = at_s
        self.timeout_s = at_s + self._settle_s

    def _release(self, at_s: float, pitch: int) -> None:
        self._held.discard(pitch)
        if pitch not in self._before:
            return
        self._before.discard(pitch)
        if at_s - self._struck_s <= OVERLAP_S:
            self._pitches.discard(pitch)
            if self.timeout_s is None:
                self.timeout_s = at_s + self._settle_s
