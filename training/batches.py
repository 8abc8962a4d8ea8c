"""Cuts a data set into batches for training, in a repeatable order, without ever holding more than a few pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.model.architecture import Architecture

from .data.dataset import Dataset, Ids, Piece
from .data.labels import labelled
from .data.recall import hide_runs, readings
from .data.transposition import in_random_key

Batch = tuple[NDArray[Any], NDArray[np.int32]]

STRETCH_STEPS = 256
"""Every lane goes to a known place of the music after that many batches, so that a run that resumes in the middle of an
epoch reads one stretch at most, not the whole epoch before it."""


@dataclass(frozen=True)
class Shard:
    """The part of every batch that one of several workers trains on: number `number`, from 0, of `of` parts."""

    number: int
    of: int

    def of_rows(self, count: int) -> range:
        """Return the rows of this part, of `count` rows; the parts differ by one row at most."""
        return range(count * self.number // self.of, count * (self.number + 1) // self.of)


WHOLE = Shard(0, 1)


def window_batches(
    dataset: Dataset, window: int, size: int, seed: int, epoch: int, first: int = 0, shard: Shard = WHOLE
) -> Iterator[Batch]:
    """Yield from batch `first` on windows of ids divided by the number of classes, and the id after each window.

    Windows have the shape `(batch, window, 1)`. The order, of 4 bytes a window, is all that grows with the data set.
    """
    music = _Joined(dataset.of_split("train"))
    # Indices of 4 bytes are shuffled into the order that those of 8 would have.
    order = np.arange(max(0, music.length - window), dtype=np.uint32)
    np.random.default_rng([seed, epoch]).shuffle(order)
    classes = np.float32(len(dataset.vocabulary))
    for start in range(first * size, len(order), size):
        starts = order[start : start + size].astype(np.int64)
        rows = shard.of_rows(len(starts))
        starts = starts[rows.start : rows.stop]
        ids = dataset.ids[music.indices(starts[:, None] + np.arange(window + 1))].astype(np.int32)
        yield ids[:, :-1, None].astype(np.float32) / classes, ids[:, -1]


class _Joined:
    """Pieces as if they were joined: finds the piece at a position, without copying any ids."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        lengths = np.array([piece.length for piece in pieces], np.int64)
        self._ends = np.cumsum(lengths)
        self._shifts = np.array([piece.start for piece in pieces], np.int64) - (self._ends - lengths)
        self.length = int(lengths.sum())

    def indices(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the indices in the data set's ids of positions."""
        found: NDArray[np.int64] = positions + self._shifts[self._ends.searchsorted(positions, "right")]
        return found

    def place(self, position: int) -> tuple[int, int]:
        """Return the number of the piece at a position, and the offset in it."""
        number = int(self._ends.searchsorted(position, "right"))
        return number, position + int(self._shifts[number]) - self.pieces[number].start


@dataclass(frozen=True)
class Epoch:
    """An epoch of streams: all training pieces in a random order, one behind the other, in a circle.

    Each piece is repeated by its weight. How it sounds this time, that is key, labels and hidden recall, depends on the
    seed, the epoch and its number in the epoch alone, so that any piece can be made at any time.
    """

    dataset: Dataset
    architecture: Architecture
    seed: int
    number: int
    transpose: bool
    hide_recall: float

    @cached_property
    def _order(self) -> tuple[_Joined, int]:
        """The pieces in order, and the position at which the epoch begins."""
        rng = np.random.default_rng([self.seed, self.number])
        repeated = _repeated(self.dataset.of_split("train"), rng)
        music = _Joined([repeated[i] for i in rng.permutation(len(repeated))])
        return music, music.length - int(rng.integers(music.length))

    def batches(self, lanes: int, segment: int, steps: int, first: int = 0, shard: Shard = WHOLE) -> Iterator[Batch]:
        """Yield segments of a shard of the parallel lanes, and the next ids, from the batch `first` on.

        Both have the shape `(lanes, segment)`; segments have a third axis for what the architecture remembers. The
        lanes begin at equal distances of `steps * segment` tokens. Labels make music longer, so that the end of each
        stretch is left out, another one in every epoch. Weights below 1 leave out pieces at random: if the music is too
        short, the circle repeats it.
        """
        readers = {number: _Lane(self) for number in shard.of_rows(lanes)}
        latest: NDArray[np.int32] | None = None
        for step in range(first - first % STRETCH_STEPS, steps):
            if latest is None or step % STRETCH_STEPS == 0:
                for number, reader in readers.items():
                    reader.go_to((number * steps + step) * segment)
                latest = np.stack([reader.read(1) for reader in readers.values()])
            rows = np.concatenate([latest, np.stack([reader.read(segment) for reader in readers.values()])], axis=1)
            latest = rows[:, -1:]
            if step >= first:
                yield rows[:, :-1], rows.reshape(*rows.shape[:2], -1)[:, 1:, 0]

    def place(self, position: int) -> tuple[int, int]:
        """Return the number of the piece at a position of the epoch, and the offset in it."""
        music, begin = self._order
        return music.place((begin + position) % music.length)

    def length_of(self, number: int) -> int:
        """Return the number of ids of a piece in the data set."""
        return self._order[0].pieces[number].length

    def rows_of(self, number: int) -> NDArray[np.int32]:
        """Return the input of the network for the piece with this number, which begins anew behind the last one."""
        rng = np.random.default_rng([self.seed, self.number, 1, number])
        music, _ = self._order
        piece: Ids = self.dataset.ids_of(music.pieces[number])
        encoding, architecture = self.dataset.encoding, self.architecture
        if self.transpose:
            piece = in_random_key(encoding, piece, rng)
        if encoding in BAR_ENCODINGS:
            with_labels = labelled(piece, rng)
            rows = readings(architecture, with_labels.ids, (with_labels.shown, with_labels.relations))
        else:
            rows = readings(architecture, piece)
        if architecture.recall_from is not None:
            hide_runs(rows, architecture.classes, self.hide_recall, rng, 5 if architecture.intervals else 3)
        return rows

    def after(self, number: int) -> int:
        """Return the number of the piece that follows one."""
        return (number + 1) % len(self._order[0].pieces)


class _Lane:
    """Reads an epoch from some position on; it holds one piece at a time."""

    def __init__(self, epoch: Epoch) -> None:
        self._epoch = epoch
        self._piece: int | None = None
        self._rows: NDArray[np.int32] = np.zeros(0, np.int32)
        self._next = 0

    def go_to(self, position: int) -> None:
        """Go to a position, counted in ids of the data set: the same share of the piece with its labels lies before."""
        number, offset = self._epoch.place(position)
        self._take(number)
        self._next = offset * len(self._rows) // self._epoch.length_of(number)

    def read(self, count: int) -> NDArray[np.int32]:
        """Return the next rows of the network's input."""
        parts = []
        while count > 0:
            if self._next == len(self._rows):
                assert self._piece is not None
                self._take(self._epoch.after(self._piece))
                self._next = 0
            parts.append(self._rows[self._next : self._next + count])
            self._next += len(parts[-1])
            count -= len(parts[-1])
        return np.concatenate(parts)

    def _take(self, number: int) -> None:
        if number != self._piece:
            self._piece, self._rows = number, self._epoch.rows_of(number)


def _repeated(pieces: list[Piece], rng: np.random.Generator) -> list[Piece]:
    """Repeat every piece by its weight; the fraction of a weight is the probability of one more time."""
    repeated = [piece for piece in pieces for _ in range(int(piece.weight + (piece.weight % 1 and rng.random())))]
    return repeated or pieces
