"""Measures a model on Bach's chorales in the published split, in nats a sixteenth of four voices, as papers do.

    python -m benchmarks.chorales [--quick] [--json] [--model piano] [--split test]

The file is Jsb16thSeparated.json of https://github.com/czhuang/JSB-Chorales-dataset: for each chorale the pitches of
four voices at every sixteenth. It does not tell held from repeated notes, so equal pitches in a row are one note.

The model predicts the chorales as tokens, bars and positions too. Their nats, added up and divided by the number of
sixteenths, compare with those of models that predict the four voices at each sixteenth. Beside it stand n-grams of the
training chorales in all keys. No chorale of the test part may be among what a model was trained on, in any key or
edition; nothing is trained here. `--quick` reads ten of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import numpy as np

from benchmarks import command
from benchmarks.corpora import corpus
from benchmarks.figure import Figure
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


def measured(quick: bool, model: str = "piano", split: Split = "test") -> dict[str, Any]:
    """Measure a model on a part of the published split."""
    text = corpus("jsb-chorales/Jsb16thSeparated.json").read_text(encoding="utf-8")
    chorales: Chorales = json.loads(text)
    if quick:
        chorales[split] = chorales[split][:10]
    return {"model": model, **measure(Bundle.load(model_path(model)), chorales, split)}


def measure(bundle: Bundle, chorales: Chorales, split: Split) -> dict[str, Any]:
    """Return the nats a sixteenth of a model and of the n-grams."""
    match = predictions(bundle, dataset_of(chorales), split).match()
    return {"chorales": len(chorales[split]), **per_sixteenth(match, sum(map(len, chorales[split])))}


def per_sixteenth(match: Match, sixteenths: int) -> dict[str, Any]:
    """Return the scores of a match in nats a sixteenth."""
    assert match.memory is not None
    scores = {"model": match.network, "ngram_with_memory": match.memory, "ngram": match.ngram}
    return {
        "sixteenths": sixteenths,
        "notes": match.network.notes,
        **{f"{name}_nats": round(score.nats * score.tokens / sixteenths, 3) for name, score in scores.items()},
    }


def figures_of(result: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    peers = {"ngram_with_memory": "an n-gram that remembers the piece", "ngram": "a plain n-gram"}
    return tuple(
        Figure(
            name=f"predicting a sixteenth of {result['chorales']} chorales by Bach, `{result['model']}`",
            value=result["model_nats"],
            unit="nats",
            peer=words,
            peer_value=result[f"{peer}_nats"],
        )
        for peer, words in peers.items()
    )


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


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = command.parser(__doc__)
    parser.add_argument("--model", default="piano", help="a shipped model, or a model file")
    parser.add_argument("--split", choices=SPLITS, default="test")
    given = parser.parse_args()
    command.show(lambda: measured(given.quick, given.model, given.split), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
