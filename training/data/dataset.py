"""Stores a prepared data set: the ids of every piece, the vocabulary, and the splits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.files import check_regular, read_regular, replace_text, replacing
from musicgen_live.encodings import VOCABULARIES
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import TrainingError

FORMAT = "musicgen-live data set 1"
_MOST_BYTES = 200_000_000
"""A description of a million pieces has about as many."""
Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
Ids = NDArray[np.uint16]


@dataclass(frozen=True)
class Piece:
    """One file of the data set; its ids are `ids[start : start + length]`."""

    name: str
    sha256: str
    split: Split
    start: int
    length: int
    weight: float = 1.0
    """Number of times that an epoch reads the piece, if the recipe supports weights."""


@dataclass(frozen=True)
class Corpus:
    """Name, licence and credit of the music, which every model trained on it carries."""

    name: str
    licence: str
    credit: str = ""

    @classmethod
    def joined(cls, corpora: Iterable[Corpus]) -> Corpus:
        """Join several corpora: all names, licences and credits, without repetitions."""
        corpora = list(corpora)
        return cls(
            ", ".join(dict.fromkeys(corpus.name for corpus in corpora)),
            "; ".join(dict.fromkeys(corpus.licence for corpus in corpora)),
            "; ".join(dict.fromkeys(corpus.credit for corpus in corpora if corpus.credit)),
        )


@dataclass(frozen=True)
class Dataset:
    """Token ids of whole pieces in one array, in memory or memory-mapped from `ids.npy`."""

    encoding: str
    vocabulary: Vocabulary
    corpus: Corpus
    music21_version: str
    pieces: tuple[Piece, ...]
    ids: Ids

    @classmethod
    def of(
        cls,
        encoding: str,
        corpus: Corpus,
        music21_version: str,
        pieces: Iterable[tuple[str, str, Split, list[str]]],
    ) -> Dataset:
        """Build a data set from `(name, sha256, split, tokens)` per piece, in the given order.

        The vocabulary is that of the encoding, or the tokens of the pieces if the encoding has no fixed one.
        """
        rows = list(pieces)
        vocabulary = VOCABULARIES.get(encoding) or Vocabulary.of(tokens for *_, tokens in rows)
        indexed, start = [], 0
        for name, sha256, split, tokens in rows:
            indexed.append(Piece(name, sha256, split, start, len(tokens)))
            start += len(tokens)
        ids = np.fromiter((vocabulary.ids[token] for *_, tokens in rows for token in tokens), np.uint16, count=start)
        return cls(encoding, vocabulary, corpus, music21_version, tuple(indexed), ids)

    def of_split(self, *splits: Split) -> list[Piece]:
        """Return the pieces of some splits, in the order of the data set."""
        return [piece for piece in self.pieces if piece.split in splits]

    def ids_of(self, piece: Piece) -> Ids:
        """Return the ids of one piece."""
        return self.ids[piece.start : piece.start + piece.length]

    def stream(self, *splits: Split) -> Ids:
        """Return the ids of all pieces of some splits, joined, as the classic recipe joins its files."""
        parts = [self.ids_of(piece) for piece in self.of_split(*splits)]
        return np.concatenate(parts) if parts else self.ids[:0]

    def fingerprint(self) -> str:
        """Return a hash of everything that training depends on: ids, vocabulary, pieces and their splits."""
        digest = hashlib.sha256(np.ascontiguousarray(self.ids).tobytes())
        digest.update(json.dumps([self.encoding, self.vocabulary.tokens]).encode())
        digest.update(json.dumps([asdict(piece) for piece in self.pieces]).encode())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write `ids.npy` and then `dataset.json`, so that a description never exists without its ids.

        TrainingError if the folder cannot be written.
        """
        description = {
            "format": FORMAT,
            "encoding": self.encoding,
            "corpus": asdict(self.corpus),
            "music21_version": self.music21_version,
            "vocabulary": list(self.vocabulary.tokens),
            "pieces": [asdict(piece) for piece in self.pieces],
        }
        try:
            with replacing(folder / "ids.npy") as temporary:
                np.save(temporary, self.ids)
            replace_text(folder / "dataset.json", json.dumps(description, ensure_ascii=False, indent=1) + "\n")
        except OSError as exc:
            raise TrainingError(f"the data set cannot be written to {folder} ({exc.strerror})") from exc

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Load a data set with memory-mapped ids; TrainingError if the folder has none, or a damaged one."""
        try:
            description: dict[str, Any] = json.loads(read_regular(folder / "dataset.json", most_bytes=_MOST_BYTES))
            if description["format"] != FORMAT:
                raise TrainingError(f"{folder} holds {description['format']!r}; {FORMAT!r} is needed")
            check_regular(folder / "ids.npy")
            ids = np.load(folder / "ids.npy", mmap_mode="r", allow_pickle=False)
            dataset = cls(
                description["encoding"],
                Vocabulary(tuple(description["vocabulary"])),
                Corpus(**description["corpus"]),
                description["music21_version"],
                tuple(Piece(**piece) for piece in description["pieces"]),
                ids,
            )
        except FileNotFoundError as exc:
            raise TrainingError(
                f"{folder} holds no data set; make one with: musicgen-train prepare MIDI_DIR --out {folder}"
            ) from exc
        except (OSError, KeyError, TypeError, ValueError) as exc:
            raise TrainingError(f"the data set in {folder} cannot be read ({exc}); prepare it again") from exc
        if sum(piece.length for piece in dataset.pieces) != len(ids):
            raise TrainingError(f"the data set in {folder} is incomplete; prepare it again")
        return dataset
