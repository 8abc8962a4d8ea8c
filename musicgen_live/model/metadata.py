"""Reads the metadata of a model file, within limits and checked, without its weights and without NumPy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from musicgen_live.config.files import open_regular, reason_of
from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.errors import ModelError
from musicgen_live.model.architecture import LONGEST_WINDOW, RELATIONS, Architecture
from musicgen_live.model.card import ModelCard

Outline = tuple[tuple[int, int, int, int], ...]
Made = TypeVar("Made", Architecture, ModelCard)

FORMAT = "musicgen-live model 1"

LONGEST_HEADER_BYTES = 4 * 2**20
"""That of the model `piano`, with 168 prompts, has 178 kB."""
MOST_PROMPTS = 10_000
LONGEST_OUTLINE_BARS = 256
_OUTLINE_RANGES = (range(LONGEST_OUTLINE_BARS), range(-12, 13), range(len(RELATIONS)), range(2))
LONGEST_PROMPT = LONGEST_WINDOW
"""In ids. A take begins when its prompt is read, at some 0.15 ms an id."""


@dataclass(frozen=True)
class Metadata:
    """All of a model file but its weights: the encoding, its tokens in id order, prompts as ids, network and card."""

    encoding: str
    tokens: tuple[str, ...]
    prompts: tuple[tuple[int, ...], ...]
    architecture: Architecture
    card: ModelCard
    outlines: tuple[Outline, ...] = ()
    """The form of the music behind each prompt: for every bar the distance in bars to the one that it answers, the
    semitones that it is higher, the index of the relation in `RELATIONS`, and 1 where a phrase ends."""

    @classmethod
    def read(cls, path: Path) -> Metadata:
        """Read the metadata of a model file; ModelError gives the reason if it cannot be played."""
        with opened(path) as file:
            return cls.of_header(file)

    @classmethod
    def of_header(cls, file: BinaryIO) -> Metadata:
        """Read the header of an open model file; ValueError, TypeError or RecursionError on a wrong one."""
        length = int.from_bytes(file.read(8), "little")
        if length > LONGEST_HEADER_BYTES:
            raise ValueError(f"its header would have {length:,} bytes; at most {LONGEST_HEADER_BYTES:,} can be read")
        header = _json(file.read(length), "header")
        texts = header.get("__metadata__", {}) if isinstance(header, dict) else None
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise ValueError("its header holds no metadata")
        _check_format(texts.get("format"))
        tokens = _tokens(_json_of(texts, "vocabulary"))
        architecture = _made(Architecture, _json_of(texts, "architecture"), "architecture")
        if len(tokens) != architecture.classes:
            raise ValueError(f"{len(tokens)} tokens for {architecture.classes} classes")
        encoding = _text_of(texts, "encoding")
        if (architecture.reference or architecture.intervals) and encoding not in BAR_ENCODINGS:
            raise ValueError(f"a reference, and recall by intervals, need bars, which {encoding!r:.60} does not have")
        prompts = _prompts(_json_of(texts, "prompts"), len(tokens))
        card = _made(ModelCard, _json_of(texts, "card"), "card")
        outlines = _outlines(_json_of(texts, "outlines")) if "outlines" in texts else ()
        return cls(encoding, tokens, prompts, architecture, card, outlines)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a model file to read; any error of its content that the block raises becomes a ModelError."""
    try:
        with open_regular(path) as file:
            yield file
    except FileNotFoundError as exc:
        raise ModelError(f"there is no model file {path}; see: musicgen-live models list") from exc
    except _OtherFormatError as exc:
        raise ModelError(
            f"{path} says {exc}, not {FORMAT!r}: it is not a model of this version of musicgen-live; make one with: "
            "musicgen-train export RUN --out FILE"
        ) from exc
    except OSError as exc:
        raise ModelError(f"{path} is not a model file that can be read ({reason_of(exc)})") from exc
    except (TypeError, ValueError) as exc:
        raise ModelError(f"{path} is not a model file that can be read ({exc})") from exc
    except RecursionError as exc:
        raise ModelError(f"{path} is not a model file that can be read (its values are nested too deeply)") from exc


class _OtherFormatError(Exception):
    """The file has another format, which the message quotes."""


def _check_format(name: str | None) -> None:
    if name != FORMAT:
        raise _OtherFormatError(repr(name or "no format")[:60])


def _text_of(texts: dict[str, str], name: str) -> str:
    if name not in texts:
        raise ValueError(f"it says no {name}")
    return texts[name]


def _json_of(texts: dict[str, str], name: str) -> Any:  # noqa: ANN401 (the callers check it)
    return _json(_text_of(texts, name), name)


def _json(text: str | bytes, name: str) -> Any:  # noqa: ANN401 (the callers check it)
    """Return the values of a JSON text; ValueError if it is none, or names a value twice."""
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except ValueError as exc:
        raise ValueError(f"its {name} cannot be read: {exc}") from exc


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice in it")
    return values


def _made(kind: type[Made], values: object, name: str) -> Made:
    """Return an object of a data class from its fields as JSON; ValueError or TypeError on others."""
    known = {field.name: field for field in fields(kind)}
    needed = {name for name, field in known.items() if field.default is field.default_factory is MISSING}
    if not isinstance(values, dict) or not needed <= values.keys() <= known.keys():
        raise ValueError(f"its {name} lacks values, or has some that this version does not know")
    return kind(**values)


def _tokens(values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(token, str) for token in values):
        raise ValueError("its vocabulary is no list of texts")
    if len(set(values)) != len(values):
        raise ValueError("a token stands twice in the vocabulary")
    return tuple(values)


def _prompts(values: object, classes: int) -> tuple[tuple[int, ...], ...]:
    if not isinstance(values, list) or not all(isinstance(prompt, list) for prompt in values):
        raise ValueError("its prompts are no lists of ids")
    if not 1 <= len(values) <= MOST_PROMPTS:
        raise ValueError(f"it has {len(values)} prompts; 1 to {MOST_PROMPTS:,} are needed")
    for prompt in values:
        if not 1 <= len(prompt) <= LONGEST_PROMPT:
            raise ValueError(f"a prompt has {len(prompt)} ids; 1 to {LONGEST_PROMPT:,} are needed")
        if not _are_within(prompt, range(classes)):
            raise ValueError("a prompt names an id that is not in the vocabulary")
    return tuple(map(tuple, values))


def _outlines(values: object) -> tuple[Outline, ...]:
    if not isinstance(values, list) or len(values) > MOST_PROMPTS:
        raise ValueError(f"its outlines are no list of up to {MOST_PROMPTS:,}")
    for outline in values:
        if not isinstance(outline, list) or len(outline) > LONGEST_OUTLINE_BARS:
            raise ValueError(f"an outline is no list of up to {LONGEST_OUTLINE_BARS} bars")
        if not all(isinstance(bar, list) and len(bar) == len(_OUTLINE_RANGES) for bar in outline):
            raise ValueError("a bar of an outline is no list of four numbers")
        for column, allowed in zip(zip(*outline, strict=True), _OUTLINE_RANGES, strict=False):
            if not _are_within(column, allowed):
                raise ValueError(f"an outline has a number beyond {allowed[0]} to {allowed[-1]}")
    return tuple(tuple(map(tuple, outline)) for outline in values)


def _are_within(values: Sequence[object], allowed: range) -> bool:
    """Return True if all values are whole numbers of a range, at a fraction of the cost of a test for each."""
    if set(map(type, values)) - {int}:
        return False
    return not values or (allowed.start <= min(values) and max(values) < allowed.stop)  # type: ignore[type-var, operator]
