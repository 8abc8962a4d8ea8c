"""A stable, ordered map between tokens and ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in id order: the token of id `i` is `tokens[i]`; ValueError if a token occurs twice."""

    tokens: tuple[str, ...]
    ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = {token: i for i, token in enumerate(self.tokens)}
        if len(ids) != len(self.tokens):
            raise ValueError("a token stands twice in the vocabulary")
        object.__setattr__(self, "ids", ids)

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def of(cls, sequences: Iterable[Sequence[str]]) -> Vocabulary:
        """Return the vocabulary of some token sequences, sorted, so that their order does not matter."""
        return cls(tuple(sorted({token for tokens in sequences for token in tokens})))

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the ids of tokens; KeyError names a token that is not in the vocabulary."""
        return [self.ids[token] for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the tokens of ids."""
        return [self.tokens[i] for i in ids]
