"""Measures how well `piano` predicts held-out pieces, beside n-grams, as `musicgen-train evaluate` does.

    python -m benchmarks.music [--quick] [--json]

Reads the five sets whose test pieces nothing was trained on, from the corpora (`corpora.py`); `training/splits` has the
splits. The n-grams learn from the training pieces of the same sets: one counts in those alone, in the best of
the orders 2 to 9, the other one in the piece that it predicts as well, as the network's recall does, which is the fair
peer. `--quick` reads one set.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.corpora import SPLITS, corpus
from benchmarks.figure import Figure

SETS = ("mutopia-pd-ragtime", "mutopia-pd-baroque", "mutopia-pd-classical", "chopin-nifc", "openscore-lieder-piano")
MODEL = "piano"


def measured(quick: bool) -> list[dict[str, Any]]:
    """Return the nats a note of all pieces, and of those of each style."""
    sets = {name: corpus(name) for name in (SETS[:1] if quick else SETS)}
    from musicgen_live.model.blas import use_one_blas_thread

    # Beside other programs two threads wait for each other: a step takes ten times as long.
    use_one_blas_thread()
    from musicgen_live.config.library import model_path
    from musicgen_live.model.bundle import Bundle
    from training.data.dataset import Corpus, Dataset
    from training.data.mix import mix
    from training.data.prepare import prepare
    from training.evaluation.evaluate import predictions

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        prepared = [
            prepare(
                midi,
                work / name,
                corpus=Corpus(name, "see its folder"),
                split_file=SPLITS / f"{name}.csv",
                encoding="bars",
                cache=work / "cache",
            ).dataset
            for name, midi in sets.items()
        ]
        mix(prepared, [1.0] * len(prepared), work / "all")
        found = predictions(Bundle.load(model_path(MODEL)), Dataset.load(work / "all"))
    rows = []
    for style, match in {"": found.match(), **found.by_style()}.items():
        assert match.memory is not None
        scores = {"network": match.network, "ngram_with_memory": match.memory, "ngram": match.ngram}
        nats = {f"{name}_nats": score.nats_per_note for name, score in scores.items()}
        rows.append({"style": style or "all", "notes": match.network.notes, **nats})
    return rows


def figures_of(result: list[dict[str, Any]]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(figure for row in result for figure in _figures(row))


def _figures(row: dict[str, Any]) -> Iterator[Figure]:
    for peer, words in (("ngram_with_memory", "an n-gram that remembers the piece"), ("ngram", "a plain n-gram")):
        yield Figure(
            name=f"predicting {row['style']} test pieces, {row['notes']:,} notes, `{MODEL}`",
            value=row["network_nats"],
            unit="nats a note",
            peer=words,
            peer_value=row[f"{peer}_nats"],
            telling=row["style"] == "all" and peer == "ngram_with_memory",
        )


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
