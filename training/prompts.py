"""Chooses the prompts of a model: excerpts of pieces that it was not trained on."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from musicgen_live.encodings import BAR_ENCODINGS
from training.data.dataset import Dataset, Piece
from training.data.token_kinds import is_kind

Prompt = tuple[int, ...]

_log = logging.getLogger(__name__)


IDS_IN_BARS = 240
"""Length of a prompt in a bar encoding, in ids: about 90 notes, four to ten bars."""
PROMPTS, PROMPTS_A_STYLE = 8, 24
"""Prompts of a model; in a bar encoding, of each style, so that most time signatures of a style have some."""


def prompts_for(dataset: Dataset, window: int) -> tuple[Prompt, ...]:
    """Return the prompts of a model trained on this data set; prompts without bars have `window` ids."""
    if dataset.encoding in BAR_ENCODINGS:
        return choose_prompts(dataset, PROMPTS_A_STYLE, IDS_IN_BARS)
    return choose_prompts(dataset, PROMPTS, window)


def choose_prompts(dataset: Dataset, count: int = PROMPTS, length: int = 100) -> tuple[Prompt, ...]:
    """Return `count` different prompts of `length` ids, always the same ones; in a bar encoding, `count` per style.

    First come the beginnings of test pieces, spread over all of them, then those of validation pieces, then later
    excerpts of the same pieces, then overlapping ones. If these are too few, the rest comes from training pieces,
    and after that from pieces shorter than `length`, each with a warning in the log. The result has fewer than
    `count` prompts if there is no more music. In a bar encoding a prompt is the header of its piece and whole bars,
    so that the continuation begins with a bar; a style without held-out pieces has no prompts.
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
    chosen = _take(dataset, _excerpts(held_out, length), [], count)
    if len(chosen) < count:
        found = len(chosen)
        chosen = _take(dataset, _excerpts(_long(dataset.of_split("train"), length), length), chosen, count)
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
    """Reorder the pieces: first `count` of them at even distances, since neighbours often have the same composer."""
    first = [i * len(pieces) // count for i in range(count)] if len(pieces) > count else list(range(len(pieces)))
    return [pieces[i] for i in first] + [piece for i, piece in enumerate(pieces) if i not in first]


def _excerpts(pieces: Sequence[Piece], length: int) -> Iterator[tuple[Piece, int, int]]:
    """Yield excerpts `(piece, start, length)`: the first of each piece, the second of each, ...; then overlaps."""
    seen: set[tuple[int, int]] = set()
    longest = max((piece.length for piece in pieces), default=0)
    for hop in (length, max(1, length // 2), max(1, length // 4), max(1, length // 20)):
        for start in range(0, longest - length + 1, hop):
            for piece in pieces:
                if start + length <= piece.length and (piece.start, start) not in seen:
                    seen.add((piece.start, start))
                    yield piece, start, length


def _take(
    dataset: Dataset, excerpts: Iterator[tuple[Piece, int, int]], chosen: list[Prompt], count: int
) -> list[Prompt]:
    """Return `chosen` extended to at most `count` prompts by the excerpts that it lacks."""
    prompts = dict.fromkeys(chosen)
    for piece, start, length in excerpts:
        if len(prompts) >= count:
            break
        prompts[_excerpt_ids(dataset, piece, start, length)] = None
    return list(prompts)


def _excerpt_ids(dataset: Dataset, piece: Piece, start: int, length: int) -> Prompt:
    """Return the ids of an excerpt; in a bar encoding, the piece's header and the whole bars within the excerpt.

    An excerpt with fewer than two bar lines is returned as it is.
    """
    ids = dataset.ids_of(piece).tolist()
    if dataset.encoding not in BAR_ENCODINGS:
        return tuple(ids[start : start + length])
    bars = np.flatnonzero(is_kind(dataset.ids_of(piece), "bar")).tolist()
    header = ids[: bars[0]] if bars else []
    inside = [i for i in bars if start <= i <= start + length]
    if len(inside) < 2:
        return tuple(ids[start : start + length])
    return tuple(header + ids[inside[0] : inside[-1]])
