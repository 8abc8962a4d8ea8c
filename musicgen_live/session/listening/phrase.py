"""Collects a musician's notes from note ons and releases, and returns them quantized. Knows ticks only."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from statistics import median_low

from musicgen_live.encodings.bar_tokens import UNIT_TICKS
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.session.listening.quantize import THIRTY_SECOND_TICKS, bias_ticks, merged, position_of

LONGEST_TICKS = 16 * PPQ
"""A note ends after 16 quarters, as the release of a key held while its keyboard was unplugged never comes."""

_BIAS_ONSETS = 32
"""The number of latest onsets from which the musician's usual earliness or lateness is computed."""


@dataclass
class _Played:
    """A note as played; `end_tick` is None while it sounds."""

    tick: int
    pitch: int
    velocity: int
    end_tick: int | None = None


class Phrase:
    """The notes of a musician, from note ons and releases in the order of their ticks.

    Onsets are quantized softly to the positions of music in bars (`quantize.position_of`), after the musician's usual
    earliness or lateness is subtracted. The notes of a chord, played within a thirty-second while the first of them
    sounds, begin together. Lengths stay, down to the shortest that the encoding has.
    """

    def __init__(self, bar_ticks: int, from_tick: int = 0) -> None:
        """No note of the phrase begins before `from_tick`."""
        self._bar_ticks = bar_ticks
        self._from_tick = from_tick
        self._unread: list[_Played] = []
        self._read: list[tuple[_Played, Note]] = []
        self._sounding: dict[int, _Played] = {}
        self._onsets: deque[int] = deque(maxlen=_BIAS_ONSETS)
        """Onsets, as played, of notes that were read or forgotten."""

    def note_on(self, tick: int, pitch: int, velocity: int) -> None:
        """Begin a note; end one of the same pitch that still sounds."""
        self.release(tick, pitch)
        played = _Played(tick, pitch, velocity)
        self._unread.append(played)
        self._sounding[pitch] = played

    def release(self, tick: int, pitch: int) -> None:
        """End the note of a pitch, if one sounds."""
        if played := self._sounding.pop(pitch, None):
            played.end_tick = tick

    @property
    def sounds(self) -> bool:
        """True if a note has not ended yet."""
        return bool(self._sounding)

    @property
    def longest_until_tick(self) -> int | None:
        """The tick at which the note that sounds longest reaches `LONGEST_TICKS`; None if no note sounds."""
        return min((played.tick + LONGEST_TICKS for played in self._sounding.values()), default=None)

    def overlong(self, tick: int) -> tuple[int, ...]:
        """End the notes that have lasted `LONGEST_TICKS` by a tick; return their pitches."""
        ended = [played for played in self._sounding.values() if tick - played.tick >= LONGEST_TICKS]
        for played in ended:
            self.release(played.tick + LONGEST_TICKS, played.pitch)
        return tuple(played.pitch for played in ended)

    def notes(self, until_tick: int) -> tuple[Note, ...]:
        """Return all notes, sorted; held ones end at `until_tick`, at least a unit (20 ticks) after their onset."""
        return merged(note for _, note in chain(self._read, self._quantized(until_tick)))

    def notes_with_onsets(self, until_tick: int) -> tuple[tuple[int, Note], ...]:
        """Return the unread notes, each after the tick of its note on, which is not quantized."""
        return tuple((played.tick, note) for played, note in self._quantized(until_tick))

    @property
    def unread(self) -> int:
        """The number of notes that `read` has not returned yet."""
        return len(self._unread)

    def held_from(self) -> int | None:
        """Return the onset of the first unread note that still sounds; None if there is none."""
        return min((note.start_tick for played, note in self._quantized(0) if played.end_tick is None), default=None)

    def read(self, before_tick: int, now_tick: int) -> tuple[Note, ...]:
        """Return the unread notes that begin before a tick; from now on they do not change.

        Held ones end at `now_tick`. No later note begins before `before_tick`.
        """
        found = [(played, note) for played, note in self._quantized(now_tick) if note.start_tick < before_tick]
        found_ids = {id(played) for played, _ in found}
        self._onsets.extend(sorted({played.tick for played, _ in found}))
        self._unread = [played for played in self._unread if id(played) not in found_ids]
        self._read += found
        self._from_tick = max(self._from_tick, before_tick)
        return merged(note for _, note in found)

    def read_again(self, from_tick: int) -> None:
        """Make the notes that begin at a tick or later unread; new notes may begin there again."""
        first = len(self._read)
        # Notes read later begin later, so there is no need to look through a long phrase.
        while first and self._read[first - 1][1].start_tick >= from_tick:
            first -= 1
        self._unread = [*(played for played, _ in self._read[first:]), *self._unread]
        del self._read[first:]
        self._from_tick = from_tick

    def forget(self, before_tick: int) -> None:
        """Drop the unread notes that ended before a tick."""
        kept = [played for played in self._unread if played.end_tick is None or played.end_tick >= before_tick]
        dropped = {played.tick for played in self._unread} - {played.tick for played in kept}
        self._onsets.extend(sorted(dropped))
        self._unread = kept

    def _quantized(self, until_tick: int) -> list[tuple[_Played, Note]]:
        """Return the unread notes as played and quantized; held ones end at `until_tick`."""
        chords = self._chords()
        ticks = [median_low(played.tick for played in chord) for chord in chords]
        bias = bias_ticks([*self._onsets, *ticks][-_BIAS_ONSETS:], self._bar_ticks)
        quantized: list[tuple[_Played, Note]] = []
        for chord, tick in zip(chords, ticks, strict=True):
            onset = max(self._from_tick, position_of(tick - bias, self._bar_ticks))
            for played in chord:
                duration = until_tick - onset if played.end_tick is None else played.end_tick - played.tick
                quantized.append((played, Note(onset, max(UNIT_TICKS, duration), played.pitch, played.velocity)))
        return quantized

    def _chords(self) -> list[list[_Played]]:
        """Return the unread notes, grouped into chords."""
        chords: list[list[_Played]] = []
        for played in self._unread:
            if chords and _is_chord(chords[-1][0], played):
                chords[-1].append(played)
            else:
                chords.append([played])
        return chords


def _is_chord(first: _Played, played: _Played) -> bool:
    sounds = first.end_tick is None or first.end_tick > played.tick
    return first.tick == played.tick or (sounds and played.tick - first.tick < THIRTY_SECOND_TICKS)
