"""Random music under the limits of settings, without a network, so that only the limits restrict it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.bar_tokens import KINDS, VOCABULARY
from musicgen_live.generation.grammar import BarsGrammar
from musicgen_live.generation.limits import limited
from musicgen_live.music.notes import Note

_KINDS = list(dict.fromkeys(KINDS.values()))
_KIND_NUMBERS = np.array([_KINDS.index(KINDS[token]) for token in VOCABULARY.tokens])


@dataclass(frozen=True)
class Take:
    """Tokens of whole bars."""

    tokens: tuple[str, ...]

    @cached_property
    def notes(self) -> list[Note]:
        """All notes, in order."""
        return sorted(bars.decode([*self.tokens, "end"]).notes)

    @cached_property
    def bars(self) -> list[tuple[str, ...]]:
        """The tokens of each bar."""
        starts = [i for i, token in enumerate(self.tokens) if KINDS[token] == "bar"]
        return [self.tokens[a:b] for a, b in zip(starts, [*starts[1:], len(self.tokens)], strict=True)]


def take_by_dice(settings: Settings, seed: int = 0, tokens: int = 2500, *, hands: bool = False) -> Take:
    """Draw each token at random among the allowed ones: first its kind, then the token. One must be allowed."""
    rng = np.random.default_rng(seed)
    grammar = limited(BarsGrammar(hands=hands), settings)
    grammar.reset([0])
    drawn: list[str] = []
    for _ in range(tokens):
        ids = np.flatnonzero(grammar.allowed())
        assert len(ids), f"nothing may follow {drawn[-5:]}"
        kinds = _KIND_NUMBERS[ids]
        # The vocabulary is ordered by kind, so each kind is a run of the allowed ids.
        starts = np.flatnonzero(np.diff(kinds, prepend=-1))
        chosen = rng.integers(len(starts))
        end = starts[chosen + 1] if chosen + 1 < len(starts) else len(ids)
        token_id = int(ids[rng.integers(starts[chosen], end)])
        grammar.advance(token_id)
        drawn.append(VOCABULARY.tokens[token_id])
    return Take(tuple(drawn[: max(i for i, token in enumerate(drawn) if KINDS[token] == "bar")]))


def units(take: Take) -> list[tuple[int, int]]:
    """Return onset and end of every note, in units."""
    return [(note.start_tick // bar_tokens.UNIT_TICKS, note.end_tick // bar_tokens.UNIT_TICKS) for note in take.notes]
