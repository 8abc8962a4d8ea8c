"""Tokens and what they mean: the seam that training and the live side share. Pure values and functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from musicgen_live.encodings import bar_tokens, bars, chords
from musicgen_live.encodings.stateful import Stateful
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.music.notes import Note


class Decoder(Stateful[Any], Protocol):
    """Turns tokens into notes, one after another; its time begins at tick 0."""

    until_tick: int
    """Everything that begins before this tick has been decoded."""

    def decode(self, token: str) -> list[Note]:
        """The notes that the next token completes; ValueError on a token of another encoding."""
        ...


DECODERS: dict[str, Callable[[int, int], Decoder]] = {
    chords.NAME: chords.ChordsDecoder,
    bars.NAME: bars.BarsDecoder,
    bars.NAME_WITH_HANDS: bars.BarsDecoder,
}
"""Encoding name to a decoder made from `(step_ticks, velocity)`."""

BAR_ENCODINGS = (bars.NAME, bars.NAME_WITH_HANDS)
"""The encodings whose tokens are those of `bar_tokens`."""

VOCABULARIES: dict[str, Vocabulary] = dict.fromkeys(BAR_ENCODINGS, bar_tokens.VOCABULARY)
"""Encoding name to its vocabulary, where that is fixed; those of other encodings are their corpus'."""
