"""Wrappers of a network that change what it reads: some bars without recall, and its header repeated."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from musicgen_live.encodings import bar_tokens
from musicgen_live.model.predictors import Predictor, RememberingPredictor
from musicgen_live.model.state import Floats

_BAR = bar_tokens.ids_of("bar")
"""Lower ids are those of control tokens."""


class RecallDropout:
    """A predictor that hides recall in a share of the bars, or of stretches of ids, drawn at random.

    With recall on all the time, a network repeats its own first bars; hiding it at random prevents that. The output of
    a network is worse than its training music, but recall presents both alike.
    """

    def __init__(self, predictor: RememberingPredictor, share: float, seed: int, stretch: int | None = None) -> None:
        """Hide recall in `share` of the bars, 0 to 1; without bars, in that share of stretches of `stretch` ids.

        Callers may change `share` and `random`, which draws the bars, at any time. `read` counts the ids.
        """
        self.share = share
        self.random = random.Random(seed)
        self.read = 0
        self._stretch = stretch
        self._predictor = predictor

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, `(classes,)`."""
        if token_id in _BAR if self._stretch is None else self.read % self._stretch == 0:
            self._predictor.remembered.shows_recall = self.random.random() >= self.share
        self.read += 1
        return self._predictor.step(token_id)

    def snapshot(self) -> tuple[float, int, tuple[Any, ...]]:
        """Return the state, without that of the predictor inside."""
        return self.share, self.read, self.random.getstate()

    def restore(self, state: tuple[float, int, tuple[Any, ...]]) -> None:
        """Return to a state."""
        self.share, self.read, draws = state
        self.random.setstate(draws)


class HeaderReminder:
    """A predictor that reads its header again, before a bar, every few bars."""

    def __init__(self, predictor: Predictor, header: Sequence[int], every_bars: int) -> None:
        """Read the header again after `every_bars` bars, from 1; 0 for never. All public attributes may change."""
        self.header = tuple(header)
        self.every_bars = every_bars
        self.is_due = False
        """True to read the header before the next bar, however many bars were read."""
        self.bars = 0
        """The number of bars read since the last header."""
        self._predictor = predictor

    def step(self, token_id: int) -> Floats:
        """Read one id, and the header before it if that is due; return the logits of the next id, `(classes,)`."""
        if token_id in _BAR:
            if self.is_due or 0 < self.every_bars <= self.bars:
                for control_id in self.header:
                    self._predictor.step(control_id)
                self.bars, self.is_due = 0, False
            self.bars += 1
        elif token_id < _BAR.start:
            self.bars = 0
        return self._predictor.step(token_id)

    def snapshot(self) -> tuple[tuple[int, ...], int, bool, int]:
        """Return the state, without that of the predictor inside."""
        return self.header, self.every_bars, self.is_due, self.bars

    def restore(self, state: tuple[tuple[int, ...], int, bool, int]) -> None:
        """Return to a state."""
        self.header, self.every_bars, self.is_due, self.bars = state
