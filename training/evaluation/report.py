"""The figures of an evaluation, as values: who predicts better, by how much, and how often the output repeats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.data.dataset import Split
from training.evaluation.scoring import Score

GRAM = 4


@dataclass(frozen=True)
class Repetition:
    """How much the output from all prompts repeats.

    A run is one id again and again; its length is from 1 to the number of steps. The distinct rate is the number
    of distinct 4-grams of an output over the number of its 4-grams: 1 where nothing returns, near 0 in a loop.
    Rounds are how often any cycle of ids stands in a row, 1 where none returns at once.
    """

    longest_run_worst: int
    longest_run_mean: float
    distinct_4gram_rate_worst: float
    distinct_4gram_rate_mean: float
    rounds_worst: int


@dataclass(frozen=True)
class Match:
    """A network and n-grams, by their order, on the very same data points."""

    network: Score
    ngrams: Mapping[int, Score]

    @property
    def best_order(self) -> int:
        """The order of the n-gram with the lowest loss."""
        return min(self.ngrams, key=lambda order: self.ngrams[order].nats)

    @property
    def ngram(self) -> Score:
        """The n-gram with the lowest loss."""
        return self.ngrams[self.best_order]

    @property
    def lower_by(self) -> float:
        """By which share of the n-gram's loss the network's is lower; below 0 where it is higher."""
        return 1 - self.network.nats / self.ngram.nats

    def gap(self) -> str:
        """Both losses in words, a note where there are notes, and what lies between them."""
        ours, theirs, unit = self.network.nats, self.ngram.nats, "a data point"
        if self.network.notes:
            ours, theirs, unit = self.network.nats_per_note, self.ngram.nats_per_note, "a note"
        way = "lower" if self.lower_by > 0 else "higher"
        return f"{ours:.3f} against {theirs:.3f} nats {unit}, {abs(self.lower_by):.0%} {way}"

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "network": _score_json(self.network),
            "ngram_order": self.best_order,
            "ngrams": {str(order): _score_json(score) for order, score in self.ngrams.items()},
            "lower_by": self.lower_by,
        }


@dataclass(frozen=True)
class Evaluation:
    """A model and n-grams of the same training pieces on the very same data points, and the model's argmax output.

    `plain` has probabilities of all tokens as they come; `masked`, where the encoding has a grammar, what they are
    among the tokens that it allows, for the network and the n-grams alike. `by_style` splits `plain` where the pieces
    are of several styles. The first data points of each piece are context alone and not scored: as many as the
    model's window, or in bars the style.
    """

    split: Split
    pieces: int
    plain: Match
    masked: Match | None
    by_style: Mapping[str, Match]
    steps: int
    prompts: int
    pure_argmax: Repetition
    argmax: Repetition

    @property
    def beats_ngram(self) -> bool:
        """Whether the model's loss is lower than the best n-gram's."""
        return self.plain.lower_by > 0

    def verdict(self) -> str:
        """Who predicts better, in words."""
        match = self.plain
        rival = f"the n-gram of order {match.best_order}"
        if len(match.ngrams) > 1:
            rival += f", the best of order {min(match.ngrams)} to {max(match.ngrams)}"
        if self.beats_ngram:
            sentence = f"The model predicts better than {rival}: {match.gap()}"
            if match.network.top1 < match.ngram.top1:
                sentence += f", though its first guess is right less often: {match.network.top1:.1%}"
                sentence += f" against {match.ngram.top1:.1%}"
            return sentence + "."
        return (
            f"The model LOSES to {rival}: {match.gap()}. It has learned less from these "
            "pieces than a table of counts; train it for longer, or with more files."
        )

    def metrics(self) -> dict[str, float]:
        """The figures that travel with a model."""
        network, ngram, order = self.plain.network, self.plain.ngram, self.plain.best_order
        figures = {
            f"{self.split}_data_points": network.tokens,
            f"{self.split}_nats": network.nats,
            f"{self.split}_bits": network.bits,
            f"{self.split}_top1": network.top1,
            f"{self.split}_top5": network.top5,
            f"{self.split}_ngram{order}_nats": ngram.nats,
            f"{self.split}_ngram{order}_top1": ngram.top1,
            f"{self.split}_ngram{order}_top5": ngram.top5,
            "pure_argmax_longest_run": self.pure_argmax.longest_run_worst,
            "pure_argmax_distinct_4gram_rate": self.pure_argmax.distinct_4gram_rate_mean,
            "argmax_longest_run": self.argmax.longest_run_worst,
            "argmax_distinct_4gram_rate": self.argmax.distinct_4gram_rate_mean,
        }
        if network.notes:
            figures[f"{self.split}_nats_per_note"] = network.nats_per_note
            figures[f"{self.split}_ngram{order}_nats_per_note"] = ngram.nats_per_note
        if self.masked and network.notes:
            figures[f"{self.split}_masked_nats_per_note"] = self.masked.network.nats_per_note
        for style, match in self.by_style.items():
            if match.network.notes:
                figures[f"{self.split}_{style}_nats_per_note"] = match.network.nats_per_note
        return figures

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values; `network`, `ngrams` and so on are those of `plain`."""
        return {
            "split": self.split,
            "pieces": self.pieces,
            **self.plain.to_json(),
            "masked": self.masked.to_json() if self.masked else None,
            "by_style": {style: match.to_json() for style, match in self.by_style.items()},
            "steps": self.steps,
            "prompts": self.prompts,
            "pure_argmax": asdict(self.pure_argmax),
            "argmax": asdict(self.argmax),
            "beats_ngram": self.beats_ngram,
            "verdict": self.verdict(),
        }


def _score_json(score: Score) -> dict[str, float | None]:
    per_note = score.nats_per_note
    return {
        "data_points": score.tokens,
        "nats": score.nats,
        "top1": score.top1,
        "top5": score.top5,
        "notes": score.notes,
        "bits": score.bits,
        "nats_per_note": None if math.isnan(per_note) else per_note,
    }
