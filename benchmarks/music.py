"""Measures how well `piano` predicts held-out pieces, beside n-grams, as `musicgen-train evaluate` does.

    python -m benchmarks.music [--quick]

Reads the five sets whose test pieces nothing was trained on, from the corpora beside the repository; `training/splits`
has the splits. The n-grams learn from the training pieces of the same sets: one counts in those alone, in the best of
the orders 2 to 9, the other one in the piece that it predicts as well, as the network's recall does, which is the fair
peer. `--quick` reads one set.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, LeftOutError, print_figures

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"
SETS = ("mutopia-pd-ragtime", "mutopia-pd-baroque", "mutopia-pd-classical", "chopin-nifc", "openscore-lieder-piano")
MODEL = "piano"


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="read one set")
    try:
        print_figures(figures(parser.parse_args().quick))
    except LeftOutError as reason:
        parser.error(f"this needs {reason}")


def figures(quick: bool) -> tuple[Figure, ...]:
    """Measure, and return the figures: of all pieces, and of each style."""
    sets = SETS[:1] if quick else SETS
    if missing := [name for name in sets if not (CORPORA / name).is_dir()]:
        raise LeftOutError(f"the sets {', '.join(missing)} in {CORPORA}")
    return tuple(_figures(sets))


def _figures(sets: tuple[str, ...]) -> Iterator[Figure]:
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
                CORPORA / name,
                work / name,
                corpus=Corpus(name, "see its folder"),
                split_file=ROOT / "training" / "splits" / f"{name}.csv",
                encoding="bars",
                cache=work / "cache",
            ).dataset
            for name in sets
        ]
        mix(prepared, [1.0] * len(prepared), work / "all")
        found = predictions(Bundle.load(model_path(MODEL)), Dataset.load(work / "all"))
    for style, match in {"": found.match(), **found.by_style()}.items():
        assert match.memory is not None
        name = f"predicting {style or 'all'} test pieces, {match.network.notes:,} notes, `{MODEL}`"
        for peer, score in (("an n-gram that remembers the piece", match.memory), ("a plain n-gram", match.ngram)):
            yield Figure(
                name=name,
                value=match.network.nats_per_note,
                unit="nats a note",
                peer=peer,
                peer_value=score.nats_per_note,
                telling=not style and score is match.memory,
            )


if __name__ == "__main__":
    main()
