"""Result of an evaluation: scores of a model and of n-grams, and the repetition in the model's output."""

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
    """Repetition in the outputs from all prompts.

    A run is one id repeated without a break; its length is from 1 to the number of steps. The distinct rate is the
    number of distinct 4-grams of an output over the number of its 4-grams: 1 without repetition, near 0 in a loop.
    `rounds_worst` is how often in a row the most repeated cycle of ids occurs, 1 without such a cycle.
    """

    longest_run_worst: int
    longest_run_mean: float
    distinct_4gram_rate_worst: float
    distinct_4gram_rate_mean: float
    rounds_worst: int


@dataclass(frozen=True)
class Match:
    """Scores of a network and of n-grams, by their order, on exactly the same tokens."""

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
    def relative_gain(self) -> float:
        """Relative reduction of the loss against the best n-gram; negative if the network's loss is higher."""
        return 1 - self.network.nats / self.ngram.nats

    def gap(self) -> str:
        """Describe both losses, per note if the encoding has notes, and their difference."""
        network_nats, ngram_nats, unit = self.network.nats, self.ngram.nats, "a data point"
        if self.network.notes:
            network_nats, ngram_nats, unit = self.network.nats_per_note, self.ngram.nats_per_note, "a note"
        direction = "lower" if self.relative_gain > 0 else "higher"
        return f"{network_nats:.3f} against {ngram_nats:.3f} nats {unit}, {abs(self.relative_gain):.0%} {direction}"

    def to_json(self) -> dict[str, Any]:
        """Return the scores as JSON values."""
        return {
            "network": _score_json(self.network),
            "ngram_order": self.best_order,
            "ngrams": {str(order): _score_json(score) for order, score in self.ngrams.items()},
            "lower_by": self.relative_gain,
        }


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model and of n-grams of the same training pieces, and the repetition in the model's argmax output.

    All scores are on exactly the same tokens. `plain` scores the probabilities among all tokens; `masked`, if the
    encoding has a grammar, those among the tokens that the grammar allows, for the network and the n-grams alike.
    `by_style` splits `plain` if the pieces have several styles. The first tokens of each piece are only context: as
    many as the model's window, or in a bar encoding the style.
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
        """True if the model's loss is lower than that of the best n-gram."""
        return self.plain.relative_gain > 0

    def verdict(self) -> str:
        """Return a sentence that says whether the model or the best n-gram predicts better."""
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
        """Return the metrics for the model card."""
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
        """Return the evaluation as JSON values; `network`, `ngrams` and so on at the top level are those of `plain`."""
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
