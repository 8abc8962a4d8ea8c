"""Draws whole pieces at random, for measurements whose cost would otherwise grow with the data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.dataset import Piece


@dataclass(frozen=True)
class Sample:
    """Pieces, and the number of pieces and tokens that they were drawn from."""

    pieces: tuple[Piece, ...]
    of_pieces: int
    of_tokens: int

    @property
    def tokens(self) -> int:
        """The number of tokens of the pieces drawn."""
        return sum(piece.length for piece in self.pieces)


def drawn(pieces: Sequence[Piece], most_tokens: int, seed: int = 0) -> Sample:
    """Return pieces of at most `most_tokens` together, but at least one, in their order; the same for the same seed.

    All are returned if they have no more tokens.
    """
    total = sum(piece.length for piece in pieces)
    chosen = list(range(len(pieces)))
    if total > most_tokens:
        order = np.random.default_rng(seed).permutation(len(pieces)).tolist()
        ends = np.cumsum([pieces[number].length for number in order])
        chosen = sorted(order[: max(1, int(ends.searchsorted(most_tokens, "right")))])
    return Sample(tuple(pieces[number] for number in chosen), len(pieces), total)
