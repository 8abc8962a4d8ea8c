"""Chooses the prompts of a model: excerpts of pieces that it was not trained on."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.generation.prompts import controls_of, time_signature_of
from musicgen_live.model.metadata import Outline
from musicgen_live.music.scales import parse_key

from .data.dataset import Dataset, Ids, Piece
from .data.labels import with_header
from .data.phrases import phrase_ends
from .data.references import references_of
from .data.token_kinds import is_kind

Prompt = tuple[int, ...]
Source = tuple[Piece, int]
"""The piece of a prompt, and the index of its id behind the prompt."""

_log = logging.getLogger(__name__)


IDS_IN_BARS = 240
"""Length of a prompt in a bar encoding, in ids: about 90 notes, four to ten bars."""
PROMPTS, PROMPTS_A_STYLE = 8, 72
"""Prompts of a model; in a bar encoding, of each style, so that each mode, density and texture has some."""
PROMPTS_A_KIND, EXCERPTS_TRIED = 3, 1500
OUTLINE_BARS = 32


def prompts_for(dataset: Dataset, window: int) -> tuple[tuple[Prompt, ...], tuple[Outline, ...]]:
    """Return the prompts of a model trained on this data set, and the outline of the music behind each.

    Prompts without bars have `window` ids, and no outlines.
    """
    if dataset.encoding not in BAR_ENCODINGS:
        return choose_prompts(dataset, PROMPTS, window), ()
    chosen = _chosen(dataset, PROMPTS_A_STYLE, IDS_IN_BARS)
    outlines = tuple(outline_of(dataset.ids_of(piece), index) for piece, index in chosen.values())
    return tuple(chosen), outlines


def outline_of(piece: Ids, index: int) -> Outline:
    """Return the form of up to `OUTLINE_BARS` bars of a piece from an index on: see `Metadata.outlines`."""
    is_bar = is_kind(piece, "bar")
    first = int(is_bar[:index].sum())
    references, ends = references_of(piece), phrase_ends(piece)
    bars = range(first, min(first + OUTLINE_BARS, int(is_bar.sum())))
    return tuple(
        (
            int(references.distances[bar]),
            int(references.semitones[bar]),
            int(references.relations[bar]),
            int(ends[bar]),
        )
        for bar in bars
    )


def choose_prompts(dataset: Dataset, count: int = PROMPTS, length: int = 100) -> tuple[Prompt, ...]:
    """Return `count` different prompts of `length` ids, always the same ones; in a bar encoding, `count` per style.

    First come the beginnings of test pieces, spread over all of them, then those of validation pieces, then later
    excerpts of the same pieces, then overlapping ones. If these are too few, the rest comes from training pieces,
    and after that from pieces shorter than `length`, each with a warning in the log. The result has fewer than
    `count` prompts if there is no more music. In a bar encoding a prompt is the header of its piece and whole bars,
    so that the continuation begins with a bar; a style without held-out pieces has no prompts.
    """
    return tuple(_chosen(dataset, count, length))


def _chosen(dataset: Dataset, count: int, length: int) -> dict[Prompt, Source]:
    """Return the prompts of `choose_prompts`, each with its source."""
    if dataset.encoding not in BAR_ENCODINGS:
        return _choose(dataset, count, length)
    held_out = dataset.of_split("valid", "test") or dataset.pieces
    prompts: dict[Prompt, Source] = {}
    for first_id in sorted({dataset.ids_of(piece)[0] for piece in held_out}):
        pieces = tuple(piece for piece in dataset.pieces if dataset.ids_of(piece)[0] == first_id)
        prompts |= _choose(replace(dataset, pieces=pieces), count, length)
    return prompts


def _choose(dataset: Dataset, count: int, length: int) -> dict[Prompt, Source]:
    held_out = _spread(_long(dataset.of_split("test"), length), count) + _long(dataset.of_split("valid"), length)
    chosen = _varied(dataset, _excerpts(held_out, length), count) if dataset.encoding in BAR_ENCODINGS else {}
    chosen = _take(dataset, _excerpts(held_out, length), chosen, count)
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
    return chosen


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


def _varied(dataset: Dataset, excerpts: Iterator[tuple[Piece, int, int]], count: int) -> dict[Prompt, Source]:
    """Return at most `count` prompts in bars, at most `PROMPTS_A_KIND` of each kind, of the first excerpts.

    So a take finds openings of any mode, density and texture in its time signature, as far as the pieces have them.
    """
    prompts: dict[Prompt, Source] = {}
    kinds: Counter[tuple[object, ...]] = Counter()
    for piece, start, length in islice(excerpts, EXCERPTS_TRIED):
        if len(prompts) >= count:
            break
        prompt, end = _excerpt_ids(dataset, piece, start, length)
        controls, time_signature = controls_of(prompt), time_signature_of(prompt)
        if prompt in prompts or "key" not in controls or time_signature is None:
            continue
        mode = parse_key(controls["key"]).mode
        kind = (mode, controls["density"], controls["texture"], time_signature.bar_ticks)
        if kinds[kind] < PROMPTS_A_KIND:
            kinds[kind] += 1
            prompts[prompt] = (piece, end)
    return prompts


def _take(
    dataset: Dataset, excerpts: Iterator[tuple[Piece, int, int]], chosen: dict[Prompt, Source], count: int
) -> dict[Prompt, Source]:
    """Return `chosen` extended to at most `count` prompts by the excerpts that it lacks."""
    prompts = dict(chosen)
    for piece, start, length in excerpts:
        if len(prompts) >= count:
            break
        prompt, end = _excerpt_ids(dataset, piece, start, length)
        prompts.setdefault(prompt, (piece, end))
    return prompts


def _excerpt_ids(dataset: Dataset, piece: Piece, start: int, length: int) -> tuple[Prompt, int]:
    """Return the ids of an excerpt, and the index behind it in the piece.

    In a bar encoding these are the whole bars within the excerpt, behind a header of the piece's style and the key,
    density and texture of the excerpt. An excerpt with fewer than two bar lines is returned as it is.
    """
    ids = dataset.ids_of(piece).tolist()
    if dataset.encoding not in BAR_ENCODINGS:
        return tuple(ids[start : start + length]), start + length
    bars = np.flatnonzero(is_kind(dataset.ids_of(piece), "bar")).tolist()
    inside = [i for i in bars if start <= i <= start + length]
    if len(inside) < 2:
        return tuple(ids[start : start + length]), start + length
    music = dataset.ids_of(piece)[inside[0] : inside[-1]]
    style = dataset.vocabulary.tokens[ids[0]].removeprefix("style ")
    return tuple(with_header(style, music).tolist()), inside[-1]
