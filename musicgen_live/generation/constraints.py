"""Limits on music in bars, each as ids taken out of a row of what the grammar allows.

Every one of them looks one token ahead, so that none of them, nor any number of them together, leaves a row empty: a
place in the bar is only allowed where a note may be struck, a change of velocity only where a note may follow, and a
bar may always end. What cannot be played as asked for is thus a rest.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.stateful import Stateful, Stateless, restore_all, snapshot_all
from musicgen_live.generation.grammar import Grammar, Mask

_BAR, _POSITION, _HAND = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position"), bar_tokens.ids_of("hand")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")
_DURATION = bar_tokens.ids_of("duration")
_BAR_UNITS = tuple(map(bar_tokens.units_of, bar_tokens.TIME_SIGNATURES))


class Constraint(Stateful[Any], Protocol):
    """Follows a sequence of ids, as a grammar does, and narrows what it allows."""

    def reset(self) -> None:
        """Begin before the first bar."""
        ...

    def advance(self, token_id: int) -> None:
        """Go on by an id that was allowed."""
        ...

    def narrow(self, mask: Mask) -> None:
        """Take ids out of a row `(classes,)` in place, never the last one."""
        ...


class Constrained:
    """A grammar and constraints, which is a grammar."""

    def __init__(self, grammar: Grammar, constraints: Sequence[Constraint]) -> None:
        self._grammar = grammar
        self._constraints = tuple(constraints)

    def reset(self, prompt: Sequence[int] = ()) -> None:
        """Begin anew behind a prompt, of which nothing is heard and nothing is held on."""
        self._grammar.reset(prompt)
        for constraint in self._constraints:
            constraint.reset()

    def follow(self, token_ids: Iterable[int]) -> None:
        """Take ids as heard before that prompt: what sounds on and what was struck of late narrows what comes."""
        for token_id in token_ids:
            for constraint in self._constraints:
                constraint.advance(token_id)

    def advance(self, token_id: int) -> None:
        """Go on by an id that was allowed."""
        self._grammar.advance(token_id)
        for constraint in self._constraints:
            constraint.advance(token_id)

    def allowed(self) -> Mask:
        """A new row, `(classes,)`, true for every id that may follow."""
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
    """The grammar of an encoding in which any of some tokens may follow any other."""

    def __init__(self, row: Mask) -> None:
        """`row`, `(classes,)`, is true for these ids; ValueError if there are none."""
        if not row.any():
            raise ValueError("no token is allowed")
        self._row = row

    def reset(self, prompt: Sequence[int] = ()) -> None:
        """Remember nothing."""

    def advance(self, token_id: int) -> None:
        """Remember nothing."""

    def allowed(self) -> Mask:
        """A new row, `(classes,)`, always the same."""
        return self._row.copy()


class FixedMask(Stateless):
    """Ids that are never allowed; a row of what is, `(classes,)`, says which."""

    def __init__(self, row: Mask) -> None:
        self._row = row

    def reset(self) -> None:
        """Remember nothing."""

    def advance(self, token_id: int) -> None:
        """Remember nothing."""

    def narrow(self, mask: Mask) -> None:
        """Take out what is never allowed."""
        mask &= self._row


class PitchSet:
    """Only some pitches, at least one: those of a key, of a range."""

    def __init__(self, pitches: Sequence[int]) -> None:
        """`pitches` from 0 to 127; ValueError if there are none, as no note could then be struck."""
        if not pitches:
            raise ValueError("no pitch is allowed")
        self._never = np.ones(len(_PITCH), np.bool_)
        self._never[list(pitches)] = False
        self._highest = max(pitches)
        self._next = 0

    def reset(self) -> None:
        """Begin before the first bar."""
        self._next = 0

    def advance(self, token_id: int) -> None:
        """Remember above which pitch the next one of this onset lies."""
        if token_id in _PITCH:
            self._next = token_id - _PITCH.start + 1
        elif token_id in _POSITION or token_id in _HAND:
            self._next = 0

    def narrow(self, mask: Mask) -> None:
        """Take out the other pitches, and a change of velocity where no pitch is left."""
        mask[_PITCH.start : _PITCH.stop][self._never] = False
        if self._next > self._highest:
            mask[_VELOCITY.start : _VELOCITY.stop] = False

    def snapshot(self) -> int:
        """Return the state."""
        return self._next

    def restore(self, state: int) -> None:
        """Return to a state."""
        self._next = state


class EarliestPosition:
    """Nothing more begins before a place in the bar that has begun, as the time for it has gone by."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget that place."""
        self._unit = self._now = 0

    def set(self, unit: int) -> None:
        """From here on, nothing before this unit of the bar; what follows the bar is free."""
        self._unit = unit

    def advance(self, token_id: int) -> None:
        """Follow the places of the bar to its end."""
        if token_id in _BAR:
            self.reset()
        elif token_id in _POSITION:
            self._now = bar_tokens.POSITIONS[token_id - _POSITION.start]

    def narrow(self, mask: Mask) -> None:
        """Take out the positions before that place, and further notes at one of them."""
        if self._now < self._unit:
            mask[_HAND.start : _PITCH.stop] = False
            mask[_POSITION.start : _POSITION.start + bisect_left(bar_tokens.POSITIONS, self._unit)] = False

    def snapshot(self) -> tuple[int, int]:
        """Return the state."""
        return self._unit, self._now

    def restore(self, state: tuple[int, int]) -> None:
        """Return to a state."""
        self._unit, self._now = state


class _Position:
    """Where the music is, in units from the first bar line."""

    def __init__(self) -> None:
        self.bar = self.now = self._next_bar = 0

    def advance(self, token_id: int) -> None:
        if token_id in _BAR:
            self.bar = self.now = self._next_bar
            self._next_bar += _BAR_UNITS[token_id - _BAR.start]
        elif token_id in _POSITION:
            self.now = self.bar + bar_tokens.POSITIONS[token_id - _POSITION.start]

    def snapshot(self) -> tuple[int, int, int]:
        return self.bar, self.now, self._next_bar

    def restore(self, state: tuple[int, int, int]) -> None:
        self.bar, self.now, self._next_bar = state

    def rest_until(self, mask: Mask, unit: int) -> None:
        """Take out the positions of this bar that lie before a unit."""
        if unit > self.bar:
            mask[_POSITION.start : _POSITION.start + bisect_left(bar_tokens.POSITIONS, unit - self.bar)] = False


class Polyphony:
    """At most so many notes that sound at once, those held on included; a note that ends as others begin is none."""

    def __init__(self, limit: int) -> None:
        """`limit` from 1."""
        self._limit = limit
        self.reset()

    def reset(self) -> None:
        """Nothing sounds."""
        self._position = _Position()
        self._ends: list[int] = []

    def advance(self, token_id: int) -> None:
        """Keep count of what sounds."""
        if token_id in _DURATION:
            insort(self._ends, self._position.now + bar_tokens.DURATIONS[token_id - _DURATION.start])
            return
        self._position.advance(token_id)
        if token_id in _POSITION:
            del self._ends[: bisect_right(self._ends, self._position.now)]

    def narrow(self, mask: Mask) -> None:
        """Where all voices are taken: no further note here, and no onset until one of them is free."""
        if len(self._ends) >= self._limit:
            # Hands, velocities and pitches follow one another in the vocabulary.
            mask[_HAND.start : _PITCH.stop] = False
            self._position.rest_until(mask, self._ends[-self._limit])

    def snapshot(self) -> tuple[tuple[int, int, int], tuple[int, ...]]:
        """Return the state."""
        return self._position.snapshot(), tuple(self._ends)

    def restore(self, state: tuple[tuple[int, int, int], tuple[int, ...]]) -> None:
        """Return to a state."""
        position, ends = state
        self._position.restore(position)
        self._ends = list(ends)


class OnsetRate:
    """At most so many onsets in any stretch of a quarter note, wherever it begins.

    Where that is no whole number, in the stretch in which so many quarters have one: 1.5 is one in two thirds of a
    quarter, 0.25 one in four quarters.
    """

    def __init__(self, per_quarter: float) -> None:
        """`per_quarter` above 0."""
        count = max(1, math.floor(per_quarter))
        self._stretch_units = math.ceil(count * bar_tokens.UNITS / per_quarter)
        self._latest: deque[int] = deque(maxlen=count)
        self.reset()

    def reset(self) -> None:
        """Nothing was struck."""
        self._position = _Position()
        self._latest.clear()

    def advance(self, token_id: int) -> None:
        """Keep the latest onsets."""
        self._position.advance(token_id)
        if token_id in _POSITION:
            self._latest.append(self._position.now)

    def narrow(self, mask: Mask) -> None:
        """Take out the positions that come too soon."""
        if len(self._latest) == self._latest.maxlen:
            self._position.rest_until(mask, self._latest[0] + self._stretch_units)

    def snapshot(self) -> tuple[tuple[int, int, int], tuple[int, ...]]:
        """Return the state."""
        return self._position.snapshot(), tuple(self._latest)

    def restore(self, state: tuple[tuple[int, int, int], tuple[int, ...]]) -> None:
        """Return to a state."""
        position, latest = state
        self._position.restore(position)
        self._latest = deque(latest, self._latest.maxlen)
