"""Makes the masks of the grammar for the tokens of a piece, one at a time: all those of a long piece take 18 MB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.errors import TrainingError
from musicgen_live.generation.grammar import BarsGrammar

from ..data.dataset import Ids


@dataclass(frozen=True)
class Allowed:
    """The masks of the grammar at every token of a piece but its first `skip`, made anew each time they are read."""

    encoding: str
    piece: Ids
    skip: int

    def __iter__(self) -> Iterator[NDArray[np.bool_]]:
        """Yield the mask of each token; TrainingError if the grammar forbids the token."""
        grammar = BarsGrammar(hands=self.encoding == bars.NAME_WITH_HANDS, may_end=True)
        for position, token_id in enumerate(self.piece.tolist()):
            if position >= self.skip:
                allowed = grammar.allowed()
                if not allowed[token_id]:
                    raise TrainingError(
                        f"the token {bar_tokens.VOCABULARY.tokens[token_id]!r} cannot stand where the data set has it: "
                        "it was prepared by another version; prepare it again"
                    )
                yield allowed
            grammar.advance(token_id)
