"""Limits on music in bars: each removes ids from the mask of the grammar.

Each limit looks one token ahead, so that neither one nor several together leave a mask empty: a position is allowed
only where a note may begin, a velocity only where a note may follow, and a bar may always end. Notes that the limits
exclude are thus rests.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Protocol

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.stateful import Stateful, Stateless, restore_all, snapshot_all
from musicgen_live.generation.grammar import Grammar, Mask
from musicgen_live.generation.repetition_guard import RepetitionGuard

_BAR, _POSITION, _HAND = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position"), bar_tokens.ids_of("hand")
_PITCH = bar_tokens.ids_of("pitch")


class Constraint(Stateful[Any], Protocol):
    """Follows a sequence of ids, as a grammar does, and narrows its masks."""

    def reset(self) -> None:
        """Begin before the first bar."""
        ...

    def advance(self, token_id: int) -> None:
        """Follow an id that was allowed."""
        ...

    def narrow(self, mask: Mask) -> None:
        """Remove ids from a mask `(classes,)` in place, never the last one."""
        ...


class Constrained:
    """A grammar narrowed by constraints, itself a grammar."""

    def __init__(self, grammar: Grammar, constraints: Sequence[Constraint]) -> None:
        self._grammar = grammar
        self._constraints = tuple(constraints)

    def reset(self, prompt: Sequence[int] = ()) -> None:
        """Begin again after a prompt, of which no note is held over."""
        self._grammar.reset(prompt)
        for constraint in self._constraints:
            constraint.reset()

    def follow(self, earlier: Sequence[int], latest: Sequence[int] | None = None) -> None:
        """Follow music before that prompt: its sounding notes and its latest onsets count for the limits.

        `latest` are the last of its ids, as far back as a limit looks; guards against repetition look at all of them.
        """
        latest = earlier if latest is None else latest
        for constraint in self._constraints:
            for token_id in earlier if isinstance(constraint, RepetitionGuard) else latest:
                constraint.advance(token_id)

    def advance(self, token_id: int) -> None:
        """Follow an id that was allowed."""
        self._grammar.advance(token_id)
        for constraint in self._constraints:
            constraint.advance(token_id)

    def allowed(self) -> Mask:
        """Return a new mask `(classes,)`, true for every id that may follow."""
        mask = self._grammar.allowed()
        for constraint in self._constraints:
            constraint.narrow(mask)
        return mask

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state."""
        return snapshot_all((self._grammar, *self._constraints))

    def restore(self, state: tuple[Any, ...]) -> None:
        """Return to a state."""
        restore_all((self._grammar, *self._constraints), state)


class AnyOf(Stateless):
    """A grammar in which any token of a set may follow any other."""

    def __init__(self, mask: Mask) -> None:
        """Allow the ids for which a mask `(classes,)` is true; ValueError if there are none."""
        if not mask.any():
            raise ValueError("no token is allowed")
        self._mask = mask

    def reset(self, prompt: Sequence[int] = ()) -> None:
        """Do nothing: no id counts."""

    def advance(self, token_id: int) -> None:
        """Do nothing: no id counts."""

    def allowed(self) -> Mask:
        """Return a new mask `(classes,)`, always the same."""
        return self._mask.copy()


class FixedMask(Stateless):
    """A mask that always holds: ids for which it is false are never allowed."""

    def __init__(self, mask: Mask) -> None:
        """Use a mask `(classes,)`."""
        self._mask = mask

    def reset(self) -> None:
        """Do nothing: no id counts."""

    def advance(self, token_id: int) -> None:
        """Do nothing: no id counts."""

    def narrow(self, mask: Mask) -> None:
        """Remove the ids that are never allowed."""
        mask &= self._mask


class BarOrder:
    """Allows the token of the next bar alone: the pieces of a long bar, such as 4/4 and 3/4 of 7/4, take turns."""

    def __init__(self, bar_ids: Sequence[int]) -> None:
        """Allow one id of a bar token, or two in turn, the first at a bar line."""
        self._next_of = dict(zip(bar_ids, [*bar_ids[1:], bar_ids[0]], strict=True))
        self._first = bar_ids[0]
        self.reset()

    def reset(self) -> None:
        """Begin at a bar line."""
        self._next = self._first

    def advance(self, token_id: int) -> None:
        """Follow a bar."""
        self._next = self._next_of.get(token_id, self._next)

    def narrow(self, mask: Mask) -> None:
        """Remove all other bars."""
        allowed = mask[self._next]
        mask[_BAR.start : _BAR.stop] = False
        mask[self._next] = allowed

    def snapshot(self) -> int:
        """Return the state."""
        return self._next

    def restore(self, state: int) -> None:
        """Return to a state."""
        self._next = state


class EarliestPosition:
    """Allows onsets in the open bar only from a position on, because the time before has passed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Allow all positions."""
        self._unit = self._now = 0

    def set(self, unit: int) -> None:
        """Forbid positions before a unit of the open bar; the bars after it are free."""
        self._unit = unit

    def advance(self, token_id: int) -> None:
        """Follow the positions of the bar to its end."""
        if token_id in _BAR:
            self.reset()
        elif token_id in _POSITION:
            self._now = bar_tokens.POSITIONS[token_id - _POSITION.start]

    def narrow(self, mask: Mask) -> None:
        """Remove the positions before the earliest one, and further notes at one of them."""
        if self._now < self._unit:
            mask[_HAND.start : _PITCH.stop] = False
            mask[_POSITION.start : _POSITION.start + bisect_left(bar_tokens.POSITIONS, self._unit)] = False

    def snapshot(self) -> tuple[int, int]:
        """Return the state."""
        return self._unit, self._now

    def restore(self, state: tuple[int, int]) -> None:
        """Return to a state."""
        self._unit, self._now = state
