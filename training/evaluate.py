"""What a model is worth: its predictions of held-out pieces beside an n-gram's, and how much its argmax repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from musicgen_live.errors import TrainingError
from musicgen_live.generation.sampling import Argmax, Chooser, PureArgmax
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import Network, predictor, read_all
from training.dataset import Dataset, Ids, Split
from training.ngram import NGram
from training.scoring import Score, score, summarise

HELD_OUT: tuple[Split, ...] = ("test", "valid")
ARGMAX_STEPS = 200
GRAM = 4


@dataclass(frozen=True)
class Repetition:
    """How much the output from all prompts repeats.

    A run is one id again and again; its length is from 1 to the number of steps. The distinct rate is the number
    of distinct 4-grams of an output over the number of its 4-grams: 1 where nothing returns, near 0 in a loop.
    """

    longest_run_worst: int
    longest_run_mean: float
    distinct_4gram_rate_worst: float
    distinct_4gram_rate_mean: float


@dataclass(frozen=True)
class Evaluation:
    """A model and an n-gram of the same training pieces on the very same data points, and the model's argmax output.

    Of each piece, the first data points (as many as the model's window) are context alone and not scored.
    """

    split: Split
    pieces: int
    network: Score
    ngram_order: int
    ngram: Score
    steps: int
    prompts: int
    pure_argmax: Repetition
    argmax: Repetition

    @property
    def beats_ngram(self) -> bool:
        """Whether the model's loss is the lower one."""
        return self.network.nats < self.ngram.nats

    def verdict(self) -> str:
        """Who predicts better, in words."""
        ours, theirs = f"{self.network.nats:.3f}", f"{self.ngram.nats:.3f}"
        rival = f"the n-gram of order {self.ngram_order}"
        if self.beats_ngram:
            sentence = f"The model predicts better than {rival}: {ours} against {theirs} nats a data point"
            if self.network.top1 < self.ngram.top1:
                sentence += f", though its first guess is right less often: {self.network.top1:.1%}"
                sentence += f" against {self.ngram.top1:.1%}"
            return sentence + "."
        return (
            f"The model LOSES to {rival}: {ours} against {theirs} nats a data point. It has learned less from these "
            "pieces than a table of counts; train it for longer, or with more files."
        )

    def metrics(self) -> dict[str, float]:
        """The figures that travel with a model."""
        return {
            f"{self.split}_data_points": self.network.data_points,
            f"{self.split}_nats": self.network.nats,
            f"{self.split}_bits": self.network.bits,
            f"{self.split}_top1": self.network.top1,
            f"{self.split}_top5": self.network.top5,
            f"{self.split}_ngram{self.ngram_order}_nats": self.ngram.nats,
            f"{self.split}_ngram{self.ngram_order}_top1": self.ngram.top1,
            f"{self.split}_ngram{self.ngram_order}_top5": self.ngram.top5,
            "pure_argmax_longest_run": self.pure_argmax.longest_run_worst,
            "pure_argmax_distinct_4gram_rate": self.pure_argmax.distinct_4gram_rate_mean,
            "argmax_longest_run": self.argmax.longest_run_worst,
            "argmax_distinct_4gram_rate": self.argmax.distinct_4gram_rate_mean,
        }

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        values = asdict(self)
        values["network"]["bits"], values["ngram"]["bits"] = self.network.bits, self.ngram.bits
        return values | {"beats_ngram": self.beats_ngram, "verdict": self.verdict()}


def evaluate(bundle: Bundle, dataset: Dataset, split: Split = "test", *, order: int = 5) -> Evaluation:
    """Score a model on the pieces of a split and look at its argmax output; `order` is the n-gram's, from 1.

    TrainingError if model and data set do not speak the same tokens, or no piece is long enough to be scored.
    """
    if order < 1:
        raise TrainingError(f"the order of the n-gram is {order}; it has to be at least 1")
    in_model_ids = _translator(bundle, dataset)
    context = bundle.architecture.window
    pieces = [in_model_ids(dataset.ids_of(piece)) for piece in dataset.of_split(split) if piece.length > context]
    if not pieces:
        raise TrainingError(
            f"no piece of the {split} pieces is longer than {context} data points, so there is nothing to score: "
            "choose another --split, or prepare a data set with more or longer files"
        )
    training_pieces = [in_model_ids(dataset.ids_of(piece)) for piece in dataset.of_split("train")]
    network = bundle.network()
    ngram = NGram(training_pieces, bundle.architecture.classes, order)
    return Evaluation(
        split=split,
        pieces=len(pieces),
        network=score(network, pieces, skip=context),
        ngram_order=order,
        ngram=summarise(ngram.rows(pieces, skip=context)),
        steps=ARGMAX_STEPS,
        prompts=len(bundle.prompts),
        pure_argmax=repetition([_continue(network, PureArgmax(), prompt) for prompt in bundle.prompts]),
        argmax=repetition([_continue(network, Argmax(), prompt) for prompt in bundle.prompts]),
    )


def held_out_split(dataset: Dataset, context: int) -> Split:
    """The test pieces, or the validation pieces where no test piece is longer than `context` data points."""
    for split in HELD_OUT:
        if any(piece.length > context for piece in dataset.of_split(split)):
            return split
    return HELD_OUT[0]


def with_metrics(bundle: Bundle, evaluation: Evaluation) -> Bundle:
    """The same model with the figures of an evaluation on its card."""
    return replace(bundle, card=replace(bundle.card, metrics=bundle.card.metrics | evaluation.metrics()))


def repetition(outputs: Sequence[Sequence[int]]) -> Repetition:
    """Measure outputs of at least four ids each."""
    runs = [max(len(list(run)) for _, run in groupby(output)) for output in outputs]
    rates = []
    for output in outputs:
        grams = [tuple(output[i : i + GRAM]) for i in range(len(output) - GRAM + 1)]
        rates.append(len(set(grams)) / len(grams))
    return Repetition(max(runs), float(np.mean(runs)), min(rates), float(np.mean(rates)))


def _continue(network: Network, chooser: Chooser, prompt: Sequence[int]) -> list[int]:
    reader = predictor(network)
    logits, output = read_all(reader, prompt), []
    for _ in range(ARGMAX_STEPS):
        output.append(chooser.choose(logits))
        logits = reader.step(output[-1])
    return output


def _translator(bundle: Bundle, dataset: Dataset) -> Callable[[Ids], Ids]:
    """From the data set's ids to the model's, by token."""
    if bundle.encoding != dataset.encoding:
        raise TrainingError(
            f"the model speaks the encoding {bundle.encoding!r} and the data set {dataset.encoding!r}; "
            "evaluate it on a data set of its own encoding"
        )
    ids = bundle.vocabulary.ids
    unknown = [token for token in dataset.vocabulary.tokens if token not in ids]
    if unknown:
        raise TrainingError(
            f"{len(unknown)} of the data set's {len(dataset.vocabulary)} tokens are unknown to the model "
            f"({', '.join(unknown[:3])}{', ...' if len(unknown) > 3 else ''}): it was trained on another data set; "
            "evaluate it on its own, or train a model on this one"
        )
    table = np.array([ids[token] for token in dataset.vocabulary.tokens], np.uint16)
    return lambda piece: table[piece]
