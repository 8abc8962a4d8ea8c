"""Makes any number of pieces out of a prepared data set, by cutting and transposing, for benchmarks of size."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from training.data.dataset import Dataset, Ids, Piece, Split


def make(data: Path, work: Path, count: int, length: int) -> int:
    """Write `work/data`, a data set of `count` pieces of about `length` ids, and return its number of ids.

    `work/midi` gets files that stand for the same pieces, and `work/cache` their readings, so that `prepare` finds all
    of them read before. Exits with advice if the data set in `data` has too few pieces of that length.
    """
    from training.data.cache import Cache
    from training.data.dataset import Dataset
    from training.data.parsing import Reading, parser_id
    from training.data.token_kinds import is_kind

    source, store = Dataset.load(data), Cache(work / "cache", parser_id("bars"))
    (work / "midi").mkdir()
    pieces: list[Piece] = []
    parts, start = [], 0
    for number, (piece, ids) in zip(range(count), _cuts(source, length), strict=False):
        name = f"{number:06d}.mid"
        content = name.encode()
        (work / "midi" / name).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        music = ids[np.flatnonzero(is_kind(ids, "bar"))[0] :]
        store.put(sha256, Reading(tuple(source.vocabulary.decode(music.tolist()))))
        split: Split = "test" if number % 10 == 0 else "valid" if number % 10 == 1 else "train"
        pieces.append(replace(piece, name=name, sha256=sha256, split=split, start=start, length=len(ids)))
        parts.append(np.array(ids))
        start += len(ids)
    if len(pieces) < count:
        sys.exit(f"the data set in {data} gives {len(pieces):,} pieces of {length} tokens; say a larger one, or fewer")
    replace(source, pieces=tuple(pieces)).write(work / "data", parts)
    return start


def _cuts(source: Dataset, length: int) -> Iterator[tuple[Piece, Ids]]:
    """Yield each piece in parts of about `length` ids, in whole bars: all of them, then all transposed, and so on.

    Every part has the header of its piece. What is left behind the last whole part is left out.
    """
    from training.data.token_kinds import is_kind
    from training.data.transposition import KEYS, possible_shifts, transpositions

    end = np.array([source.vocabulary.ids["end"]], np.uint16)
    for shift in (0, *(key for key in KEYS if key)):
        for piece in source.pieces:
            ids = np.array(source.ids_of(piece))
            if shift not in possible_shifts(ids):
                continue
            bars = np.flatnonzero(is_kind(ids, "bar"))
            first = bars[0]
            for last in bars:
                if last - first >= length:
                    yield piece, transpositions()[shift][np.concatenate([ids[: bars[0]], ids[first:last], end])]
                    first = last
