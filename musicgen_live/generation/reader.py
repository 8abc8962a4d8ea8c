"""The network of a take, with recall dropout and reminders of the header."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from musicgen_live.encodings.stateful import restore_all, snapshot_all
from musicgen_live.generation.bar_guide import BarGuide
from musicgen_live.generation.conditioning import HeaderReminder, RecallDropout
from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import Predictor, predictor, read_all
from musicgen_live.model.state import Floats
from musicgen_live.music.form import UNPLANNED, PlannedBar

STRETCH_IDS = 8
"""The number of ids that recall dropout treats as a bar in music without bars: a bar of eighths."""


@dataclass(frozen=True)
class Pending:
    """An id to read, and for a bar token the plan of its bar and the bars up to the end of the take."""

    token_id: int
    plan: PlannedBar = UNPLANNED
    bars_left: int | None = None


@dataclass(frozen=True)
class ReaderSnapshot:
    """The state of a reader."""

    pending: Pending | None
    logits: Floats | None
    parts: tuple[Any, ...]


class NetworkReader:
    """Reads ids one at a time and predicts the next.

    It reads an id only when it needs the prediction, so that a reminder requested in between comes before the id.
    """

    def __init__(self, network: Network, *, has_bars: bool) -> None:
        """Begin without dropout and reminders; only music with bars can have reminders and plans."""
        plain = predictor(network)
        self._dropout = RecallDropout(plain, 0.0, 0, None if has_bars else STRETCH_IDS)
        self._guide = BarGuide(self._dropout, plain.remembered)
        self._reminder = HeaderReminder(self._guide, (), 0)
        self._plain = plain
        self._parts = (plain, self._dropout, self._guide, self._reminder)
        self._outermost: Predictor = self._reminder if has_bars else self._dropout
        self._pending: Pending | None = None
        self._logits: Floats | None = None

    def remember(self, bars: Iterable[int]) -> None:
        """Remember bars before the prompt, which can return, without the network reading them."""
        self._guide.remember(bars)

    def read(self, prompt: Iterable[int]) -> None:
        """Read a prompt of at least one id; ValueError if it is empty."""
        self._logits = self._plain.read_together(lambda: read_all(self._outermost, prompt))

    def advance(self, token_id: int, plan: PlannedBar = UNPLANNED, bars_left: int | None = None) -> None:
        """Read one more id, once `logits` or the next id asks for it.

        Before the token of a bar, give its plan, and the number of bars up to the end of the take.
        """
        self.logits()
        self._pending = Pending(token_id, plan, bars_left)

    def logits(self) -> Floats:
        """Return the logits of the next id, `(classes,)`; ValueError if nothing was read."""
        if self._pending is not None:
            self._guide.plan, self._guide.bars_left = self._pending.plan, self._pending.bars_left
            self._logits, self._pending = self._outermost.step(self._pending.token_id), None
        if self._logits is None:
            raise ValueError("the network has read nothing yet")
        return self._logits

    @property
    def header(self) -> tuple[int, ...]:
        """The header that reminders repeat."""
        return self._reminder.header

    def hide_recall(self, share: float) -> None:
        """Hide recall in this share of the bars, or of stretches of 8 ids, 0 to 1, from the next one on."""
        self._dropout.share = share

    def refer_by(self, tokens_a_bar: int) -> None:
        """Count bars of so many bar tokens: 2 in time signatures that the encoding divides."""
        self._guide.tokens_a_bar = tokens_a_bar

    def seed(self, seed: int) -> None:
        """Draw the bars without recall by another seed."""
        self._dropout.random = random.Random(seed)

    def remind(self, header: Sequence[int], every_bars: int, *, now: bool = False) -> None:
        """Read a header again every few bars, 0 for never; with `now`, before the next bar too."""
        self._reminder.header, self._reminder.every_bars = tuple(header), every_bars
        self._reminder.is_due = self._reminder.is_due or now

    def snapshot(self) -> ReaderSnapshot:
        """Return the state."""
        return ReaderSnapshot(self._pending, self._logits, snapshot_all(self._parts))

    def restore(self, state: ReaderSnapshot) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        self._pending, self._logits = state.pending, state.logits
        restore_all(self._parts, state.parts)
