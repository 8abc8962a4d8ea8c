"""What a model plays, beside what held-out pieces have in the same place: measured passage by passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.util import find_spec
from typing import Any

import numpy as np

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.errors import TrainingError
from musicgen_live.model.bundle import Bundle
from training.data.dataset import Dataset, Ids, Split
from training.evaluation.copying import longest_copies
from training.evaluation.evaluate import translator
from training.evaluation.metrics import Metrics, metrics_of
from training.evaluation.passages import Cut, answers, cuts_of, passage_of
from training.evaluation.two_sample import FOLDS, Accuracy, features_of, two_sample

SAMPLING = Settings(decode="sample", temperature=1.0, top_p=0.95)
FEWEST_PASSAGES = 2 * FOLDS
MOST_COPIED_NOTES = 16
"""A take that has more of a training piece in a row is taken to quote it."""

METRICS = tuple(field.name for field in fields(Metrics))
COPIED = "copied_notes"


@dataclass(frozen=True)
class Setup:
    """How many passages are compared, how long they are, and what the model reads before it plays."""

    passages: int = 64
    bars: int = 16
    prompt_bars: int = 4
    settings: Settings = SAMPLING
    seed: int = 0


@dataclass(frozen=True)
class Figures:
    """Every metric of every passage of one kind, in their order; `copied_notes` is the longest copied run of each."""

    values: Mapping[str, tuple[float, ...]]

    def mean(self, name: str) -> float:
        """The mean over the passages."""
        return float(np.mean(self.values[name]))

    def spread(self, name: str) -> float:
        """The standard deviation over the passages."""
        return float(np.std(self.values[name]))

    @property
    def free_of_copies(self) -> float:
        """The share of passages that copy no more than 16 notes in a row."""
        return float(np.mean(np.array(self.values[COPIED]) <= MOST_COPIED_NOTES))

    def to_json(self) -> dict[str, Any]:
        """Mean, standard deviation and all values of every metric."""
        return {
            name: {"mean": self.mean(name), "standard_deviation": self.spread(name), "values": list(values)}
            for name, values in self.values.items()
        } | {"share_copying_at_most_16_notes": self.free_of_copies}


@dataclass(frozen=True)
class Comparison:
    """A model's passages beside the held-out ones that they stand in for, and who can tell them apart."""

    setup: Setup
    split: Split
    pieces: int
    held_out: Figures
    generated: Figures
    told_apart: Mapping[str, Accuracy]

    @property
    def passages(self) -> int:
        """How many of each kind there are: those asked for, or what the held-out pieces have."""
        return len(self.held_out.values[COPIED])

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        settings = {
            key: getattr(self.setup.settings, key) for key in ("decode", "temperature", "top_k", "top_p", "variation")
        }
        return {
            "split": self.split,
            "pieces": self.pieces,
            "passages": self.passages,
            "bars": self.setup.bars,
            "prompt_bars": self.setup.prompt_bars,
            "seed": self.setup.seed,
            **settings,
            "held_out": self.held_out.to_json(),
            "generated": self.generated.to_json(),
            "told_apart": {name: asdict(accuracy) for name, accuracy in self.told_apart.items()},
        }


def compare(bundle: Bundle, dataset: Dataset, split: Split = "test", setup: Setup | None = None) -> Comparison:
    """Let a model go on where held-out pieces are cut, and measure what it plays and what the pieces have there.

    Each answer has as many bars of the same time signatures as its cut, and begins behind the same bars. Copies are
    sought in the data set's training pieces. TrainingError where the encoding has no bars or there are too few cuts.
    """
    setup = setup or Setup()
    if bundle.encoding not in BAR_ENCODINGS:
        raise TrainingError(f"the encoding {bundle.encoding!r} has no bars, so its music is not compared with others'")
    if find_spec("sklearn") is None:
        raise TrainingError("it needs scikit-learn, which is not installed; in a clone: pip install '.[train]'")
    in_model_ids = translator(bundle, dataset)
    cuts = [
        Cut(cut.piece, in_model_ids(cut.prompt), in_model_ids(cut.ids))
        for cut in cuts_of(dataset, split, setup.passages, setup.bars, setup.prompt_bars)
    ]
    if len(cuts) < FEWEST_PASSAGES:
        raise TrainingError(
            f"the {split} pieces have {len(cuts)} passages of {setup.bars} bars; {FEWEST_PASSAGES} are needed to "
            "compare with: choose fewer --bars or another --split, or leave the comparison out with --passages 0"
        )
    played = list(answers(bundle, cuts, setup.settings, setup.seed))
    originals = [cut.ids for cut in cuts]
    music = (passage_of(in_model_ids(dataset.ids_of(piece))) for piece in dataset.of_split("train"))
    copies = longest_copies(music, [passage_of(ids) for ids in [*originals, *played]])
    return Comparison(
        setup,
        split,
        len({cut.piece for cut in cuts}),
        _figures(originals, copies[: len(cuts)]),
        _figures(played, copies[len(cuts) :]),
        two_sample(
            np.stack([features_of(ids) for ids in originals]),
            np.stack([features_of(ids) for ids in played]),
            [cut.piece for cut in cuts],
            setup.seed,
        ),
    )


def _figures(passages: Sequence[Ids], copies: Sequence[int]) -> Figures:
    measured = [metrics_of(ids) for ids in passages]
    values = {name: tuple(float(getattr(metrics, name)) for metrics in measured) for name in METRICS}
    return Figures(values | {COPIED: tuple(float(notes) for notes in copies)})
