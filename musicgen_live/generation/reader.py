"""A network as music has it read: reminded, varied, and able to go back to what it had read before."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from musicgen_live.generation.conditioning import HeaderReminder, RecallDropout
from musicgen_live.model import lstm
from musicgen_live.model.lstm import Network, Predictor
from musicgen_live.model.state import Floats

STRETCH_IDS = 8
"""What counts as a bar where there are none: a bar of eighths."""


@dataclass(frozen=True)
class ReaderSnapshot:
    """All that a reader has of what it read, and how it reads on."""

    network: lstm.Snapshot
    share: float
    random: tuple[Any, ...]
    read: int
    header: tuple[int, ...]
    every_bars: int
    bars: int
    is_due: bool


class NetworkReader:
    """Reads ids one at a time and predicts the next; how it does may be changed from id to id."""

    def __init__(self, network: Network, *, has_bars: bool) -> None:
        """Without reminders, which only music that `has_bars` can have, and variation."""
        self._plain = lstm.predictor(network)
        self._varied = RecallDropout(self._plain, 0.0, 0, None if has_bars else STRETCH_IDS)
        self._reminded = HeaderReminder(self._varied, (), 0)
        self._reader: Predictor = self._reminded if has_bars else self._varied

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, shape `(classes,)`."""
        return self._reader.step(token_id)

    def reset(self) -> None:
        """Forget everything read."""
        self._reader.reset()

    @property
    def header(self) -> tuple[int, ...]:
        """What it is reminded of."""
        return self._reminded.header

    def vary(self, share: float) -> None:
        """From the next bar on, do not look back in this share of the bars, or stretches of 8 ids, 0 to 1."""
        self._varied.share = share

    def seed(self, seed: int) -> None:
        """Draw those bars by another seed."""
        self._varied.random = random.Random(seed)

    def remind(self, header: Sequence[int], every_bars: int, *, now: bool = False) -> None:
        """Tell a header whenever so many bars were read, 0 for never; and `now`, before the next bar."""
        self._reminded.header, self._reminded.every_bars = tuple(header), every_bars
        self._reminded.is_due = self._reminded.is_due or now

    def snapshot(self) -> ReaderSnapshot:
        """What it has of what was read until now, to go back to."""
        told = self._reminded
        return ReaderSnapshot(
            self._plain.snapshot(),
            self._varied.share,
            self._varied.random.getstate(),
            self._varied.read,
            told.header,
            told.every_bars,
            told.bars,
            told.is_due,
        )

    def restore(self, memory: ReaderSnapshot) -> None:
        """Forget what was read since this was its memory; it has to be one of what was read before."""
        self._plain.restore(memory.network)
        self._varied.share = memory.share
        self._varied.random.setstate(memory.random)
        self._varied.read = memory.read
        self.remind(memory.header, memory.every_bars)
        self._reminded.bars, self._reminded.is_due = memory.bars, memory.is_due
