"""Compares passages that a model generates with the held-out passages that they replace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.errors import TrainingError
from musicgen_live.model.bundle import Bundle

from ..data.dataset import Dataset, Ids, Split
from .copying import longest_copies
from .evaluate import translator
from .metrics import Metrics, metrics_of
from .passages import Cut, Passage, continuations, cuts_of, passage_of
from .players import Players
from .theory.features import theory_features, vector
from .two_sample import FOLDS, Accuracy, Features, features_of, two_sample

SAMPLING = Settings(decode="sample", temperature=1.0, top_p=0.95)
FEWEST_PASSAGES = 2 * FOLDS
MOST_COPIED_NOTES = 16
"""A passage with a longer run of a training piece counts as a copy."""

METRICS = tuple(field.name for field in fields(Metrics))
COPIED = "copied_notes"


@dataclass(frozen=True)
class ComparisonOptions:
    """Options of a comparison: number of passages and their length in bars, bars of the prompt, sampling and seeds.

    With several `seeds`, the model plays in place of every passage that many times.
    """

    passages: int = 64
    bars: int = 16
    prompt_bars: int = 4
    settings: Settings = SAMPLING
    seed: int = 0
    seeds: int = 1


@dataclass(frozen=True)
class Figures:
    """Values of each metric for all passages of one kind.

    `copied_notes` is the longest run of a passage that a training piece has; it is missing without training pieces.
    """

    values: Mapping[str, tuple[float, ...]]

    def mean(self, name: str) -> float:
        """Return the mean over the passages."""
        return float(np.mean(self.values[name]))

    def spread(self, name: str) -> float:
        """Return the standard deviation over the passages."""
        return float(np.std(self.values[name]))

    @property
    def free_of_copies(self) -> float | None:
        """Share of the passages without a copied run of more than 16 notes, 0 to 1; None if copies were not sought."""
        if COPIED not in self.values:
            return None
        return float(np.mean(np.array(self.values[COPIED]) <= MOST_COPIED_NOTES))

    def to_json(self) -> dict[str, Any]:
        """Return mean, standard deviation and all values of every metric as JSON values."""
        return {
            name: {"mean": self.mean(name), "standard_deviation": self.spread(name), "values": list(values)}
            for name, values in self.values.items()
        } | {"share_copying_at_most_16_notes": self.free_of_copies}


@dataclass(frozen=True)
class Comparison:
    """Metrics of a model's passages and of the held-out ones, and the accuracy of classifiers that distinguish them."""

    options: ComparisonOptions
    split: Split
    pieces: int
    held_out: Figures
    generated: Figures
    classifier_accuracy: Mapping[str, Accuracy]
    theory_accuracy: Mapping[str, Accuracy]
    """The same with the features of music theory in place of the metrics and histograms."""
    held_out_passages: Sequence[Passage] = field(compare=False, repr=False)
    generated_passages: Sequence[Sequence[Passage]] = field(compare=False, repr=False)
    """Those of each seed, in the order of the held-out ones."""
    prompts: Sequence[Passage] = field(compare=False, repr=False)

    @property
    def passages(self) -> int:
        """Number of passages of each kind: as in the options, or fewer if the held-out pieces have fewer."""
        return len(self.held_out.values[METRICS[0]])

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        settings = {
            key: getattr(self.options.settings, key) for key in ("decode", "temperature", "top_k", "top_p", "variation")
        }
        return {
            "split": self.split,
            "pieces": self.pieces,
            "passages": self.passages,
            "bars": self.options.bars,
            "prompt_bars": self.options.prompt_bars,
            "seed": self.options.seed,
            "seeds": self.options.seeds,
            **settings,
            "held_out": self.held_out.to_json(),
            "generated": self.generated.to_json(),
            "told_apart": {name: asdict(accuracy) for name, accuracy in self.classifier_accuracy.items()},
            "told_apart_by_theory": {name: asdict(accuracy) for name, accuracy in self.theory_accuracy.items()},
        }


def compare(
    players: Players,
    dataset: Dataset,
    split: Split = "test",
    options: ComparisonOptions | None = None,
    training: Dataset | None = None,
) -> Comparison:
    """Let a model continue held-out pieces where they are cut, and compare its passages with the original ones.

    Each generated passage follows the same bars as its original, and has the same number of bars with the same time
    signatures. The function searches for copies of the training pieces of the data set, or of `training`. TrainingError
    if the encoding has no bars, or if there are too few passages.
    """
    options, bundle = options or ComparisonOptions(), players.bundle
    if bundle.encoding not in BAR_ENCODINGS:
        raise TrainingError(f"the encoding {bundle.encoding!r} has no bars, so its music is not compared with others'")
    if find_spec("sklearn") is None:
        raise TrainingError("it needs scikit-learn, which is not installed; in a clone: pip install '.[train]'")
    in_model_ids = translator(bundle, dataset)
    cuts = [
        Cut(cut.piece, in_model_ids(cut.prompt), in_model_ids(cut.ids))
        for cut in cuts_of(dataset, split, options.passages, options.bars, options.prompt_bars)
    ]
    if len(cuts) < FEWEST_PASSAGES:
        raise TrainingError(
            f"the {split} pieces have {len(cuts)} passages of {options.bars} bars; {FEWEST_PASSAGES} are needed to "
            "compare with: choose fewer --bars or another --split, or leave the comparison out with --passages 0"
        )
    originals = [cut.ids for cut in cuts]
    generated = [
        list(continuations(players, cuts, options.settings, options.seed + number * len(cuts)))
        for number in range(options.seeds)
    ]
    played = [ids for of_seed in generated for ids in of_seed]
    copies = _copies(bundle, training or dataset, [*originals, *played])
    passages = [passage_of(ids) for ids in originals]
    played_passages = [[passage_of(ids) for ids in of_seed] for of_seed in generated]
    pieces = [cut.piece for cut in cuts]
    return Comparison(
        options,
        split,
        len(set(pieces)),
        _figures(originals, copies[: len(cuts)]),
        _figures(played, copies[len(cuts) :]),
        _told_apart(features_of, originals, generated, pieces, options.seed),
        _told_apart(_theory_vector, passages, played_passages, pieces, options.seed),
        passages,
        played_passages,
        [passage_of(cut.prompt) for cut in cuts],
    )


Music = TypeVar("Music")


def _told_apart(
    features_of_music: Callable[[Music], Features],
    originals: Sequence[Music],
    generated: Sequence[Sequence[Music]],
    pieces: Sequence[str],
    seed: int,
) -> dict[str, Accuracy]:
    """Return the accuracy of every classifier, over the seeds."""
    real = np.stack([features_of_music(music) for music in originals])
    found = [
        two_sample(real, np.stack([features_of_music(music) for music in of_seed]), pieces, seed + number)
        for number, of_seed in enumerate(generated)
    ]
    return {name: Accuracy.over_seeds([accuracies[name] for accuracies in found]) for name in found[0]}


def _theory_vector(passage: Passage) -> Features:
    return vector(theory_features(passage))


def _copies(bundle: Bundle, training: Dataset, passages: Sequence[Ids]) -> list[int]:
    """Return the longest copy of a training piece in each passage; nothing if there are no training pieces."""
    in_model_ids = translator(bundle, training)
    pieces = training.of_split("train")
    music = (passage_of(in_model_ids(training.ids_of(piece))) for piece in pieces)
    return longest_copies(music, [passage_of(ids) for ids in passages]) if pieces else []


def _figures(passages: Sequence[Ids], copies: Sequence[int]) -> Figures:
    measured = [metrics_of(ids) for ids in passages]
    values = {name: tuple(float(getattr(metrics, name)) for metrics in measured) for name in METRICS}
    return Figures(values | ({COPIED: tuple(float(notes) for notes in copies)} if copies else {}))
