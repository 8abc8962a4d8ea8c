"""Joins several data sets into one, with a weight for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from musicgen_live.errors import TrainingError

from .dataset import Corpus, Dataset, Piece


def mix(datasets: Sequence[Dataset], weights: Sequence[float], out: Path) -> Dataset:
    """Join data sets into one with pieces named `corpus/piece`; a set's weight multiplies those of its pieces.

    Write it to `out` piece by piece, and return it memory-mapped. If several sets have the same file, keep that of the
    first set. TrainingError if the sets differ in encoding, vocabulary or version of music21, if a weight is not above
    0, or if `out` cannot be written.
    """
    first = datasets[0]
    for dataset in datasets[1:]:
        if (dataset.encoding, dataset.vocabulary) != (first.encoding, first.vocabulary):
            raise TrainingError(
                f"{dataset.corpus.name} ({dataset.encoding}) and {first.corpus.name} ({first.encoding}) have different "
                "tokens; data sets of the encoding bars can be mixed"
            )
        if dataset.music21_version != first.music21_version:
            raise TrainingError(
                f"{dataset.corpus.name} was read by music21 {dataset.music21_version}, {first.corpus.name} by "
                f"{first.music21_version}; prepare them again with one version"
            )
    pieces: list[Piece] = []
    sources: list[tuple[Dataset, Piece]] = []
    known: set[str] = set()
    start = 0
    for dataset, weight in zip(datasets, weights, strict=True):
        if not 0 < weight < math.inf:
            raise TrainingError(f"the weight of {dataset.corpus.name} is {weight}; it must be above 0")
        for piece in dataset.pieces:
            if piece.sha256 not in known:
                known.add(piece.sha256)
                name = f"{dataset.corpus.name}/{piece.name}"
                pieces.append(replace(piece, name=name, start=start, weight=piece.weight * weight))
                sources.append((dataset, piece))
                start += piece.length
    corpus = Corpus.joined(dataset.corpus for dataset in datasets)
    return replace(first, corpus=corpus, pieces=tuple(pieces)).write(
        out, (dataset.ids_of(piece) for dataset, piece in sources)
    )
