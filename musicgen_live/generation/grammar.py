"""The grammar of music in bars: masks of the ids that may follow, made in microseconds, keep any output well-formed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import VOCABULARIES, bar_tokens, bars
from musicgen_live.encodings.stateful import Stateful
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.model.state import Floats

Mask = NDArray[np.bool_]


class Grammar(Stateful[Any], Protocol):
    """Follows a sequence of ids and returns masks of the next one."""

    def reset(self, prompt: Sequence[int] = ()) -> None:
        """Begin again after a prompt, which only the network reads: it is no part of the music."""
        ...

    def advance(self, token_id: int) -> None:
        """Follow an id that was allowed."""
        ...

    def allowed(self) -> Mask:
        """Return a new mask `(classes,)`, true for every id that may follow; all false at the end."""
        ...


def masked(logits: Floats, mask: Mask) -> Floats:
    """Return the logits, minus infinity where the mask is false."""
    return np.where(mask, logits, np.float32(-np.inf))


_BAR, _POSITION, _HAND = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position"), bar_tokens.ids_of("hand")
_VELOCITY, _PITCH = bar_tokens.ids_of("velocity"), bar_tokens.ids_of("pitch")
_DURATION, _END = bar_tokens.ids_of("duration"), bar_tokens.ids_of("end")
_CONTROLS = [bar_tokens.ids_of(kind) for kind in bar_tokens.CONTROL_TOKENS]
_POSITION_COUNTS = {
    i: bisect_left(bar_tokens.POSITIONS, bar_tokens.bar_units(bar_tokens.VOCABULARY.tokens[i])) for i in _BAR
}
"""The number of positions in a bar, by the id of its token."""
_DEFAULT_VELOCITY = _VELOCITY[bar_tokens.VELOCITIES.index(bar_tokens.DEFAULT_VELOCITY)]


_State = tuple[int, bool, int, int, int | None, int, dict[int | None, int]]
"""The state of a `BarsGrammar`, all of it ids but the flag."""


class BarsGrammar:
    """Allows exactly the sequences that `bars.encode` can write, which decoding and encoding return unchanged.

    Control tokens in their order; bars; positions that rise and stay within their bar; after a position the notes of
    that onset from low to high, each a pitch and a duration, with a velocity token where the velocity changes. With
    `hands`, each hand's notes follow a token of that hand, left before right. With `may_end`, `end` may follow a bar.
    """

    def __init__(self, *, hands: bool = False, may_end: bool = False) -> None:
        self._hands = hands
        self._may_end = may_end
        self.reset()

    def reset(self, prompt: Sequence[int] = ()) -> None:
        """Begin with a header, or after a prompt with a bar, so that the music starts on a first beat."""
        self._hand: int | None = None
        self._last = prompt[-1] if prompt else -1
        self._after_prompt = bool(prompt)
        self._positions_end = _POSITION.start
        self._next_position = _POSITION.start
        self._begin_group(None)
        self._velocities: dict[int | None, int] = {}

    def advance(self, token_id: int) -> None:
        """Follow an id that was allowed."""
        self._last = token_id
        self._after_prompt = False
        if token_id in _BAR:
            self._next_position = _POSITION.start
            self._positions_end = _POSITION.start + _POSITION_COUNTS[token_id]
            self._begin_group(None)
            self._velocities = {}
        elif token_id in _POSITION:
            self._next_position = token_id + 1
            self._begin_group(None)
        elif token_id in _HAND:
            self._begin_group(token_id)
        elif token_id in _VELOCITY:
            self._velocities[self._hand] = token_id
        elif token_id in _PITCH:
            self._next_pitch = token_id + 1

    def snapshot(self) -> _State:
        """Return the state."""
        return (
            self._last,
            self._after_prompt,
            self._positions_end,
            self._next_position,
            self._hand,
            self._next_pitch,
            self._velocities.copy(),
        )

    def restore(self, state: _State) -> None:
        """Return to a state."""
        self._last, self._after_prompt, self._positions_end, self._next_position = state[:4]
        self._hand, self._next_pitch, velocities = state[4:]
        self._velocities = velocities.copy()

    def _begin_group(self, hand: int | None) -> None:
        self._hand = hand
        self._next_pitch = _PITCH.start

    def allowed(self) -> Mask:
        """Return a new mask `(classes,)`, true for every id that may follow; all false after `end`."""
        mask = np.zeros(len(bar_tokens.VOCABULARY), np.bool_)
        last = self._last
        if self._after_prompt:
            _allow(mask, _BAR)
        elif last in _PITCH:
            _allow(mask, _DURATION)
        elif last in _VELOCITY:
            mask[self._next_pitch : _PITCH.stop] = True
        elif last in _HAND:
            self._allow_notes(mask)
        elif last in _POSITION:
            if self._hands:
                _allow(mask, _HAND)
            else:
                self._allow_notes(mask)
        elif last in _DURATION or last in _BAR:
            if last in _DURATION:
                self._allow_notes(mask)
                if self._hands and self._hand != _HAND[-1]:
                    mask[_HAND[-1]] = True
            mask[self._next_position : self._positions_end] = True
            _allow(mask, _BAR)
            mask[_END.start] = self._may_end
        elif last not in _END:
            self._allow_header(mask)
        return mask

    def _allow_notes(self, mask: Mask) -> None:
        """Allow the pitches above those of this onset and, if there are any, another velocity before them."""
        if self._next_pitch < _PITCH.stop:
            mask[self._next_pitch : _PITCH.stop] = True
            _allow(mask, _VELOCITY)
            mask[self._velocities.get(self._hand, _DEFAULT_VELOCITY)] = False

    def _allow_header(self, mask: Mask) -> None:
        if self._last < 0:
            _allow(mask, _CONTROLS[0])
            return
        for kind in _CONTROLS:
            if kind.start > self._last:
                _allow(mask, kind)
        _allow(mask, _BAR)


def _allow(mask: Mask, ids: range) -> None:
    mask[ids.start : ids.stop] = True


_GRAMMARS: dict[str, Callable[[], Grammar]] = {
    bars.NAME: BarsGrammar,
    bars.NAME_WITH_HANDS: lambda: BarsGrammar(hands=True),
}


def grammar_for(encoding: str, vocabulary: Vocabulary) -> Grammar | None:
    """Return a new grammar that never ends, or None if any token may follow any other.

    ValueError if the encoding has a fixed vocabulary and this is another one.
    """
    if encoding not in _GRAMMARS:
        return None
    if vocabulary != VOCABULARIES[encoding]:
        raise ValueError(f"its vocabulary is not that of the encoding {encoding!r} as this version knows it")
    return _GRAMMARS[encoding]()
