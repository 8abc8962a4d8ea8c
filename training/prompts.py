"""Chooses what a model starts from: cuts of pieces that it was not trained on."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens
from training.data.dataset import Dataset, Piece

Prompt = tuple[int, ...]

_log = logging.getLogger(__name__)


IDS_IN_BARS = 240
"""How long a prompt in bars is: about 90 notes, four to ten bars."""
PROMPTS, PROMPTS_A_STYLE = 8, 24
"""How many a model gets; in bars, of each style, so that most time signatures of a style have some."""


def prompts_for(dataset: Dataset, window: int) -> tuple[Prompt, ...]:
    """What a model trained on this data set starts from; `window` is the length of prompts that have no bars."""
    if dataset.encoding in BAR_ENCODINGS:
        return choose_prompts(dataset, PROMPTS_A_STYLE, IDS_IN_BARS)
    return choose_prompts(dataset, PROMPTS, window)


def choose_prompts(dataset: Dataset, count: int = PROMPTS, length: int = 100) -> tuple[Prompt, ...]:
    """`count` different prompts of `length` ids, the same ones each time; with styles, `count` of each.

    The beginnings of test pieces, spread over all of them; where these are too few, of validation pieces, then later
    cuts of the same pieces, then cuts that overlap. What is still missing comes from training pieces, and if need be
    from pieces shorter than `length`, each with a warning in the log. Fewer than `count` if there is no more music.
    Where the encoding has bars, a prompt is what its piece says of itself and whole bars, so that what follows begins
    with a bar; styles of which nothing is held out have none.
    """
    if dataset.encoding not in BAR_ENCODINGS:
        return _choose(dataset, count, length)
    held_out = dataset.of_split("valid", "test") or dataset.pieces
    prompts: list[Prompt] = []
    for first_id in sorted({dataset.ids_of(piece)[0] for piece in held_out}):
        pieces = tuple(piece for piece in dataset.pieces if dataset.ids_of(piece)[0] == first_id)
        prompts += _choose(replace(dataset, pieces=pieces), count, length)
    return tuple(prompts)


def _choose(dataset: Dataset, count: int, length: int) -> tuple[Prompt, ...]:
    held_out = _spread(_long(dataset.of_split("test"), length), count) + _long(dataset.of_split("valid"), length)
    chosen = _take(dataset, _cuts(held_out, length), [], count)
    if len(chosen) < count:
        found = len(chosen)
        chosen = _take(dataset, _cuts(_long(dataset.of_split("train"), length), length), chosen, count)
        if len(chosen) > found:
            _log.warning(
                "the held-out pieces hold %d prompts of %d data points; %d more were cut from training pieces",
                found, length, len(chosen) - found,
            )  # fmt: skip
    if len(chosen) < count:
        found = len(chosen)
        short = [piece for piece in dataset.of_split("test", "valid", "train") if 0 < piece.length < length]
        short.sort(key=lambda piece: -piece.length)
        chosen = _take(dataset, ((piece, 0, piece.length) for piece in short), chosen, count)
        _log.warning(
            "the data set holds %d prompts of %d data points; %d shorter ones were added",
            found, length, len(chosen) - found,
        )  # fmt: skip
    return tuple(chosen)


def _long(pieces: Sequence[Piece], length: int) -> list[Piece]:
    return [piece for piece in pieces if piece.length >= length]


def _spread(pieces: list[Piece], count: int) -> list[Piece]:
    """The pieces in an order that begins with `count` of them at even distances, as composers stand together."""
    first = [i * len(pieces) // count for i in range(count)] if len(pieces) > count else list(range(len(pieces)))
    return [pieces[i] for i in first] + [piece for i, piece in enumerate(pieces) if i not in first]


def _cuts(pieces: Sequence[Piece], length: int) -> Iterator[tuple[Piece, int, int]]:
    """Cuts as `(piece, start, length)`: the first of each piece, the second of each, and so on; then between them."""
    seen: set[tuple[int, int]] = set()
    longest = max((piece.length for piece in pieces), default=0)
    for hop in (length, max(1, length // 2), max(1, length // 4), max(1, length // 20)):
        for start in range(0, longest - length + 1, hop):
            for piece in pieces:
                if start + length <= piece.length and (piece.start, start) not in seen:
                    seen.add((piece.start, start))
                    yield piece, start, length


def _take(dataset: Dataset, cuts: Iterator[tuple[Piece, int, int]], chosen: list[Prompt], count: int) -> list[Prompt]:
    """`chosen` with the ids of cuts that are not among them yet, up to `count`."""
    prompts = dict.fromkeys(chosen)
    for piece, start, length in cuts:
        if len(prompts) >= count:
            break
        prompts[_cut(dataset, piece, start, length)] = None
    return list(prompts)


def _cut(dataset: Dataset, piece: Piece, start: int, length: int) -> Prompt:
    """A cut of a piece; of one in bars its header and the whole bars of the cut, at least one if any begins in it."""
    ids = dataset.ids_of(piece).tolist()
    if dataset.encoding not in BAR_ENCODINGS:
        return tuple(ids[start : start + length])
    bars = [i for i, token_id in enumerate(ids) if token_id in bar_tokens.ids_of("bar")]
    header = ids[: bars[0]] if bars else []
    inside = [i for i in bars if start <= i <= start + length]
    if len(inside) < 2:
        return tuple(ids[start : start + length])
    return tuple(header + ids[inside[0] : inside[-1]])
