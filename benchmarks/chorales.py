"""Measures a model on Bach's chorales in the published split, in nats a sixteenth of four voices, as papers do.

    python -m benchmarks.chorales Jsb16thSeparated.json --model piano

The file is that of https://github.com/czhuang/JSB-Chorales-dataset: for each chorale the pitches of four voices at
every sixteenth. It does not tell held from repeated notes, so equal pitches in a row are one note.

The model predicts the chorales as tokens, bars and positions too. Their nats, added up and divided by the number of
sixteenths, compare with those of models that predict the four voices at each sixteenth. Beside it stand n-grams of the
training chorales in all keys. No chorale of the test part may be among what a model was trained on, in any key or
edition; nothing is trained here.
"""

from __future__ import annotations

import argparse
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from musicgen_live.config.library import model_path
from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import COMMON_TIME
from training.data.barlines import with_upbeat
from training.data.dataset import Corpus, Dataset, Split
from training.data.labels import with_header
from training.evaluation.evaluate import predictions
from training.evaluation.report import Match

SIXTEENTH_TICKS = PPQ // 4
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
STYLE = "chorale"

Chorale = list[list[int]]
"""The pitches of the voices at every sixteenth; below 0 for a rest."""
Chorales = dict[Split, list[Chorale]]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chorales", type=Path, help="Jsb16thSeparated.json")
    parser.add_argument("--model", default="piano", help="a shipped model, or a model file")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--json", action="store_true", help="print one line of JSON last")
    given = parser.parse_args()
    chorales: Chorales = json.loads(given.chorales.read_text(encoding="utf-8"))
    result = measure(Bundle.load(model_path(given.model)), chorales, given.split)
    for name, value in result.items():
        print(f"{name}: {value}")
    if given.json:
        print(json.dumps(result))


def measure(bundle: Bundle, chorales: Chorales, split: Split) -> dict[str, Any]:
    """Return the nats a sixteenth of a model and of the n-grams."""
    match = predictions(bundle, dataset_of(chorales), split).match()
    return {"chorales": len(chorales[split]), **figures(match, sum(map(len, chorales[split])))}


def figures(match: Match, sixteenths: int) -> dict[str, Any]:
    """Return the scores of a match in nats a sixteenth."""
    assert match.memory is not None
    scores = {"model": match.network, "n-gram with memory": match.memory, "n-gram": match.ngram}
    return {
        "sixteenths": sixteenths,
        "notes": match.network.notes,
        **{f"{name}, nats a sixteenth": round(s.nats * s.tokens / sixteenths, 3) for name, s in scores.items()},
    }


def dataset_of(chorales: Chorales) -> Dataset:
    """Return the chorales as a data set in bars, with the labels that `prepare` would write."""
    rows = [
        (f"{split}-{number:03d}", f"{split}-{number:03d}", split, tokens_of(chorale))
        for split in SPLITS
        for number, chorale in enumerate(chorales[split])
    ]
    return Dataset.of(bars.NAME, Corpus("JSB chorales", "for measuring only"), "", rows)


def tokens_of(chorale: Chorale) -> list[str]:
    """Return a chorale as tokens, with its header."""
    parts = bars.hands_of([part for voice in range(len(chorale[0])) if (part := voice_of(chorale, voice))])
    score = Score(parts, (TimeSignatureChange(0, COMMON_TIME),), len(chorale) * SIXTEENTH_TICKS)
    ids = np.array(bar_tokens.VOCABULARY.encode(bars.encode(with_upbeat(score))), np.uint16)
    return bar_tokens.VOCABULARY.decode(with_header(STYLE, ids).tolist())


def voice_of(chorale: Chorale, voice: int) -> tuple[Note, ...]:
    """Return the notes of a voice: equal pitches in a row are one."""
    notes = []
    tick = 0
    for pitch, run in groupby(int(pitches[voice]) for pitches in chorale):
        length = len(list(run)) * SIXTEENTH_TICKS
        if pitch >= 0:
            notes.append(Note(tick, length, pitch, bar_tokens.DEFAULT_VELOCITY))
        tick += length
    return tuple(notes)


if __name__ == "__main__":
    main()
