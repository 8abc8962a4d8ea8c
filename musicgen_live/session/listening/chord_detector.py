"""Detects the chord that somebody holds on a keyboard. Takes moments in seconds, and has no clock."""

from __future__ import annotations

from musicgen_live.music.chord_symbols import Chord, chord_of
from musicgen_live.session.listening.keyboard import Keyboard, Release

SETTLE_S = 0.03
"""A chord is complete this long after its last note on: fingers do not land together."""
OVERLAP_S = 0.2
"""A key of the previous chord released within this time after the next chord began does not belong to that chord."""


class ChordDetector:
    """Receives the messages of a keyboard and reports each new chord.

    A chord stays in force after its keys are released, until the next one, so that the hands are free. Keys pressed
    while others are held join them. One note alone, even in octaves, changes nothing: it is a slip, or a melody. The
    sustain pedal is ignored, as it would mix one chord with the next.
    """

    def __init__(self) -> None:
        self.chord: Chord | None = None
        """The chord in force, with its symbol as in the settings; None before the first."""
        self.timeout_s: float | None = None
        """Call `reach` at this moment unless a message arrives before; None if there is no need."""
        self._keyboard = Keyboard(has_pedal=False)
        self._held: set[int] = set()
        self._previous: set[int] = set()
        """Held keys that may belong to the previous chord."""
        self._pitches: set[int] = set()
        """The chord that is being played."""
        self._note_on_s = 0.0
        self.onset_s = 0.0
        """The first note on of the latest chord."""

    def receive(self, at_s: float, message: bytes) -> Chord | None:
        """Handle a message received at a moment, which never goes back; return the chord if one settled before it."""
        chord = self.reach(at_s)
        for key in self._keyboard.receive(message):
            if isinstance(key, Release):
                self._release(at_s, key.pitch)
            else:
                self._note_on(at_s, key.pitch)
        return chord

    def reach(self, at_s: float) -> Chord | None:
        """Advance to a moment; return the chord if a new one has settled."""
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

    def _note_on(self, at_s: float, pitch: int) -> None:
        if self.timeout_s is None:
            # The first key of a chord. Keys held already may belong to it or to the previous one.
            self.onset_s = at_s
            self._previous = set(self._held)
            self._pitches = set(self._held)
        self._held.add(pitch)
        self._previous.discard(pitch)
        self._pitches.add(pitch)
        self._note_on_s = at_s
        self.timeout_s = at_s + SETTLE_S

    def _release(self, at_s: float, pitch: int) -> None:
        self._held.discard(pitch)
        if pitch not in self._previous:
            return
        self._previous.discard(pitch)
        if at_s - self._note_on_s <= OVERLAP_S:
            self._pitches.discard(pitch)
            if self.timeout_s is None:
                self.timeout_s = at_s + SETTLE_S
