"""Runs a network on its own choices: a prompt in, notes out, one token at a time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from musicgen_live.encodings import bar_tokens
from musicgen_live.model.lstm import Predictor, Recalling
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import Note

_BAR = bar_tokens.ids_of("bar")
"""Ids below are those of control tokens."""


@dataclass(frozen=True)
class Step:
    """What one token added: its id, the notes it completed, and the tick before which all is decided."""

    token_id: int
    notes: tuple[Note, ...]
    until_tick: int


class RecallDropout:
    """A predictor that does not look back in a share of the bars, or of stretches of ids, drawn by chance.

    What a network has just made is not as good as what it was trained on, but recall shows it as if it were: left
    alone, music goes round in its own first bars.
    """

    def __init__(self, predictor: Recalling, share: float, seed: int, stretch: int | None = None) -> None:
        """`share` of the bars, 0 to 1; it may be changed at any time, and so may `random`, which draws them.

        Where there are no bars, `stretch` says how many ids are as one. `read` counts them.
        """
        self.share = share
        self.random = random.Random(seed)
        self.read = 0
        self._stretch = stretch
        self._predictor = predictor
        self._seed = seed

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next."""
        if token_id in _BAR if self._stretch is None else self.read % self._stretch == 0:
            self._predictor.looks_back = self.random.random() >= self.share
        self.read += 1
        return self._predictor.step(token_id)

    def reset(self) -> None:
        """Forget everything read."""
        self._predictor.reset()
        self._predictor.looks_back = True
        self.random = random.Random(self._seed)
        self.read = 0


class HeaderReminder:
    """A predictor that is told a header again, before a bar, whenever so many bars were read since it was told one."""

    def __init__(self, predictor: Predictor, header: Sequence[int], every_bars: int) -> None:
        """`every_bars` from 1, or 0 for never. What is public here may be changed at any time."""
        self.header = tuple(header)
        self.every_bars = every_bars
        self.is_due = False
        """Whether the header is told before the next bar, however many bars were read."""
        self.bars = 0
        """How many were read since a header was told."""
        self._predictor = predictor

    def step(self, token_id: int) -> Floats:
        """Read one id, and a header before it if it is time; return the logits of the next."""
        if token_id in _BAR:
            if self.is_due or 0 < self.every_bars <= self.bars:
                for said in self.header:
                    self._predictor.step(said)
                self.bars, self.is_due = 0, False
            self.bars += 1
        elif token_id < _BAR.start:
            self.bars = 0
        return self._predictor.step(token_id)

    def reset(self) -> None:
        """Forget everything read."""
        self.bars, self.is_due = 0, False
        self._predictor.reset()
