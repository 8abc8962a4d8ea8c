"""A wrapper of a network that tells it, before a bar, what is planned: marks, and the earlier bar to answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import BARS_LEFT
from musicgen_live.model.predictors import Predictor
from musicgen_live.model.reference import Reference
from musicgen_live.model.remembered import Remembered
from musicgen_live.model.state import Floats
from musicgen_live.music.form import UNPLANNED, PlannedBar

_BAR = bar_tokens.ids_of("bar")
_PHRASE_END = bar_tokens.ids_of("phrase").start

KEPT_BARS = 256
"""The bar tokens that can be referred to at least: those of 128 bars of 7/4, which have two each."""


def bars_left_id(bars: int) -> int | None:
    """Return the id of the mark for a bar with this many bars up to the end, itself included; None without one."""
    return bar_tokens.ids_of("bars-left")[BARS_LEFT.index(bars)] if bars in BARS_LEFT else None


@dataclass(frozen=True)
class GuideState:
    """The state of a `BarGuide`."""

    plan: PlannedBar
    bars_left: int | None
    bars: int
    length: int


class BarGuide:
    """Reads ids; before the token of a bar it has the network read marks, and gives it the bar's reference."""

    def __init__(self, predictor: Predictor, remembered: Remembered) -> None:
        """Begin without a plan, around a predictor whose other inputs are `remembered`."""
        self.plan = UNPLANNED
        """The plan of the next bar; of the tokens that follow within a bar such as 7/4 too."""
        self.bars_left: int | None = None
        """The number of bars up to the end of the take, the next one included; None if there is no end."""
        self.tokens_a_bar = 1
        """The number of bar tokens in a bar: 2 in time signatures that the encoding divides."""
        self._predictor, self._remembered = predictor, remembered
        self._bars: list[list[int]] = []
        self._forgotten = 0

    def step(self, token_id: int) -> Floats:
        """Read one id; return the logits of the next, `(classes,)`."""
        if token_id in _BAR:
            self._begin_bar(token_id)
        self._keep(token_id)
        return self._predictor.step(token_id)

    def remember(self, ids: Iterable[int]) -> None:
        """Remember bars that can be recalled and referred to, without the network reading them."""
        for token_id in ids:
            self._remembered.read(token_id)
            self._keep(token_id)

    def _keep(self, token_id: int) -> None:
        if token_id in _BAR:
            self._bars.append([])
            if len(self._bars) == 2 * KEPT_BARS:
                del self._bars[:KEPT_BARS]
                self._forgotten += KEPT_BARS
        if token_id >= _BAR.start and self._bars:
            self._bars[-1].append(token_id)

    def _begin_bar(self, bar_id: int) -> None:
        marks = [] if self.bars_left is None else [bars_left_id(self.bars_left)]
        if self.plan.ends_phrase:
            marks.append(_PHRASE_END)
        for mark in marks:
            if mark is not None:
                self._predictor.step(mark)
        self._remembered.reference = self._reference(bar_id)
        self.plan = UNPLANNED
        self.bars_left = None

    def _reference(self, bar_id: int) -> Reference | None:
        """Return the reference of the bar that begins, or None if nothing is planned or its bar is forgotten."""
        plan = self.plan
        if plan.relation == "new":
            return Reference("new")
        at = len(self._bars) - plan.distance_bars * self.tokens_a_bar
        if plan.relation == "none" or not 0 <= at < len(self._bars):
            return None
        following = self._bars[at + 1][0] if at + 1 < len(self._bars) else bar_id
        return Reference(plan.relation, self._bars[at][1:], following, plan.semitones)

    def snapshot(self) -> GuideState:
        """Return the state, without that of the predictor inside."""
        length = len(self._bars[-1]) if self._bars else 0
        return GuideState(self.plan, self.bars_left, self._forgotten + len(self._bars), length)

    def restore(self, state: GuideState) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on."""
        self.plan, self.bars_left = state.plan, state.bars_left
        del self._bars[max(0, state.bars - self._forgotten) :]
        if self._bars:
            del self._bars[-1][state.length :]
