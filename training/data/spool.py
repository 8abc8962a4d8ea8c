"""Keeps the tokens of files on disk as numbers, in the order in which they come, until all tokens are known."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.files import existing_folder
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import TrainingError

from .dataset import Ids, writing_to

_MOST_CLASSES = 1 << 16
_NUMBER = np.dtype(np.uint32)


class Spool:
    """A temporary file of sequences of numbers, which vanishes with the process, however that ends."""

    def __init__(self, out: Path, vocabulary: Vocabulary | None) -> None:
        """Open a spool for a data set to be written to `out`, whose vocabulary may be unknown yet.

        TrainingError if the file cannot be made.
        """
        self._out, self._vocabulary = out, vocabulary
        self._numbers: dict[str, int] = {}
        self._ends = array("Q", [0])
        with writing_to(out):
            self._file = tempfile.TemporaryFile(dir=existing_folder(out))  # noqa: SIM115 (closed by `close`)

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._file.close()

    def numbers_of(self, tokens: Iterable[str]) -> NDArray[np.uint32]:
        """Return a number for each token: its id if the vocabulary is known; KeyError if it lacks the token."""
        if self._vocabulary is not None:
            return np.array(self._vocabulary.encode(tokens), _NUMBER)
        numbers = self._numbers
        return np.array([numbers.setdefault(token, len(numbers)) for token in tokens], _NUMBER)

    def append(self, numbers: NDArray[np.integer]) -> int:
        """Write a sequence behind all others, and return its place: 0, 1, ...; TrainingError if the disk is full."""
        with writing_to(self._out):
            self._file.write(numbers.astype(_NUMBER).tobytes())
        self._ends.append(self._ends[-1] + len(numbers))
        return len(self._ends) - 2

    def length_of(self, place: int) -> int:
        """Return the length of the sequence at a place."""
        return self._ends[place + 1] - self._ends[place]

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary: the tokens so far, sorted, if it was not known; TrainingError if they are too many."""
        if self._vocabulary is not None:
            return self._vocabulary
        if len(self._numbers) > _MOST_CLASSES:
            raise TrainingError(
                f"these files hold {len(self._numbers):,} different notes and chords, and at most {_MOST_CLASSES:,} "
                "can be told apart; say --encoding bars"
            )
        return Vocabulary.of([list(self._numbers)])

    def ids(self, places: Iterable[int]) -> Iterator[Ids]:
        """Yield the ids of the sequences at some places, one by one."""
        vocabulary = self.vocabulary()
        known = list(vocabulary.tokens) if self._vocabulary is not None else list(self._numbers)
        table = np.array(vocabulary.encode(known), np.uint16)
        with writing_to(self._out):
            self._file.flush()
        for place in places:
            self._file.seek(self._ends[place] * _NUMBER.itemsize)
            yield table[np.frombuffer(self._file.read(self.length_of(place) * _NUMBER.itemsize), _NUMBER)]
