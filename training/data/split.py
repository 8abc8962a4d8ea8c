"""Assigns whole pieces to training, validation and test, by a table or by their content."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.config.files import open_regular, reason_of
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS
from musicgen_live.errors import TrainingError

from .dataset import SPLITS, Split

# A held-out piece must fill the classic recipe's window of 100 and have a next token to predict.
_SHORTEST_HELD_OUT = 101


@dataclass(frozen=True)
class Listed:
    """A file's entry in a split table: its split, and optionally its style."""

    split: Split
    style: str | None = None

    def __str__(self) -> str:
        return self.split if self.style is None else f"{self.split}, style {self.style}"


def read_split(path: Path) -> dict[str, Listed]:
    """Read the columns `file`, `split` and optionally `style` of a CSV file, in its order.

    TrainingError names an invalid line.
    """
    try:
        with io.TextIOWrapper(open_regular(path), newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            rows = [(table.line_num, row) for row in table]
            columns = table.fieldnames or []
    except OSError as exc:
        raise TrainingError(f"the split {path} cannot be read ({reason_of(exc)})") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise TrainingError(f"the split {path} is not a CSV file in UTF-8 ({exc})") from exc
    if not {"file", "split"} <= set(columns):
        raise TrainingError(f"the split {path} has columns {', '.join(columns) or 'none'}; it needs file and split")
    listed: dict[str, Listed] = {}
    for line, row in rows:
        name, value, style = row["file"], row["split"], row.get("style") or None
        split = next((known for known in SPLITS if known == value), None)
        if not name or split is None:
            raise TrainingError(
                f"line {line} of {path} says file {name!r}, split {value!r}; a split is one of {', '.join(SPLITS)}"
            )
        if style is not None and style not in CONTROL_TOKENS["style"]:
            raise TrainingError(f"line {line} of {path} says style {style!r}; {known_styles()}")
        entry = Listed(split, style)
        if (earlier := listed.setdefault(name, entry)) != entry:
            raise TrainingError(f"line {line} of {path} puts {name} into {entry}, an earlier line into {earlier}")
    if not listed:
        raise TrainingError(f"the split {path} lists no file")
    return listed


def known_styles() -> str:
    """Return a clause for error messages that lists the styles."""
    return f"a style is one of {', '.join(CONTROL_TOKENS['style'])}"


def split_by_content(lengths: Mapping[str, int]) -> dict[str, Split]:
    """Split pieces, given as content hash to number of tokens: one in ten for validation, one in ten for test.

    Of two or more pieces at least one is for validation. Pieces too short to score are for training, if there are
    others; a single piece that is long enough is for training too, and nothing is held out. Only the hash orders the
    pieces, so other files in the folder move only the few pieces nearest to the borders.
    """
    ranked = sorted(lengths)
    long_enough = [sha256 for sha256 in ranked if lengths[sha256] >= _SHORTEST_HELD_OUT] or ranked
    valid = max(len(long_enough) // 10, 1) if len(long_enough) > 1 else 0
    test = len(long_enough) // 10
    splits: dict[str, Split] = dict.fromkeys(lengths, "train")
    splits.update(dict.fromkeys(long_enough[:valid], "valid"))
    splits.update(dict.fromkeys(long_enough[len(long_enough) - test :], "test"))
    return splits
