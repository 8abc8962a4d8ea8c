"""Stores a prepared data set: the ids of every piece, the vocabulary, and the splits."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tokenize import TokenError
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.files import check_regular, read_regular, replacing
from musicgen_live.encodings import ENCODINGS, VOCABULARIES
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import TrainingError

FORMAT = "musicgen-live data set 1"
_MOST_BYTES = 1_000_000_000
"""Of a description, which has 200 to 300 a piece."""
Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
Ids = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the data set; its ids are `ids[start : start + length]`."""

    name: str
    sha256: str
    split: Split
    start: int
    length: int
    weight: float = 1.0
    """Number of times that an epoch reads the piece, if the recipe supports weights."""

    def is_sound(self, start: int) -> bool:
        """Return True if the values are those of a piece that begins at `start`, whatever a file says."""
        return (
            isinstance(self.name, str)
            and isinstance(self.sha256, str)
            and self.split in SPLITS
            and type(self.start) is type(self.length) is int
            and self.start == start
            and self.length > 0
            and isinstance(self.weight, int | float)
            and 0 < self.weight < math.inf
        )


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
        digest = hashlib.sha256(np.ascontiguousarray(self.ids).data)
        digest.update(json.dumps([self.encoding, self.vocabulary.tokens]).encode())
        # The text of one list of all pieces, without ever making it.
        digest.update(b"[")
        for number, piece in enumerate(self.pieces):
            digest.update(((", " if number else "") + json.dumps(asdict(piece))).encode())
        digest.update(b"]")
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write `ids.npy` and then `dataset.json`, so that a description never exists without its ids.

        TrainingError if the folder cannot be written.
        """
        self.write(folder, [self.ids])

    def write(self, folder: Path, parts: Iterable[Ids]) -> Dataset:
        """Write the data set as `save` does, but with the ids of `parts`; return it with these ids, memory-mapped.

        `parts` may be a generator: only one of them is in memory at a time.
        """
        description = {
            "format": FORMAT,
            "encoding": self.encoding,
            "corpus": asdict(self.corpus),
            "music21_version": self.music21_version,
            "vocabulary": list(self.vocabulary.tokens),
        }
        with writing_to(folder):
            with replacing(folder / "ids.npy") as temporary:
                _write_ids(temporary, sum(piece.length for piece in self.pieces), parts)
            with (
                replacing(folder / "dataset.json") as temporary,
                temporary.open("w", encoding="utf-8", newline="\n") as file,
            ):
                file.writelines(_json_lines(description, self.pieces))
            return replace(self, ids=_loaded_ids(folder / "ids.npy"))

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Load a data set with memory-mapped ids; TrainingError if the folder has none, or a damaged one."""
        try:
            description: dict[str, Any] = json.loads(read_regular(folder / "dataset.json", most_bytes=_MOST_BYTES))
            if description["format"] != FORMAT:
                raise TrainingError(f"{folder} holds {description['format']!r}; {FORMAT!r} is needed")
            if not isinstance(description["vocabulary"], list):
                raise ValueError("its vocabulary is no list of tokens")
            ids = _loaded_ids(folder / "ids.npy")
            dataset = cls(
                description["encoding"],
                Vocabulary(tuple(description["vocabulary"])),
                Corpus(**description["corpus"]),
                description["music21_version"],
                tuple(Piece(**piece) for piece in description["pieces"]),
                ids,
            )
            dataset._check()
        except FileNotFoundError as exc:
            raise TrainingError(
                f"{folder} holds no data set; make one with: musicgen-train prepare MIDI_DIR --out {folder}"
            ) from exc
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as exc:
            raise TrainingError(f"the data set in {folder} cannot be read ({exc}); prepare it again") from exc
        if sum(piece.length for piece in dataset.pieces) != len(ids):
            raise TrainingError(f"the data set in {folder} is incomplete; prepare it again")
        if int(ids.max()) >= len(dataset.vocabulary):
            raise TrainingError(
                f"the data set in {folder} has the id {ids.max()} and {len(dataset.vocabulary)} tokens; prepare it anew"
            )
        return dataset

    def _check(self) -> None:
        """Raise ValueError if a value that was read cannot be one of a data set."""
        tokens = self.vocabulary.tokens
        if self.encoding not in ENCODINGS or tokens != VOCABULARIES.get(self.encoding, self.vocabulary).tokens:
            raise ValueError(f"the encoding {self.encoding!r:.60} is unknown, or has another vocabulary")
        corpus = self.corpus
        if not all(isinstance(text, str) for text in (*tokens, corpus.name, corpus.licence, corpus.credit)):
            raise ValueError("a token, or the name, licence or credit of the music, is no text")
        if not isinstance(self.music21_version, str):
            raise ValueError(f"the version of music21 is {self.music21_version!r:.60}")
        start = 0
        for piece in self.pieces:
            if not piece.is_sound(start):
                raise ValueError(f"a piece is {piece!r:.300}")
            start += piece.length
        if not self.pieces:
            raise ValueError("it has no pieces")


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Raise TrainingError if the block cannot write the data set in a folder."""
    try:
        yield
    except OSError as exc:
        raise TrainingError(f"the data set cannot be written to {folder} ({exc.strerror})") from exc


def _json_lines(description: Mapping[str, Any], pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield parts of a JSON object with the pieces last, one by one: as a whole they take four times their memory."""
    yield json.dumps({**description, "pieces": []}, ensure_ascii=False, indent=1).removesuffix("]\n}")
    for number, piece in enumerate(pieces):
        text = json.dumps(asdict(piece), ensure_ascii=False, indent=1)
        yield ("," if number else "") + "\n  " + text.replace("\n", "\n  ")
    yield "\n ]\n}\n"


def _write_ids(path: Path, count: int, parts: Iterable[Ids]) -> None:
    """Write the file that `numpy.save` would write if all `count` ids were one array."""
    header = np.lib.format.header_data_from_array_1_0(np.zeros(0, np.uint16)) | {"shape": (count,)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part, np.uint16).data)


def _loaded_ids(path: Path) -> Ids:
    """Return the ids of a file, memory-mapped; ValueError if they are none."""
    check_regular(path)
    try:
        ids: Ids = np.load(path, mmap_mode="r", allow_pickle=False)
    except (EOFError, OverflowError, SyntaxError, TokenError) as exc:
        raise ValueError(f"{path.name}: {exc}") from exc
    if not isinstance(ids, np.memmap) or ids.dtype != np.uint16 or ids.ndim != 1:
        raise ValueError(f"{path.name} is no list of ids")
    return ids
