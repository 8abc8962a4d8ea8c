"""Looks up the id that followed the most recent earlier occurrence of the latest ids, a second input of a network."""

from __future__ import annotations

import mmap
import sys
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.architecture import ORDERS

_RING_IDS = 3 << 15
BACK_IDS = 1 << 14
"""The ids by which `restore` can go back: the 20 bars of a composer have 8,000 at most."""
REACH_IDS = _RING_IDS - BACK_IDS
"""The latest ids, in which contexts are looked up. An hour of the densest preset has 80,000."""
_SLOTS = 1 << 16


class _Contexts:
    """The contexts of one length, by the position after them. Contexts with the same hash share a slot.

    Arrays, because a dictionary with a tuple for each context took 1.3 kB for each id.
    """

    def __init__(self, order: int) -> None:
        self.order = order
        self.latest, self.before, self.next_other = map(_zeros, (_SLOTS, _RING_IDS, _RING_IDS))
        """For each slot, the latest position; for each position, the one before in its slot, and the latest one before
        of another context. Without the last, a frequent context would hide another one of its slot."""


def _zeros(size: int) -> memoryview:
    """Return zeros of 32 bits, whose memory the system gives page by page as it is written.

    An array of NumPy would be zeros written to memory that was used before: 12 MB for the contexts of all lengths.
    """
    if sys.platform == "win32":
        return memoryview(mmap.mmap(-1, 4 * size)).cast("i")
    return memoryview(mmap.mmap(-1, 4 * size, flags=mmap.MAP_PRIVATE)).cast("i")


class Recall:
    """Reads ids one at a time; looks up the id that followed the latest occurrence of the longest equal context.

    Music repeats itself over distances at which an LSTM has forgotten the notes, but a table of contexts finds them.
    The idea is the pointer of a cache model (Grave, Joulin & Usunier 2016), here as an input instead of a mixture.

    Contexts more than `REACH_IDS` ids back are forgotten, so that a take of days needs no more memory than an hour.
    """

    def __init__(self, classes: int, first: int) -> None:
        """Remember ids from `first` up to `classes`; those below are control tokens, not music."""
        self._nothing = classes
        self._first = first
        self.reset()

    def reset(self) -> None:
        """Forget everything read."""
        self._ids: list[int] = []
        self._forgotten = 0
        """The number of ids read before those in `_ids`."""
        self._tables = tuple(map(_Contexts, ORDERS))

    def snapshot(self) -> int:
        """Return the number of ids read, which is all that a return to this state needs."""
        return self._forgotten + len(self._ids)

    def restore(self, state: int) -> None:
        """Return to an earlier state, up to `BACK_IDS` ids back; snapshots taken after it are invalid from then on."""
        ids, forgotten = self._ids, self._forgotten
        if self.snapshot() > _RING_IDS and self.snapshot() - state > BACK_IDS:
            raise ValueError(f"{self.snapshot() - state} ids cannot be gone back, only {BACK_IDS}")
        for table in self._tables:
            order, latest, before = table.order, table.latest, table.before
            for end in range(len(ids), max(state - forgotten, order - 1), -1):
                slot = hash(tuple(ids[end - order : end])) % _SLOTS
                latest[slot] = before[(end + forgotten) % _RING_IDS]
        del ids[state - forgotten :]

    def read(self, token_id: int, *, shown: bool = True) -> tuple[int, int]:
        """Read one id; return the recalled id, `classes` if there is none, and the class of the context's length.

        If it is not `shown`, the result is that of no context found; the id is still remembered.
        """
        if token_id < self._first:
            return self._nothing, 0
        ids = self._ids
        ids.append(token_id)
        if len(ids) == 2 * _RING_IDS:
            self._forgotten += _RING_IDS
            del ids[:_RING_IDS]
        forgotten = self._forgotten
        end = forgotten + len(ids)
        oldest = max(0, end - REACH_IDS)
        recalled, length_class = self._nothing, 0
        for order_class, table in enumerate(self._tables, start=1):
            order, next_other = table.order, table.next_other
            if len(ids) < order:
                break
            context = ids[-order:]
            slot, at = hash(tuple(context)) % _SLOTS, end % _RING_IDS
            found = latest = table.latest[slot]
            while found > oldest and ids[found - forgotten - order : found - forgotten] != context:
                found = next_other[found % _RING_IDS]
            is_repeated = found == latest > oldest
            table.latest[slot], table.before[at] = end, latest
            next_other[at] = next_other[latest % _RING_IDS] if is_repeated else latest
            if found > oldest:
                recalled, length_class = ids[found - forgotten], order_class
        return (recalled, length_class) if shown else (self._nothing, 0)


class IntervalRecall:
    """Recall of music in any transposition: it compares the intervals between successive pitches, not the pitches.

    A figure that returns on another step is recalled there.
    """

    def __init__(self, classes: int, first: int, pitches: range) -> None:
        """Remember as `Recall` does; `pitches` are the ids of pitches, rising by semitones."""
        self._classes = classes
        self._pitches = pitches
        self._recall = Recall(classes + INTERVALS, first)
        self.reset()

    def reset(self) -> None:
        """Forget everything read."""
        self._recall.reset()
        self._last = 0
        """The pitch id read last; 0 before the first."""

    def snapshot(self) -> tuple[int, int]:
        """Return all that a return to this state needs."""
        return self._recall.snapshot(), self._last

    def restore(self, state: tuple[int, int]) -> None:
        """Return to an earlier state, as far back as `Recall` can."""
        recalled, self._last = state
        self._recall.restore(recalled)

    def read(self, token_id: int, *, shown: bool = True) -> tuple[int, int]:
        """Read one id; return the recalled id as a pitch that continues from here, and the class of the length."""
        compared = token_id
        if token_id in self._pitches:
            # The first pitch has none before it.
            compared = interval_id(token_id, self._last, self._classes) if self._last else token_id
            self._last = token_id
        recalled, length_class = self._recall.read(compared, shown=shown)
        if recalled == self._classes + INTERVALS:
            return self._classes, 0
        if recalled >= self._classes:
            lowest, highest = self._pitches[0], self._pitches[-1]
            recalled = min(max(self._last + recalled - self._classes - UNISON, lowest), highest)
        return recalled, length_class


UNISON = 127
INTERVALS = 2 * UNISON + 1


Number = TypeVar("Number", int, NDArray[np.int64])


def interval_id(pitch_id: Number, last_id: Number, classes: int) -> Number:
    """Return the id that stands for a pitch in the contexts of `IntervalRecall`: the interval to the last pitch."""
    return pitch_id - last_id + (classes + UNISON)
