"""A musician's notes, collected as they are struck and released, and given as notes on the grid. Knows ticks only."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from statistics import median_low

from musicgen_live.encodings.bar_tokens import UNIT_TICKS
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.session.listening.quantize import THIRTY_SECOND_TICKS, bias_ticks, merged, position_of

LONGEST_TICKS = 16 * PPQ
"""A note ends after 16 quarters, as the release of one that was held when the keyboard was unplugged never comes."""

_REMEMBERED_ONSETS = 32
"""From how many of the last onsets it is known how early or late somebody plays."""


@dataclass
class _Played:
    tick: int
    pitch: int
    velocity: int
    end_tick: int | None = None


class Phrase:
    """Notes from their strikes and releases, in the order of their ticks.

    Onsets are moved softly onto the positions that music in bars has (`quantize.position_of`), after the musician's
    usual earliness or lateness has been taken out; notes of a chord, struck within a thirty-second while the first of
    them sounds, begin together. Lengths stay, down to the shortest that can be written.
    """

    def __init__(self, bar_ticks: int, from_tick: int = 0) -> None:
        """Nothing of it begins before `from_tick`."""
        self._bar_ticks = bar_ticks
        self._from_tick = from_tick
        self._played: list[_Played] = []
        self._read: list[tuple[_Played, Note]] = []
        self._sounding: dict[int, _Played] = {}
        self._onsets: deque[int] = deque(maxlen=_REMEMBERED_ONSETS)

    def note_on(self, tick: int, pitch: int, velocity: int) -> None:
        """A note begins; one of the same pitch that still sounds ends."""
        self.release(tick, pitch)
        played = _Played(tick, pitch, velocity)
        self._played.append(played)
        self._sounding[pitch] = played

    def release(self, tick: int, pitch: int) -> None:
        """A note ends; nothing happens where none of that pitch sounds."""
        if played := self._sounding.pop(pitch, None):
            played.end_tick = tick

    @property
    def sounds(self) -> bool:
        """Whether a note has not ended yet."""
        return bool(self._sounding)

    @property
    def longest_until_tick(self) -> int | None:
        """When the note that sounds longest has lasted as long as it may; None where none sounds."""
        return min((played.tick + LONGEST_TICKS for played in self._sounding.values()), default=None)

    def overlong(self, tick: int) -> tuple[int, ...]:
        """The pitches that have sounded as long as they may; they end."""
        ended = [played for played in self._sounding.values() if tick - played.tick >= LONGEST_TICKS]
        for played in ended:
            self.release(played.tick + LONGEST_TICKS, played.pitch)
        return tuple(played.pitch for played in ended)

    def notes(self, until_tick: int) -> tuple[Note, ...]:
        """All notes, sorted; what is held ends at `until_tick`, a unit (20 ticks) after its onset at least."""
        placed = chain(self._read, self._placed(until_tick))
        return merged(note for _, note in placed)

    def notes_with_onsets(self, until_tick: int) -> tuple[tuple[int, Note], ...]:
        """The notes that have not been read, each with the tick at which it was struck, not yet moved."""
        return tuple((played.tick, note) for played, note in self._placed(until_tick))

    @property
    def unread(self) -> int:
        """How many notes `read` has not given yet."""
        return len(self._played)

    def held_from(self) -> int | None:
        """The onset of the first note that has not been read and has not ended; None where there is none."""
        return min((note.start_tick for played, note in self._placed(0) if played.end_tick is None), default=None)

    def read(self, before_tick: int, now_tick: int) -> tuple[Note, ...]:
        """The notes that begin before a tick and have not been given, which stay what they are from now on.

        Held ones end at `now_tick`. No note that comes later begins before `before_tick`.
        """
        placed = [(played, note) for played, note in self._placed(now_tick) if note.start_tick < before_tick]
        given = {id(played) for played, _ in placed}
        self._onsets.extend(sorted({played.tick for played, _ in placed}))
        self._played = [played for played in self._played if id(played) not in given]
        self._read += placed
        self._from_tick = max(self._from_tick, before_tick)
        return merged(note for _, note in placed)

    def read_again(self, from_tick: int) -> None:
        """Take as not given what begins at a tick or later; what comes may begin there again."""
        first = len(self._read)
        # What was read later begins later, so that the whole of a long phrase need not be looked through.
        while first and self._read[first - 1][1].start_tick >= from_tick:
            first -= 1
        self._played = [*(played for played, _ in self._read[first:]), *self._played]
        del self._read[first:]
        self._from_tick = from_tick

    def forget(self, before_tick: int) -> None:
        """Leave out of all that follows the notes that have ended before a tick."""
        kept = [played for played in self._played if played.end_tick is None or played.end_tick >= before_tick]
        gone = {played.tick for played in self._played} - {played.tick for played in kept}
        self._onsets.extend(sorted(gone))
        self._played = kept

    def _placed(self, until_tick: int) -> list[tuple[_Played, Note]]:
        chords = self._chords()
        ticks = [median_low(played.tick for played in chord) for chord in chords]
        bias = bias_ticks([*self._onsets, *ticks][-_REMEMBERED_ONSETS:], self._bar_ticks)
        placed: list[tuple[_Played, Note]] = []
        for chord, tick in zip(chords, ticks, strict=True):
            onset = max(self._from_tick, position_of(tick - bias, self._bar_ticks))
            for played in chord:
                duration = until_tick - onset if played.end_tick is None else played.end_tick - played.tick
                placed.append((played, Note(onset, max(UNIT_TICKS, duration), played.pitch, played.velocity)))
        return placed

    def _chords(self) -> list[list[_Played]]:
        """The notes that are not read, those of a chord together."""
        chords: list[list[_Played]] = []
        for played in self._played:
            if chords and _together(chords[-1][0], played):
                chords[-1].append(played)
            else:
                chords.append([played])
        return chords


def _together(first: _Played, played: _Played) -> bool:
    sounds = first.end_tick is None or first.end_tick > played.tick
    return first.tick == played.tick or (sounds and played.tick - first.tick < THIRTY_SECOND_TICKS)
