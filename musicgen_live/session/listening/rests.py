"""Knows the rests within a musician's phrases, and from them how long a silence has to be to end a phrase."""

from __future__ import annotations

from collections import deque

from musicgen_live.music.notes import PPQ

_COMPARED_RESTS = 8
_LONGEST_OWN_TICKS = 2 * PPQ
"""A rest of its own prolongs the wait up to a half note, unless the model has entered in it."""
_LONGEST_MISTAKEN_TICKS = 8 * PPQ


class Rests:
    """The rests of the present phrase, and those in which the model entered too early.

    A silence ends a phrase when it is 25 % longer than the longest of the phrase's latest 8 rests, and than every rest
    in which the model has entered by mistake. Such a rest counts to the end of the phrase, and for the next phrase too,
    as long as each phrase has one of at least half its length.
    """

    def __init__(self) -> None:
        self._latest: deque[int] = deque(maxlen=_COMPARED_RESTS)
        self._longest_ticks = 0
        """The longest rest of the phrase."""
        self._mistaken_ticks = 0
        """The longest rest in which the model entered by mistake."""

    def begin_phrase(self) -> None:
        """Forget the rests of the phrase before, unless the musician usually rests so long within a phrase."""
        if self._longest_ticks * 2 < self._mistaken_ticks:
            self._mistaken_ticks = 0
        self._latest.clear()
        self._longest_ticks = 0

    def add(self, rest_ticks: int, *, is_mistaken: bool = False) -> None:
        """Add a rest of the phrase; `is_mistaken` if the model entered in it."""
        self._latest.append(rest_ticks)
        self._longest_ticks = max(self._longest_ticks, rest_ticks)
        if is_mistaken:
            self._mistaken_ticks = max(self._mistaken_ticks, min(rest_ticks, _LONGEST_MISTAKEN_TICKS))

    def needed_ticks(self, least_ticks: int, onsets: int) -> int:
        """Return the ticks of a silence that ends a phrase of so many onsets, `least_ticks` at least.

        One onset has no rest to compare with: it takes a quarter.
        """
        own_ticks = PPQ if onsets == 1 else min(max(self._latest, default=0) * 5 // 4, _LONGEST_OWN_TICKS)
        return max(least_ticks, own_ticks, self._mistaken_ticks * 5 // 4)
