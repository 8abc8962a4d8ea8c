"""Runs a network on its own choices: a prompt in, notes out, one token at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from musicgen_live.encodings import Decoder
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation.grammar import Grammar, masked
from musicgen_live.generation.sampling import Chooser
from musicgen_live.model.lstm import Predictor, read_all
from musicgen_live.notes import Note


@dataclass(frozen=True)
class Step:
    """What one token added: its id, the notes it completed, and the tick before which all is decided."""

    token_id: int
    notes: tuple[Note, ...]
    until_tick: int


def generate(
    predictor: Predictor,
    chooser: Chooser,
    vocabulary: Vocabulary,
    decoder: Decoder,
    prompt: Sequence[int],
    steps: int,
    grammar: Grammar | None = None,
) -> Iterator[Step]:
    """Read `prompt` (at least one id, not heard itself), then choose `steps` ids; give each as soon as it is chosen.

    With a grammar, only ids that it allows are chosen, and the music ends where it allows none.
    """
    logits = read_all(predictor, prompt)
    if grammar:
        grammar.reset(prompt)
    for step in range(steps):
        if grammar:
            mask = grammar.allowed()
            if not mask.any():
                return
            logits = masked(logits, mask)
        token_id = chooser.choose(logits)
        if grammar:
            grammar.advance(token_id)
        notes = decoder.decode(vocabulary.tokens[token_id])
        yield Step(token_id, tuple(notes), decoder.until_tick)
        if step < steps - 1:
            logits = predictor.step(token_id)
