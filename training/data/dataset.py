"""A prepared data set on disk: the ids of every piece, the vocabulary, and which pieces are held out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.files import replace_text, replacing
from musicgen_live.encodings import VOCABULARIES
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import TrainingError

FORMAT = "musicgen-live data set 1"
Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
Ids = NDArray[np.uint16]


@dataclass(frozen=True)
class Piece:
    """One file's place in the ids: `ids[start : start + length]`."""

    name: str
    sha256: str
    split: Split
    start: int
    length: int
    weight: float = 1.0
    """How often it is heard in an epoch, where a recipe can do that."""


@dataclass(frozen=True)
class Corpus:
    """What the music is and under which terms, as carried into every model trained on it."""

    name: str
    licence: str
    credit: str = ""

    @classmethod
    def joined(cls, corpora: Iterable[Corpus]) -> Corpus:
        """Several as one: the names of all, their licences and their credits, each said once."""
        all_of = list(corpora)
        return cls(
            ", ".join(dict.fromkeys(corpus.name for corpus in all_of)),
            "; ".join(dict.fromkeys(corpus.licence for corpus in all_of)),
            "; ".join(dict.fromkeys(corpus.credit for corpus in all_of if corpus.credit)),
        )


@dataclass(frozen=True)
class Dataset:
    """Token ids of whole pieces one after another, in memory or mapped from `ids.npy`."""

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
        """Build from `(name, sha256, split, tokens)` per piece, in the order given.

        The vocabulary is the encoding's own, or where it has none, that of the pieces.
        """
        rows = list(pieces)
        vocabulary = VOCABULARIES.get(encoding) or Vocabulary.of(tokens for *_, tokens in rows)
        placed, start = [], 0
        for name, sha256, split, tokens in rows:
            placed.append(Piece(name, sha256, split, start, len(tokens)))
            start += len(tokens)
        ids = np.fromiter((vocabulary.ids[token] for *_, tokens in rows for token in tokens), np.uint16, count=start)
        return cls(encoding, vocabulary, corpus, music21_version, tuple(placed), ids)

    def of_split(self, *splits: Split) -> list[Piece]:
        """The pieces of some splits, in the data set's order."""
        return [piece for piece in self.pieces if piece.split in splits]

    def ids_of(self, piece: Piece) -> Ids:
        """The ids of one piece."""
        return self.ids[piece.start : piece.start + piece.length]

    def stream(self, *splits: Split) -> Ids:
        """The ids of all pieces of some splits, joined, as the recipe joins its files."""
        parts = [self.ids_of(piece) for piece in self.of_split(*splits)]
        return np.concatenate(parts) if parts else self.ids[:0]

    def fingerprint(self) -> str:
        """A hash of all that training depends on: ids, vocabulary, splits."""
        digest = hashlib.sha256(np.ascontiguousarray(self.ids).tobytes())
        digest.update(json.dumps([self.encoding, self.vocabulary.tokens]).encode())
        digest.update(json.dumps([asdict(piece) for piece in self.pieces]).encode())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write `dataset.json` and `ids.npy`; the description last, so that it never names ids that are not there."""
        with replacing(folder / "ids.npy") as temporary:
            np.save(temporary, self.ids)
        description = {
            "format": FORMAT,
            "encoding": self.encoding,
            "corpus": asdict(self.corpus),
            "music21_version": self.music21_version,
            "vocabulary": list(self.vocabulary.tokens),
            "pieces": [asdict(piece) for piece in self.pieces],
        }
        replace_text(folder / "dataset.json", json.dumps(description, ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Read a data set, ids memory-mapped; TrainingError if the folder holds none."""
        try:
            description: dict[str, Any] = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
            if description["format"] != FORMAT:
                raise TrainingError(f"{folder} holds {description['format']!r}; {FORMAT!r} is needed")
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
