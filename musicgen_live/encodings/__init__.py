"""Encodings of music as tokens, shared by training and the live side. Pure values and functions."""

from __future__ import annotations

from typing import Any, Protocol

from musicgen_live.encodings import bar_tokens, bars, chords
from musicgen_live.encodings.stateful import Stateful
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.music.notes import Note


class Decoder(Stateful[Any], Protocol):
    """Turns tokens into notes one by one, from tick 0 on."""

    until_tick: int
    """All notes that begin before this tick have been decoded."""

    def decode(self, token: str) -> list[Note]:
        """Return the notes that the next token completes; ValueError on a token of another encoding."""
        ...


BAR_ENCODINGS = (bars.NAME, bars.NAME_WITH_HANDS)
"""The encodings that use the tokens of `bar_tokens`."""

ENCODINGS = (chords.NAME, *BAR_ENCODINGS)

VOCABULARIES: dict[str, Vocabulary] = dict.fromkeys(BAR_ENCODINGS, bar_tokens.VOCABULARY)
"""Encoding name to its fixed vocabulary; an encoding that is not here has a vocabulary per corpus."""
