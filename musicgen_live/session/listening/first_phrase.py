"""Holds a musician's first phrase back until it says its tempo, or ends without saying one."""

from __future__ import annotations

from musicgen_live.player.reports import Received
from musicgen_live.session.listening.beat_induction import FEWEST_ONSETS, Beat, beat_of, onsets_of
from musicgen_live.session.listening.keyboard import Keyboard, NoteOn, Release

ENOUGH_ONSETS = 8
"""From so many onsets on a tempo is taken while notes sound; before, at the first silence."""
MOST_ONSETS = 16
"""A phrase that says no tempo by then says none."""
PATIENCE_S = 1.0
"""A silence after fewer than `FEWEST_ONSETS`: a beat at 60 BPM, or the phrase is over."""
LONGEST_HELD_S = 8.0
"""A note that is held longer ends the wait."""
_LONGER = 1.25
"""A silence this much longer than the longest in the phrase ends it, as for `Rests`."""


class FirstPhrase:
    """The messages of a phrase with which the music begins, and the tempo that they say. Its time is in seconds."""

    def __init__(self, expected_bpm: float) -> None:
        """Begin with the tempo that holds if the phrase says none, and that is preferred to its multiples."""
        self.expected_bpm = expected_bpm
        self.received: list[Received] = []
        """All messages, from the first note-on."""
        self._keyboard = Keyboard()
        self._strikes_s: list[float] = []
        self._sounding: set[int] = set()
        self._silent_since_s: float | None = None
        self._longest_rest_s = 0.0

    def receive(self, received: Received) -> None:
        """Add a message."""
        keys = self._keyboard.receive(received.message)
        if not self._strikes_s and not any(isinstance(key, NoteOn) for key in keys):
            return
        self.received.append(received)
        for key in keys:
            if isinstance(key, Release):
                self._sounding.discard(key.pitch)
            else:
                self._strike(received.at_s, key.pitch)
        if not self._sounding and self._silent_since_s is None:
            self._silent_since_s = received.at_s

    def _strike(self, at_s: float, pitch: int) -> None:
        if self._silent_since_s is not None:
            self._longest_rest_s = max(self._longest_rest_s, at_s - self._silent_since_s)
        self._silent_since_s = None
        self._strikes_s.append(at_s)
        self._sounding.add(pitch)

    @property
    def begin_s(self) -> float | None:
        """The moment of the first note-on; None before it."""
        return self._strikes_s[0] if self._strikes_s else None

    @property
    def timeout_s(self) -> float | None:
        """The moment at which the phrase is over if nothing is played; None before it has begun."""
        if not self._strikes_s:
            return None
        if self._silent_since_s is None:
            return self._strikes_s[-1] + LONGEST_HELD_S
        if len(onsets_of(self._strikes_s)) < FEWEST_ONSETS:
            return self._silent_since_s + PATIENCE_S
        eighth_s = 30 / self.expected_bpm
        return self._silent_since_s + max(eighth_s, min(_LONGER * self._longest_rest_s, 4 * eighth_s))

    def beat(self) -> Beat | None:
        """Return the beat that the phrase says by now; None if it says none yet, or may still say another one."""
        onsets = onsets_of(self._strikes_s)
        if self._sounding and len(onsets) < ENOUGH_ONSETS:
            return None
        return beat_of(onsets, self.expected_bpm)

    def is_over(self, now_s: float) -> bool:
        """Return True if the phrase says no tempo, and nothing more is waited for."""
        timeout_s = self.timeout_s
        return timeout_s is not None and (now_s >= timeout_s or len(onsets_of(self._strikes_s)) >= MOST_ONSETS)
