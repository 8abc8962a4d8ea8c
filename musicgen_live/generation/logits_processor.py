"""Turns what a network predicts into what a sampler may choose from: grammar and limits, then the biases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.stateful import restore_all, snapshot_all
from musicgen_live.generation.chord_bias import LogitBias
from musicgen_live.generation.constraints import Constrained, EarliestPosition
from musicgen_live.generation.ending import Ending
from musicgen_live.generation.grammar import masked
from musicgen_live.generation.line_bias import ClashBias, RepetitionBias
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.register_bias import RegisterBias
from musicgen_live.model.state import Floats
from musicgen_live.music.scales import Key

_BAR = bar_tokens.ids_of("bar")
_A_BAR = _BAR[:1]


class LogitsProcessor:
    """The mask and the bias of a performance, which follow the ids that are taken."""

    def __init__(self, performance: Performance, tick: int) -> None:
        """Begin at a tick, in music with bars at a bar line, as if nothing had sounded before."""
        self._performance = performance
        self._earliest = EarliestPosition()
        self._bias: LogitBias | None = performance.bias(tick)
        self._shaping = performance.shaping()
        self._register = next((bias for bias in self._shaping if isinstance(bias, RegisterBias)), None)
        self._ending = Ending(performance.plan.opening_key)
        self._grammar = performance.grammar(before=(self._earliest,), after=(self._ending,))
        if self._grammar:
            self._grammar.reset(_A_BAR)

    def follow(
        self,
        earlier: Sequence[int],
        open_bar: Iterable[int] = (),
        bars_left: int | None = None,
        *,
        latest: Sequence[int] | None = None,
        is_new: bool = False,
    ) -> None:
        """Follow ids that were taken already, in music with bars those before the open bar apart from it.

        Chords do not follow them, as their time is given. `bars_left` are those up to the end of the take, the open
        bar included; None for no end. `latest` are the last of the earlier ids, as far back as notes can sound and
        limits look; without it, they are all looked at. If `is_new`, the music begins again behind the earlier ids,
        which then count for the limits alone.
        """
        if isinstance(self._grammar, Constrained):
            self._grammar.follow(earlier, latest)
        latest = earlier if latest is None else latest
        for bias in () if is_new else self._shaping:
            if isinstance(bias, RepetitionBias):
                bias.follow(earlier)
                continue
            for token_id in latest if isinstance(bias, ClashBias) else earlier:
                bias.advance(token_id)
        for token_id in open_bar:
            if token_id in _BAR:
                self.begin_bar(bars_left)
            self.advance(token_id)

    def advance(self, token_id: int) -> None:
        """Follow an id that was taken."""
        if self._grammar:
            self._grammar.advance(token_id)
        if self._bias:
            self._bias.advance(token_id)
        for bias in self._shaping:
            bias.advance(token_id)

    def settle(self, pitches: Sequence[int]) -> None:
        """Stay in the register of a musician's pitches, which were followed, from here on."""
        if self._register is not None:
            self._register.settle(pitches)

    def keep_register(self, before: LogitsProcessor) -> None:
        """Stay in the register of a processor that has followed the same music."""
        if self._register is not None and before._register is not None:
            self._register.restore(before._register.snapshot())

    def process(self, logits: Floats, *, end_bar: bool) -> Floats | None:
        """Return logits `(classes,)` for the sampler, or None if nothing may follow.

        With `end_bar`, only a bar line may follow, where one may.
        """
        if self._grammar:
            mask = self._grammar.allowed()
            if end_bar and mask[_BAR.start : _BAR.stop].any():
                mask[: _BAR.start] = mask[_BAR.stop :] = False
            if not mask.any():
                return None
            logits = masked(logits, mask)
        for bias in self._shaping:
            logits = bias.apply(logits)
        return self._ending.apply(self._bias.apply(logits) if self._bias else logits)

    def begin_bar(self, bars_left: int | None, heard: Key | None = None) -> None:
        """Expect a bar, or the second half of one, with so many bars up to the end of the take; None for no end.

        Give the key of the music so far where the end is near, 2 bars or 1.
        """
        self._ending.begin_bar(bars_left, heard)

    def rest_until(self, unit: int) -> None:
        """Forbid onsets before a unit of the open bar."""
        self._earliest.set(unit)

    def move_bias(self, tick: int) -> None:
        """Begin the chords of music without bars at another tick."""
        self._bias = self._performance.bias(tick)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state."""
        grammar, bias = self._grammar, self._bias
        return (
            grammar.snapshot() if grammar else None,
            bias,
            bias.snapshot() if bias else None,
            snapshot_all(self._shaping),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Return to a state."""
        grammar, self._bias, bias, shaping = state
        if self._grammar:
            self._grammar.restore(grammar)
        if self._bias:
            self._bias.restore(bias)
        restore_all(self._shaping, shaping)
