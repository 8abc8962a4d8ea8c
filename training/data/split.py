"""Which pieces are trained on and which are held out: whole pieces, from a table or by their content."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS
from musicgen_live.errors import TrainingError
from training.data.dataset import SPLITS, Split

# A held-out piece must fill the recipe's window of 100 and have a next data point to predict.
_SHORTEST_HELD_OUT = 101


@dataclass(frozen=True)
class Listed:
    """What a table says of a file: where it belongs, and its style if that is said."""

    split: Split
    style: str | None = None

    def __str__(self) -> str:
        return self.split if self.style is None else f"{self.split}, style {self.style}"


def read_split(path: Path) -> dict[str, Listed]:
    """The columns `file`, `split` and, if there, `style` of a CSV file, in its order.

    TrainingError names the line that cannot be.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            rows = [(table.line_num, row) for row in table]
            columns = table.fieldnames or []
    except OSError as exc:
        raise TrainingError(f"the split {path} cannot be read ({exc.strerror})") from exc
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
        now = Listed(split, style)
        if (before := listed.setdefault(name, now)) != now:
            raise TrainingError(f"line {line} of {path} puts {name} into {now}, an earlier line into {before}")
    if all(one.split != "train" for one in listed.values()):
        raise TrainingError(f"the split {path} has no line whose split is train")
    return listed


def known_styles() -> str:
    """A half sentence for errors."""
    return f"a style is one of {', '.join(CONTROL_TOKENS['style'])}"


def split_by_content(lengths: Mapping[str, int]) -> dict[str, Split]:
    """Splits of pieces given as content hash to number of data points: one in ten valid, one in ten test.

    Two pieces or more have at least one valid. Pieces too short to score are trained on, if there are others; where a
    single one is long enough, it is what there is to train on, and nothing is held out. The hash alone orders the
    pieces, so what else is in the folder moves only the few nearest to the borders.
    """
    ranked = sorted(lengths)
    long_enough = [sha256 for sha256 in ranked if lengths[sha256] >= _SHORTEST_HELD_OUT] or ranked
    valid = max(len(long_enough) // 10, 1) if len(long_enough) > 1 else 0
    test = len(long_enough) // 10
    splits: dict[str, Split] = dict.fromkeys(lengths, "train")
    splits.update(dict.fromkeys(long_enough[:valid], "valid"))
    splits.update(dict.fromkeys(long_enough[len(long_enough) - test :], "test"))
    return splits
